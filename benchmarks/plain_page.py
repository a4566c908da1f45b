"""What `docs/imdb.md` says of the plain networks that `benchmarks.plain_imdb` trained."""

from __future__ import annotations

import statistics
import textwrap
from typing import Any

import numpy as np
from matplotlib.figure import Figure

import zoo

__all__ = ["DISTANCES", "draw_plain_gradients", "gradient_rows", "plain_section"]

DISTANCES = (1, 5, 10, 20, 50, 100, 200)
# The name of every network in words, and the entry of the zoo that is of its kind.
TITLES = {
    "simple-rnn": ("SimpleRNN", "simple-rnn-imdb"),
    "lstm": ("LSTM", "lstm-imdb"),
    "gru": ("GRU", "gru-imdb"),
    "bilstm": ("Bidirectional LSTM", "bilstm-imdb"),
    "stacked-lstm": ("Stacked LSTM, 2 layers", "stacked-lstm-imdb"),
    "cnn": ("CNN", "cnn-imdb"),
    "transformer": ("Transformer, 1 block", "transformer-imdb"),
    "lstm-forget-2": ("LSTM, forget bias -2", None),
}
COLOURS = {
    "simple-rnn": "tab:gray",
    "gru": "tab:green",
    "lstm": "tab:blue",
    "stacked-lstm": "tab:purple",
    "lstm-forget-2": "tab:red",
}
FAR = 50  # words back, at which the page compares
WIDTH = 100
FLOOR = 1e-10  # what the picture shows

INTRO = (
    "What the same kinds of networks come to without a teacher. `python -m benchmarks.plain_imdb` "
    "trains them on the labels of whole reviews alone, from the initial values of Keras (an LSTM's "
    "forget bias is 1), all by one recipe: {units} units or filters, vectors of {units} numbers "
    "for {vocabulary:,} words, the first {head} and the last {tail} words of a review, the mean "
    "and the maximum over time, {epochs} epochs in batches of {batch}, AdamW at a peak rate of "
    "{rate:g} with warm-up, cosine decay and clipping, the same dropout, averaged weights. The "
    "weights of the epoch with the lowest loss on the validation reviews are scored on the test "
    "reviews once. The last line is no plain network: it differs from the LSTM above in nothing "
    "but the forget bias of the zoo's LSTM entries."
)
TEXT = """\
## Plain networks

{intro}

{table}

- **Accuracy**: share of the {test:,} test reviews; mean and standard deviation over the seeds.
- **Gates**: how far the gates that keep the state are open, at the start and after training: the
  forget gates of an LSTM, the update gates of a GRU; the mean over units and words of
  the same texts as for the gradients below, a layer or direction after the other.
- **Entry**: the mean of the zoo's entry of that kind, which has its teacher, reads up to 600 words,
  is trained for longer and has up to 128 units; the LSTMs have their forget bias of -2, and word
  vectors that start at counts.

![Gradient against the distance in time, at the start and after training](plain-imdb.png)

Measured as above, on the last {flow_words} words of the {flow_texts} longest validation reviews:
lines are medians over the seeds, bands reach from the lowest to the highest seed. After training:

{flow}

{verdict}
"""


def gradient_rows(curves: dict[str, list[float]]) -> str:
    """Return the Markdown table of gradients at `DISTANCES`, a line a network.

    Args:
        curves: the relative norms at `DISTANCES`, by the name to show.
    """
    lines = [f"| Words back | {' | '.join(map(str, DISTANCES))} |"]
    lines.append("| --- |" + " ---: |" * len(DISTANCES))
    for name, values in curves.items():
        lines.append(f"| {name} | {' | '.join(f'{value:.1e}' for value in values)} |")
    return "\n".join(lines)


def runs_of(results: dict[str, Any], network: str) -> list[dict[str, Any]]:
    """Return the runs of a network, in the order of their seeds."""
    keys = [key for key in results["runs"] if key.rpartition("/")[0] == network]
    return [results["runs"][key] for key in sorted(keys, key=lambda key: int(key.split("/")[1]))]


def networks_of(results: dict[str, Any]) -> list[str]:
    """Return the networks of which there is a run, in the order of the table."""
    return [network for network in TITLES if runs_of(results, network)]


def _spread(values: list[float]) -> str:
    mean = statistics.fmean(values)
    return f"{mean:.2%}" + (f" ± {statistics.stdev(values):.2%}" if len(values) > 1 else "")


def _gates(runs: list[dict[str, Any]], when: str) -> str:
    layers = runs[0].get(when, {}).get("gates", {})
    means = [statistics.fmean(run[when]["gates"][layer] for run in runs) for layer in layers]
    return ", ".join(f"{mean:.2f}" for mean in means) or "-"


def plain_table(results: dict[str, Any]) -> str:
    """Return the Markdown table of the plain networks."""
    lines = ["| Network | Accuracy | Seeds | Parameters | Gates, start | trained | Entry |"]
    lines.append("| --- | --- | ---: | ---: | --- | --- | --- |")
    for network in networks_of(results):
        runs = runs_of(results, network)
        title, entry = TITLES[network]
        of_kind = "-"
        if entry is not None:
            accuracy = zoo.info(entry).metric("accuracy")
            assert accuracy is not None
            mean = accuracy.seeds.mean if accuracy.seeds else accuracy.value
            of_kind = f"[{mean:.2%}](../hub_cards/{entry}.md)"
        lines.append(
            f"| {title} | {_spread([run['accuracy'] for run in runs])} | {len(runs)} "
            f"| {runs[0]['parameters']:,} | {_gates(runs, 'start')} | {_gates(runs, 'trained')} "
            f"| {of_kind} |"
        )
    return "\n".join(lines)


def curves_of(results: dict[str, Any], when: str) -> dict[str, np.ndarray]:
    """Return the gradients of the recurrent networks by name, (seeds, distances) each."""
    return {
        network: np.array([run[when]["gradient"] for run in runs_of(results, network)])
        for network in networks_of(results)
        if "gradient" in runs_of(results, network)[0].get(when, {})
    }


def plain_section(results: dict[str, Any], recipe: Any, flow_texts: int, flow_words: int) -> str:
    """Return the section of the page.

    Args:
        results: what `docs/plain-imdb.json` holds.
        recipe: the recipe that the networks share.
        flow_texts: number of reviews that gradients and gates are measured on.
        flow_words: number of their last words that are read.
    """
    places = [results["distances"].index(distance) for distance in DISTANCES]
    curves = {
        network: np.median(seeds, axis=0)[places]
        for network, seeds in curves_of(results, "trained").items()
    }
    intro = INTRO.format(
        units=recipe.backbone["embedding_dim"],
        vocabulary=recipe.vocabulary_size,
        head=recipe.head_length,
        tail=recipe.tail_length,
        epochs=recipe.epochs,
        batch=recipe.batch_size,
        rate=recipe.learning_rate,
    )
    return TEXT.format(
        intro=textwrap.fill(intro, WIDTH, break_on_hyphens=False),
        test=max(run["test_reviews"] for run in results["runs"].values()),
        flow_texts=flow_texts,
        flow_words=flow_words,
        table=plain_table(results),
        flow=gradient_rows({TITLES[name][0]: list(curve) for name, curve in curves.items()}),
        verdict=textwrap.fill(verdict(results, curves), WIDTH, break_on_hyphens=False),
    )


def verdict(results: dict[str, Any], curves: dict[str, np.ndarray]) -> str:
    """Return what the forget bias alone changes, in sentences of the figures."""
    if not {"lstm", "lstm-forget-2", "gru"} <= curves.keys():
        return "The runs of the LSTM with another forget bias are not finished."
    at = DISTANCES.index(FAR)
    plain, shut, gru = (curves[name][at] for name in ("lstm", "lstm-forget-2", "gru"))
    runs = {name: runs_of(results, name) for name in ("lstm", "lstm-forget-2")}
    scores = {name: _spread([run["accuracy"] for run in own]) for name, own in runs.items()}
    gates = {name: (_gates(own, "start"), _gates(own, "trained")) for name, own in runs.items()}
    told = (
        f"{FAR} words back the gradient of the plain LSTM is {plain:.1e} of the last word's, that "
        f"of the plain GRU {gru:.1e}; the same LSTM, started with a forget bias of -2, has "
        f"{shut:.1e}. Its mean gates go from {' to '.join(gates['lstm-forget-2'])} in training, "
        f"those of the plain LSTM from {' to '.join(gates['lstm'])}; its accuracy is "
        f"{scores['lstm-forget-2']} against {scores['lstm']}."
    )
    if shut < plain / 10:
        told += (
            f" The start alone makes that gradient {plain / shut:.0f} times smaller, which the "
            "accuracy does not tell, for the pooling over time gives every word a short way to the "
            "answer: the curves of the zoo's LSTM entries show their start, not what an LSTM is."
        )
    return told


def draw_plain_gradients(results: dict[str, Any]) -> Figure:
    """Draw how far back the gradients of the plain recurrent networks reach.

    Args:
        results: what `docs/plain-imdb.json` holds.
    """
    figure = Figure(figsize=(10, 4.4), layout="constrained")
    panels = figure.subplots(1, 2, sharey=True)
    titles = {"start": "at the start", "trained": "after training on labels only"}
    for axes, (when, title) in zip(panels, titles.items(), strict=True):
        curves = curves_of(results, when)
        for network in (name for name in COLOURS if name in curves):
            seeds = np.maximum(curves[network], FLOOR / 10)
            style = {"color": COLOURS[network], "ls": "--" if "forget" in network else "-"}
            axes.plot(
                results["distances"], np.median(seeds, axis=0), label=TITLES[network][0], **style
            )
            axes.fill_between(
                results["distances"],
                seeds.min(axis=0),
                seeds.max(axis=0),
                color=COLOURS[network],
                alpha=0.2,
                linewidth=0,
            )
        axes.set_title(title, fontsize=11)
        axes.set_yscale("log")
        axes.set_ylim(FLOOR, 10)
        axes.set_xlabel("distance in time (words before the last)")
        axes.grid(alpha=0.3)
    panels[0].set_ylabel("gradient of the last state,\nrelative to the last word's")
    panels[1].legend(loc="upper right", fontsize=9)
    figure.suptitle("Plain recurrent networks on IMDB: how far back the gradient reaches")
    return figure
