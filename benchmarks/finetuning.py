"""Is fine-tuning worth it? A checkpoint tuned against the same network from scratch.

    python -m benchmarks.finetuning [--base lstm-imdb] [--sets ...] [--sizes ...] [--seeds 1 2 3]

Writes `docs/finetuning.md`, `docs/finetuning.png` and every figure into `docs/finetuning.json`.
A figure that stands there already is not measured again: a run that was stopped goes on.
"""

from __future__ import annotations

import argparse
import functools
import os
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import msgspec
import numpy as np
from matplotlib.figure import Figure

import zoo
from benchmarks.finetuning_data import SETS, TextSet
from benchmarks.studies import Figures, spread, word_of
from zoo import checkpoint, registry
from zoo.common.figures import png
from zoo.files import write_atomically
from zoo.formats import TOKENIZER, WEIGHTS
from zoo.networks.recurrent.spec import NgramRecurrentBackboneSpec
from zoo.tasks.text_classification.ngrams import choose_ngrams, start_embeddings
from zoo.text.encoding import TextEncoder, train_tokenizer

DOCS = Path(__file__).resolve().parent.parent / "docs"
ARMS = {"tuned": "fine-tuned", "new": "from scratch"}
# Of the sets whose texts are no words: the layers of another entry, from scratch too.
LETTERS, CHARACTERS = ("names",), "gru-names"
# What a network from scratch needs more of: a higher rate and twice the passes.
NEW_RATE, NEW_EPOCHS = 3e-3, 2

TEXT = """\
# Is fine-tuning worth it?

Written by `python -m benchmarks.finetuning` on {hardware}:
`{base}`, which was trained on movie reviews, fine-tuned by `zoo finetune` on other texts,
against the same network from scratch.

![Accuracy against the number of examples](finetuning.png)

Accuracy on the test texts, mean and standard deviation over {seeds} seeds, beside that of always
answering the majority class. The difference is marked where it is larger than both deviations
together and the better network does better than the majority class.

{table}

{verdict}

## How it was measured

- **Fine-tuned**: `zoo.finetune("{base}", ...)` as it comes: a new head starts at the linear
  classifier of the frozen body's features, then layer after layer joins it from the top down, with
  the words that the checkpoint knows.
- **From scratch**: the same layers with random weights and a vocabulary counted out of the same
  examples, trained by the same code at one rate of {rate:g}, with up to {epochs} times the passes.
- The defaults of `zoo finetune` were chosen on the training parts of SST and BBC alone.
- Both cut their validation part out of the examples, stop early by it and keep the best weights;
  the examples of a seed are the same for both. The test part is scored once, at the end.
- SST comes with an official test part ({sst_test:,} sentences of two classes). Of the BBC headlines
  a quarter and of the surnames a fifth were cut off for testing, stratified, no text in both.
- Untuned, `{base}` has an accuracy of {untuned:.1f} % on the sentences of SST in two classes: it
  has the same two labels, so its head is kept.

## Where it does not help

{limits}
"""
LIMITS = """\
- **Surnames.** The network reads words, and a surname is one word that it has mostly not seen.
  With all examples the tuned network reaches {tuned:.1f} %, that from scratch
  {new:.1f} %; always answering the majority class gives {largest:.1f} %. The classes are so
  skewed that rare languages count more in the loss, which without knowledge of names costs the
  majority class. Differences in the table are differences between guesses.
- **A network that reads characters learns there what words cannot tell**: the layers of `gru-names`
  with random weights, trained as the network from scratch is, reach
  {characters};
  that is more than the majority class with {enough}.
  `gru-names` itself is not tuned here, for it was trained on most of these names: its card says how
  well it tells names that it has not seen. `zoo finetune gru-names --train products.csv` puts a new
  head on its body for short strings of another kind, such as codes or misspelt words, and adds the
  characters to its vocabulary that it has never seen.
- Other languages than English: their words are not in the vocabulary of the entries that were
  trained on reviews. `zoo finetune` warns when more than 30 % of the words are not.
- Whatever the table above does not mark with a star: there it is the data that counts, not what
  was learnt before.
"""


def fresh(base: str, texts: list[str], seed: int, path: Path) -> Path:
    """Write the network of a checkpoint with random weights and a vocabulary of its own."""
    import zoo.common.keras_first  # noqa: F401

    import keras

    from zoo.fitting.building import build_task, tensor_variables

    keras.utils.set_random_seed(seed)
    loaded = registry.read(base)
    unit = loaded.preprocessor.unit
    tokenizer = train_tokenizer(texts, loaded.backbone.vocabulary_size, unit)
    size = tokenizer.get_vocab_size()
    arguments: dict[str, Any] = {"vocabulary_size": size}
    ngrams: list[np.ndarray] = []
    if isinstance(loaded.backbone, NgramRecurrentBackboneSpec):
        read = TextEncoder(tokenizer, 1, 0)(texts, truncate=False)
        ngrams = choose_ngrams(read, size, loaded.backbone.ngram_sizes)
        arguments["ngram_sizes"] = tuple(map(len, ngrams))
    spec = msgspec.structs.replace(loaded.backbone, **arguments)
    model = build_task("text-classification", spec, loaded.head)
    start_embeddings(model, ngrams)
    weights = {
        name: np.asarray(keras.ops.convert_to_numpy(variable))
        for name, variable in tensor_variables(model).items()
    }
    info = msgspec.structs.replace(loaded.info, name="new", metrics=(), training=None, dataset=None)
    checkpoint.write(
        path,
        info=info,
        backbone=spec,
        head=loaded.head,
        preprocessor=loaded.preprocessor,
        assets={TOKENIZER: tokenizer.to_str().encode("utf-8")},
        weights=checkpoint.serialize_tensors(weights),
    )
    return path


def accuracy(source: str | Path, test: tuple[list[str], list[str]]) -> float:
    """Return the accuracy of a checkpoint on texts."""
    model = zoo.pipeline(source)
    taken = model.predict_proba(test[0], batch_size=32).argmax(axis=1)
    labels = model.info.labels
    return float(np.mean([labels[i] == label for i, label in zip(taken, test[1], strict=True)]))


def measure(base: str, data: TextSet, size: int | None, arm: str, seed: int) -> dict[str, Any]:
    """Train one network on some examples and score it on the test part."""
    import zoo.common.keras_first

    import keras

    from zoo.learning.settings import FineTuningSettings

    texts, labels = data.train
    rows = np.random.default_rng(seed).permutation(len(texts))[:size]
    examples = [texts[row] for row in rows], [labels[row] for row in rows]
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of unknown words, and of rare classes
        output = Path(folder) / "output"
        if arm == "tuned":
            tuned = zoo.finetune(base, examples, output=output, seed=seed)
        else:
            passes = FineTuningSettings().complete(len(rows)).epochs or 1
            tuned = zoo.finetune(
                fresh(
                    CHARACTERS if arm == "characters" else base,
                    examples[0],
                    seed,
                    Path(folder) / "new",
                ),
                examples,
                output=output,
                seed=seed,
                strategy="full",
                learning_rate=NEW_RATE,
                linear_probe=False,
                epochs=NEW_EPOCHS * passes,
            )
        score = accuracy(output, data.test)
    keras.backend.clear_session()
    training = tuned.info.training
    assert training is not None
    return {
        "accuracy": round(score, 6),
        "examples": len(rows),
        "epochs": training.epochs,
        "best_epoch": training.best_epoch,
        "validation": training.validation,
        "seconds": round(time.perf_counter() - start, 1),
    }


def collect(arguments: argparse.Namespace, path: Path) -> dict[str, Any]:
    """Measure what is not in the file yet, writing it after every figure."""
    sha256 = zoo.info(arguments.base).files[WEIGHTS].sha256
    figures = Figures(path, base=arguments.base, weights=sha256)
    for name in arguments.sets:
        data = SETS[name]()
        if name == "sst-binary" and "untuned" not in figures.results:
            figures.results["untuned"] = round(accuracy(arguments.base, data.test), 6)
        for size in arguments.sizes:
            count = None if size == "all" else int(size)
            for seed in arguments.seeds:
                for arm in (*ARMS, *["characters"] * (name in LETTERS)):
                    figures.measured(
                        f"{name}/{size}/{arm}/{seed}",
                        functools.partial(measure, arguments.base, data, count, arm, seed),
                    )
    return figures.results


def spread_of(results: dict[str, Any], name: str, size: str, arm: str) -> tuple[float, float, int]:
    """Return mean and standard deviation of the accuracy over seeds, and the examples."""
    mean, deviation, found = spread(results["cells"], f"{name}/{size}/{arm}", "accuracy")
    return mean, deviation, found[0]["examples"]


def majority_share(data: TextSet) -> float:
    """Return the accuracy of always answering the majority class of the test part."""
    labels = data.test[1]
    return max(map(labels.count, set(labels))) / len(labels)


def compare(results: dict[str, Any], sets: dict[str, TextSet], sizes: list[str]) -> tuple[str, str]:
    """Return the table, and what it says in a sentence a line."""
    rows = [
        "| data | examples | majority class | from scratch | fine-tuned | difference |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    said: dict[str, list[str]] = {
        "helps": [],
        "makes no difference": [],
        "hurts": [],
        "teaches nothing, like training from scratch,": [],
    }
    for name, data in sets.items():
        least = majority_share(data)
        for size in sizes:
            new, tuned = (spread_of(results, name, size, arm) for arm in ("new", "tuned"))
            gain = tuned[0] - new[0]
            word = word_of(gain, tuned[1] + new[1])
            if max(new[0], tuned[0]) <= least:
                word = "teaches nothing, like training from scratch,"
            mark = "*" if word in ("helps", "hurts") else ""
            rows.append(
                f"| {name} | {tuned[2]:,} | {least:.1%} | {new[0]:.1%} ± {100 * new[1]:.1f} "
                f"| {tuned[0]:.1%} ± {100 * tuned[1]:.1f} | {100 * gain:+.1f} {mark} |"
            )
            said[word].append(f"{name} with {tuned[2]:,} examples ({100 * gain:+.1f} points)")
    lines = [f"- It **{word}** on {', '.join(cases)}." for word, cases in said.items() if cases]
    return "\n".join(rows), "\n".join(lines)


def draw(results: dict[str, Any], titles: dict[str, str], sizes: list[str]) -> Figure:
    """Draw accuracy against the number of examples, a panel a data set."""
    figure = Figure(figsize=(4 * len(titles), 3.6), layout="constrained")
    panels = figure.subplots(1, len(titles), squeeze=False)[0]
    for axes, (name, title) in zip(panels, titles.items(), strict=True):
        for arm, colour in (("new", "tab:gray"), ("tuned", "tab:blue")):
            points = [spread_of(results, name, size, arm) for size in sizes]
            means, deviations, counts = (np.array(values) for values in zip(*points, strict=True))
            axes.errorbar(
                counts,
                100 * means,
                100 * deviations,
                color=colour,
                marker="o",
                capsize=3,
                label=ARMS[arm],
            )
        if name == "sst-binary":
            axes.axhline(100 * results["untuned"], color="black", ls=":", label="untuned")
        axes.set_xscale("log")
        axes.set_title(title.replace(": ", "\n"), fontsize=10)
        axes.set_xlabel("examples")
    panels[0].set_ylabel("accuracy on the test part, %")
    panels[0].legend()
    return figure


def write_page(results: dict[str, Any], arguments: argparse.Namespace) -> None:
    """Write the page and its picture."""
    sets, sizes = arguments.sets, arguments.sizes
    data = {name: SETS[name]() for name in sets}
    table, verdict = compare(results, data, sizes)
    limits = "See the cells without a star in the table above.\n"
    if "names" in data:
        largest = majority_share(data["names"])
        new, tuned = (spread_of(results, "names", sizes[-1], arm)[0] for arm in ("new", "tuned"))
        letters = [spread_of(results, "names", size, "characters") for size in sizes]
        limits = LIMITS.format(
            largest=100 * largest,
            tuned=100 * tuned,
            new=100 * new,
            enough=" and with ".join(
                f"{count:,} examples" for mean, _, count in letters if mean > largest
            )
            or "none of these",
            characters=",\n  ".join(
                f"{100 * mean:.1f} % ± {100 * deviation:.1f} with {count:,} examples"
                for mean, deviation, count in letters
            ),
        )
    titles = {name: item.title for name, item in data.items()}
    write_atomically(arguments.output / "finetuning.png", png(draw(results, titles, sizes)))
    page = TEXT.format(
        hardware=results["hardware"],
        base=results["base"],
        seeds=len(arguments.seeds),
        table=table,
        verdict=verdict,
        rate=NEW_RATE,
        epochs=NEW_EPOCHS,
        sst_test=len(data["sst-binary"].test[0]) if "sst-binary" in data else 1_821,
        untuned=100 * results.get("untuned", float("nan")),
        limits=limits,
    )
    write_atomically(arguments.output / "finetuning.md", page.encode("utf-8"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--base", default="lstm-imdb")
    parser.add_argument("--sets", nargs="+", default=list(SETS), choices=list(SETS))
    parser.add_argument("--sizes", nargs="+", default=["100", "1000", "all"])
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3])
    parser.add_argument("--output", type=Path, default=DOCS)
    arguments = parser.parse_args()
    results = collect(arguments, arguments.output / "finetuning.json")
    write_page(results, arguments)


if __name__ == "__main__":
    main()
