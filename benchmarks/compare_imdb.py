"""Compare the entries of IMDB: accuracy from their records, speed and gradients measured.

    python -m benchmarks.compare_imdb [--again speed gradients] [--texts 2000] [--runs 5]

Writes `docs/imdb.md` and its pictures, `docs/imdb.png` and `docs/gradient-flow.png`, with what
`benchmarks.plain_imdb` found out about plain networks. Latency is one call of the pipeline with
one review, the median over 200 reviews; throughput is the median of the runs over the same
reviews, with one thread and with two. What was measured stands in `docs/imdb.json`, and is measured
again where it is of other weights, or asked for: the page can be written on a busy machine.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from matplotlib.figure import Figure

import zoo
from benchmarks.plain_imdb import (
    FLOW_TEXTS,
    FLOW_WORDS,
    PROBES,
    mean_gates,
    plain_recipe,
    read_results,
)
from benchmarks.plain_page import DISTANCES, gradient_rows, plain_section
from models import load_recipe
from models.common.imdb import KERAS_FORGET_BIAS
from zoo.common.figures import png
from zoo.datasets import load_dataset
from zoo.files import write_atomically
from zoo.fitting.machine import hardware
from zoo.formats import WEIGHTS
from zoo.tasks.text_classification.recipe import TextClassificationRecipe
from zoo.text.encoding import TextEncoder
from zoo.text.gradients import GradientFlow

DOCS = Path(__file__).resolve().parent.parent / "docs"

TEXT = """\
# The networks of the zoo on IMDB, side by side

Written by `python -m benchmarks.compare_imdb`: accuracy, parameters and training time are what
each entry's record says, speed is one run on {hardware}.

![Accuracy against the time one review takes](imdb.png)

{table}

- **Accuracy**: share of the 25,000 official test reviews, with its 95 % bootstrap interval; the
  next column is the mean and the standard deviation over the seeds, of which the one with the
  lowest validation loss ships.
- **One review**: median milliseconds of one call of the pipeline, over {singles} test reviews.
- **Reviews/s**: {texts} test reviews in one call, on one thread and on two.
- **Training**: minutes for one seed, on the hardware that the entry's card names.

Each was trained on 22,500 labelled reviews and chosen on 2,500 others, of other films.

**None of them is a plain network.** What networks of these kinds come to on labels alone, from the
initial values of Keras, stands [below](#plain-networks).

{taught}

## Which to pick

{advice}

## How far back the gradient reaches

![Norm of the gradient against the distance in time](gradient-flow.png)

The derivative of the last state of each recurrent network with respect to the embedded word some
steps earlier, relative to that of the last word: the median over {flow_texts} long validation
reviews, with the quartiles in the picture (`zoo.gradient_flow`). Bidirectional networks are left
out: their last state has read the text from both ends.

{flow}

Where a figure is small the network cannot learn from words that far back: its gradient vanishes
with distance (Bengio et al. 1994). Pooling over all steps gives each word a short way to the
answer all the same, which is why the networks classify long reviews well.

**These curves do not tell what an LSTM or a GRU is.** They are those of these entries, with their
starts and their teacher; those of [plain networks](#plain-networks) look otherwise.

{shut}

How far the gates that keep the state are open on the same reviews, the forget gates of an LSTM and
the update gates of a GRU: the mean over units and words, from 0 (nothing is kept) to 1 (all is).

{gates}

{plain}"""


def who_taught(recipes: dict[str, TextClassificationRecipe]) -> str:
    """Return what the recipes say of teachers and forget biases, a sentence a line."""
    taught = [name for name, recipe in recipes.items() if recipe.teacher is not None]
    told = "A linear classifier of n-grams taught "
    told += "each" if len(taught) == len(recipes) else ", ".join(f"`{name}`" for name in taught)
    for name, recipe in recipes.items():
        if recipe.teacher is not None and recipe.teacher.committee:
            others = " and ".join(f"`{teacher}`" for teacher in recipe.teacher.committee)
            told += f", `{name}` together with {others}"
    return f"- {told}.\n{who_is_shut(recipes)}"


def who_is_shut(recipes: dict[str, TextClassificationRecipe]) -> str:
    """Return which networks start with another forget bias than Keras gives them."""
    shut: dict[float, list[str]] = {}
    for name, recipe in recipes.items():
        if recipe.forget_bias != KERAS_FORGET_BIAS:
            shut.setdefault(recipe.forget_bias, []).append(f"`{name}`")
    return "\n".join(
        f"- The forget gates of {' and '.join(filter(None, [', '.join(names[:-1]), names[-1]]))} "
        f"start nearly shut, with a bias of {bias:g} instead of {KERAS_FORGET_BIAS:g}."
        for bias, names in shut.items()
    )


def measure(name: str, texts: list[str], singles: int, runs: int) -> dict[str, float]:
    """Return milliseconds for one review, and reviews a second on one thread and on two."""
    result = {}
    for threads in (1, 2):
        classify = zoo.pipeline(name, threads=threads)
        classify.predict_proba(texts)
        seconds = []
        for _ in range(runs):
            start = time.perf_counter()
            classify.predict_proba(texts)
            seconds.append(time.perf_counter() - start)
        result[f"throughput_{threads}"] = len(texts) / statistics.median(seconds)
    seconds = []
    for text in texts[:singles]:
        start = time.perf_counter()
        classify.predict_proba(text)
        seconds.append(time.perf_counter() - start)
    return {**result, "latency": 1000 * statistics.median(seconds)}


def table(rows: list[dict]) -> str:  # type: ignore[type-arg]
    """Return the Markdown table of the entries, the most accurate first."""
    head = "| Entry | Accuracy | Seeds | Parameters | MB | One review, ms | Reviews/s, 1 thread "
    head += "| 2 threads | Training, min |"
    lines = [head, "| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |"]
    for row in rows:
        low, high = row["interval"]
        lines.append(
            f"| [{row['name']}](../hub_cards/{row['name']}.md) "
            f"| {row['accuracy']:.2%} [{low:.2%}, {high:.2%}] | {row['seeds']} "
            f"| {row['parameters']:,} | {row['megabytes']:.1f} | {row['latency']:.2f} "
            f"| {row['throughput_1']:,.0f} | {row['throughput_2']:,.0f} | {row['minutes']:.0f} |"
        )
    return "\n".join(lines)


def advice(rows: list[dict]) -> str:  # type: ignore[type-arg]
    """Return what to pick when, in sentences that follow from the figures."""
    best = rows[0]
    fastest = max(rows, key=lambda row: row["throughput_2"])
    smallest = min(rows, key=lambda row: row["megabytes"])
    lines = [
        f"- **The highest accuracy**: `{best['name']}`, {best['accuracy']:.1%}.",
        f"- **The most reviews a second**: `{fastest['name']}`, "
        f"{fastest['throughput_2']:,.0f} on two threads at {fastest['accuracy']:.1%}.",
        f"- **The smallest download**: `{smallest['name']}`, {smallest['megabytes']:.1f} MB.",
    ]
    close = [r["name"] for r in rows[1:] if r["interval"][1] >= best["interval"][0]]
    if close:
        names = ", ".join(f"`{name}`" for name in close)
        lines.append(
            f"- Intervals that overlap the best one's ({names}) are no reason to prefer it: choose "
            "among these by speed."
        )
    return "\n".join(lines)


def picture(rows: list[dict]) -> Figure:  # type: ignore[type-arg]
    """Draw accuracy against latency."""
    figure = Figure(figsize=(7.5, 4.5), layout="constrained")
    axes = figure.subplots()
    for index, row in enumerate(sorted(rows, key=lambda row: row["latency"])):
        low, high = row["interval"]
        spread = [[100 * (row["accuracy"] - low)], [100 * (high - row["accuracy"])]]
        axes.errorbar(row["latency"], 100 * row["accuracy"], yerr=spread, fmt="o", capsize=3)
        axes.annotate(
            row["name"].removesuffix("-imdb"),
            (row["latency"], 100 * row["accuracy"]),
            textcoords="offset points",
            xytext=(6, 5 if index % 2 else -13),  # neighbours' names do not meet
        )
    axes.margins(x=0.2)
    axes.set_xlabel("one review through the pipeline (ms, median)")
    axes.set_ylabel("accuracy on the test reviews (%)")
    axes.grid(alpha=0.3, which="both")
    return figure


def fingerprints() -> dict[str, str]:
    """Return the hash of the weights of every entry of IMDB."""
    names = zoo.list_models(dataset="imdb_reviews")
    return {name: zoo.info(name).files[WEIGHTS].sha256 for name in names}


def measure_speed(names: list[str], texts: int, runs: int) -> dict[str, Any]:
    """Return the speed of the entries, and on what it was measured."""
    singles = min(200, texts)
    all_texts = load_dataset("imdb_reviews", "test").texts
    chosen = np.random.default_rng(0).choice(len(all_texts), texts, replace=False)
    sample = [all_texts[index] for index in chosen]
    speed = {name: measure(name, sample, singles, runs) for name in names}
    return {"hardware": hardware(), "texts": texts, "singles": singles, "entries": speed}


def measure_gradients(names: list[str], count: int) -> dict[str, Any]:
    """Return how far back the entries' gradients reach and how far their gates are open.

    Draws the gradients as well.
    """
    texts = sorted(load_dataset("imdb_reviews", "validation").texts, key=len)[-count:]
    flows, entries = {}, {}
    for name in names:
        model = zoo.load(name)
        spec = model.backbone.spec
        if not hasattr(spec, "cell"):
            continue
        sequences = TextEncoder.of(model.preprocessor)(texts)
        entries[name] = {"gates": mean_gates(model, sequences)}
        if spec.bidirectional:
            continue
        generator = np.random.default_rng(0)
        flow = GradientFlow(
            model.backbone, sequences, max(DISTANCES), PROBES, generator, compiled=True
        )()
        bias = load_recipe(name).forget_bias
        flows[f"{name}, forget bias {bias:g}" if spec.cell == "lstm" else name] = flow
        relative = np.nanmedian(flow / flow[:, :1], axis=0)
        entries[name]["gradient"] = [float(f"{relative[d]:.3g}") for d in DISTANCES]
    zoo.plot_gradient_flow(flows, DOCS / "gradient-flow.png")
    return {"texts": len(texts), "entries": entries}


def gate_table(entries: dict[str, Any]) -> str:
    """Return the Markdown table of the mean gates, a line a layer or direction."""
    lines = ["| Entry | Layer | Gate | Mean |", "| --- | --- | --- | ---: |"]
    for name, entry in entries.items():
        for layer, mean in entry["gates"].items():
            gate = "update" if "gru" in name else "forget"
            lines.append(f"| {name} | {layer} | {gate} | {mean:.2f} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--again", nargs="+", choices=("speed", "gradients"), default=[])
    parser.add_argument("--texts", type=int, default=2000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--flow-texts", type=int, default=12)
    arguments = parser.parse_args()
    path, weights = DOCS / "imdb.json", fingerprints()
    results = json.loads(path.read_text("utf-8")) if path.exists() else {}
    for part, run in (
        ("speed", lambda: measure_speed(list(weights), arguments.texts, arguments.runs)),
        ("gradients", lambda: measure_gradients(list(weights), arguments.flow_texts)),
    ):
        if part in arguments.again or results.get(part, {}).get("weights") != weights:
            results[part] = {**run(), "weights": weights}
            write_atomically(path, (json.dumps(results, indent=1) + "\n").encode())
    speed, gradients = results["speed"], results["gradients"]
    rows = []
    for name in weights:
        info = zoo.info(name)
        accuracy = info.metric("accuracy")
        assert info.training is not None and accuracy is not None
        spread = accuracy.seeds
        rows.append(
            {
                "name": name,
                "accuracy": accuracy.value,
                "interval": accuracy.confidence_interval,
                "seeds": f"{spread.mean:.2%} ± {spread.std:.2%}" if spread else "one",
                "parameters": info.parameters,
                "megabytes": sum(file.size for file in info.files.values()) / 1e6,
                "minutes": info.training.minutes,
                **speed["entries"][name],
            }
        )
    rows.sort(key=lambda row: -row["accuracy"])
    recipes = {row["name"]: load_recipe(row["name"]) for row in rows}
    entries = {name: gradients["entries"][name] for name in recipes if name in gradients["entries"]}
    plain = read_results(DOCS / "plain-imdb.json")
    (DOCS / "imdb.png").write_bytes(png(picture(rows)))
    page = TEXT.format(
        hardware=speed["hardware"],
        table=table(rows),
        advice=advice(rows),
        singles=speed["singles"],
        texts=f"{speed['texts']:,}",
        taught=who_taught(recipes),
        shut=who_is_shut(recipes),
        flow_texts=gradients["texts"],
        flow=gradient_rows({n: e["gradient"] for n, e in entries.items() if "gradient" in e}),
        gates=gate_table({name: entry for name, entry in entries.items() if entry["gates"]}),
        plain=plain_section(plain, plain_recipe("lstm", 1), FLOW_TEXTS, FLOW_WORDS)
        if plain["runs"]
        else "",
    )
    (DOCS / "imdb.md").write_text(page, encoding="utf-8")
    print(f"Wrote {DOCS / 'imdb.md'} and its pictures.")


if __name__ == "__main__":
    main()
