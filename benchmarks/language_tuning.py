"""Is it worth fine-tuning a language model? One tuned against the same network from nothing.

    python -m benchmarks.language_tuning [--base lstm-shakespeare] [--cases bbc/10 wikitext2/10]

Writes `docs/language_models.md` and every figure into `docs/language_models.json`. A figure that
stands there already is not measured again: a run that was stopped goes on. The texts are read from
the directory `ZOO_DATA_DIR`, in the forms that their authors gave them. On one core of its own it
takes five minutes.
"""

from __future__ import annotations

import argparse
import os
import tarfile
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

import zoo
from benchmarks.ngrams import NGrams, Smoothing
from benchmarks.performance_steps import rows_of
from benchmarks.studies import Figures, write_new
from zoo import registry
from zoo.datasets import load_dataset
from zoo.files import write_atomically
from zoo.formats import WEIGHTS
from zoo.interfaces import UserData
from zoo.task import task_of
from zoo.tasks.text_generation.data import prepare_corpus
from zoo.text.language import encoder_of

__all__ = ["ARMS", "CORPORA", "best_ngrams", "page", "pieces"]

DOCS = Path(__file__).resolve().parent.parent / "docs"
CASES = ("bbc/3", "bbc/10", "wikitext2/10")
ARMS = {
    "before": "as it is",
    "ngrams": "n-grams",
    "new": "from nothing",
    "tuned": "fine-tuned",
}
_KB, _TEST = 1_000, 50_000
# What the network from nothing needs more of: the rate of the base's recipe, and more passes.
_NEW_RATE, _NEW_EPOCHS, _SEED = 4e-3, 2, 1
_ORDERS = range(2, 8)
_SMOOTHINGS: tuple[Smoothing, ...] = ("kneser-ney", "witten-bell")

_TEXT = """\
# Fine-tuning a language model

Written by `python -m benchmarks.language_tuning` on {hardware}: `{base}`, whose card says what it
learnt from, fine-tuned by `zoo finetune {base} --train mine.txt --output mine` on few characters of
other running text, beside the same network from nothing and n-grams of the same text.

Nats a character of {test:,} characters that nothing was learnt from, with 95 % intervals, of one
seed: less is better. A perplexity is their exponential.

{table}

{verdict}

## How it was measured

- **As it is**: `{base}` before it has seen any such text.
- **Fine-tuned**: `zoo.finetune("{base}", ...)` as it comes: all weights at one rate, a tenth of the
  text held back, the weights of the best pass.
- **From nothing**: the same layers with random weights, tuned by the same command with a rate of
  {rate:g} and up to {epochs} times the passes.
- **N-grams** of 2 to {order} characters, by Kneser and Ney or by Witten and Bell, whichever tells
  the same held-back tenth best.
- Every way has the vocabulary of `{base}`, whose {vocabulary} characters hold few digits and no
  accents: what it does not know counts as one character, whichever it is. That is
  {unknown} of the test text. A text of another script is refused, and asks for a recipe.
- `bbc` are news articles of the BBC (Greene & Cunningham 2006), whole ones in an order that was
  drawn once, none of them twice; `wikitext2` are articles of Wikipedia from the beginning of its
  training and of its test part (Merity et al. 2017).
"""


def pieces(articles: list[str], size: int) -> tuple[str, str]:
    """Return running text of some articles to learn from, and of others to score on.

    Args:
        articles: texts, in their order.
        size: characters to learn from.
    """
    text = "\n\n".join(articles)
    # The test comes first, so that it is the same whatever is learnt from.
    end = text.index("\n\n", _TEST)
    return text[end + 2 : end + 2 + size], text[:end]


def _bbc(size: int) -> tuple[str, str]:
    found: dict[str, None] = {}
    path = Path(os.environ["ZOO_DATA_DIR"]) / "bbc_headlines" / "bbc.tar.gz"
    with tarfile.open(path) as archive:
        for member in sorted(archive.getmembers(), key=lambda member: member.name):
            file = archive.extractfile(member)
            if file is not None and len(member.name.split("/")) == 3:
                content = file.read()
                try:
                    text = content.decode("utf-8")
                except UnicodeDecodeError:  # one article is in Latin-1
                    text = content.decode("latin-1")
                found[text.strip()] = None
    articles = list(found)
    order = np.random.default_rng(0).permutation(len(articles))
    return pieces([articles[row] for row in order], size)


def _wikitext2(size: int) -> tuple[str, str]:
    parts = ["".join(load_dataset("wikitext2", split).texts) for split in ("train", "test")]
    return parts[0][:size], parts[1][:_TEST]


# What is learnt from, of so many characters, and what is scored.
CORPORA: dict[str, Callable[[int], tuple[str, str]]] = {"bbc": _bbc, "wikitext2": _wikitext2}


def fresh(base: str, path: Path) -> Path:
    """Write the network of a checkpoint with random weights and the vocabulary that it has."""
    import zoo.common.keras_first  # noqa: F401

    import keras

    from zoo.fitting.building import build_task

    keras.utils.set_random_seed(_SEED)
    loaded = registry.read(base)
    model = build_task(loaded.info.task, loaded.backbone, loaded.head)
    return write_new(path, loaded, model)


def _nats(source: str | Path, test: str) -> dict[str, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of unknown characters, which the page counts
        metric = zoo.evaluate(source, [test])[0]
    return {"nats": metric.value, "interval": list(metric.confidence_interval)}


def _tuned(source: str | Path, train: str, test: str, folder: str, **settings: Any) -> Any:
    output = Path(folder) / "tuned"
    start = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = zoo.finetune(source, [train], output=output, seed=_SEED, **settings)
    training = found.info.training
    assert training is not None
    seconds = round(time.process_time() - start, 1)
    more = {"epochs": training.epochs, "best_epoch": training.best_epoch, "seconds": seconds}
    return {**_nats(output, test), **more}


def best_ngrams(train: np.ndarray, held: np.ndarray, size: int) -> tuple[NGrams, int, Smoothing]:
    """Return the n-grams that tell a held-back text best, their length and their smoothing.

    Args:
        train: token ids that are counted.
        held: those that choose.
        size: number of token ids.
    """

    def all_of_them() -> Iterator[tuple[float, NGrams, int, Smoothing]]:
        for smoothing in _SMOOTHINGS:
            for order in _ORDERS:
                model = NGrams([train], size, order=order, smoothing=smoothing)
                yield -float(model.log_probabilities([held])[0].mean()), model, order, smoothing

    _, model, order, smoothing = min(all_of_them(), key=lambda found: found[0])
    return model, order, smoothing


def _counted(base: str, train: str, test: str) -> dict[str, Any]:
    source = registry.read(base)
    encoder, size = encoder_of(source), source.backbone.vocabulary_size
    corpus = prepare_corpus([train])
    kept, held = (encoder.encode(part.texts[0]) for part in (corpus.train, corpus.validation))
    model, order, smoothing = best_ngrams(kept, held, size)
    scores = model.log_probabilities([encoder.encode(test)])[0][1:]
    return {"nats": -float(scores.mean()), "order": order, "smoothing": smoothing}


def measure(base: str, arm: str, train: str, test: str) -> dict[str, Any]:
    """Return what one way comes to."""
    if arm == "before":
        return _nats(base, test)
    if arm == "ngrams":
        return _counted(base, train, test)
    with tempfile.TemporaryDirectory() as folder:
        if arm == "tuned":
            return dict(_tuned(base, train, test, folder))
        source = registry.read(base)
        task = task_of(source.info)
        usual = task.prepare(source, UserData(train=[train]), task.settings(source, {})).settings
        new = fresh(base, Path(folder) / "new")
        epochs = _NEW_EPOCHS * usual.epochs
        return dict(_tuned(new, train, test, folder, learning_rate=_NEW_RATE, epochs=epochs))


def page(results: dict[str, Any]) -> str:
    """Return the page in Markdown."""
    cells, rows, verdicts = results["cells"], [], []
    last = " Its last pass was the best one: more `--epochs` than by default may better it."
    cases = {key.rpartition("/")[0] for key in cells}
    for case in sorted(cases, key=lambda case: (case.split("/")[0], int(case.split("/")[1]))):
        own = {arm: cells[f"{case}/{arm}"] for arm in ARMS if f"{case}/{arm}" in cells}
        if len(own) < len(ARMS):
            continue
        name, _, size = case.partition("/")
        row = [name, f"{int(size):,},000"]
        for one in own.values():
            low, high = one.get("interval", (None, None))
            row.append(f"{one['nats']:.3f}" + (f" ({low:.3f} to {high:.3f})" if low else ""))
        minutes = [own[arm]["seconds"] / 60 for arm in ("new", "tuned")]
        rows.append([*row, " / ".join(f"{one:.1f}" for one in minutes)])
        gain = own["new"]["nats"] - own["tuned"]["nats"]
        best = min(("ngrams", "new"), key=lambda arm: own[arm]["nats"])
        verdicts.append(
            f"- With {int(size)} thousand characters of `{name}` tuning brings the perplexity of a "
            f"character from {np.exp(own['before']['nats']):.2f} to "
            f"{np.exp(own['tuned']['nats']):.2f}, {abs(gain):.2f} nats "
            f"{'better' if gain > 0 else 'worse'} than the same network from nothing; the best "
            f"other way, {ARMS[best]}, comes to {np.exp(own[best]['nats']):.2f}."
            + last
            * (own["tuned"]["best_epoch"] == own["tuned"]["epochs"])
        )
    header = ["text", "characters", *ARMS.values(), "minutes of a core, from nothing / tuned"]
    return _TEXT.format(
        hardware=results["hardware"],
        base=results["base"],
        test=_TEST,
        table=rows_of(header, rows),
        verdict="\n".join(verdicts),
        rate=_NEW_RATE,
        epochs=_NEW_EPOCHS,
        order=max(_ORDERS),
        vocabulary=results["vocabulary"],
        unknown=" and ".join(
            f"{share:.1%} (`{name}`)" for name, share in results["unknown"].items()
        ),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--base", default="lstm-shakespeare")
    parser.add_argument("--cases", nargs="*", default=CASES)
    parser.add_argument("--output", type=Path, default=DOCS / "language_models.md")
    arguments = parser.parse_args()
    base, output = arguments.base, arguments.output
    encoder = encoder_of(registry.read(base))
    figures = Figures(
        output.with_suffix(".json"), base=base, weights=zoo.info(base).files[WEIGHTS].sha256
    )
    figures.results["vocabulary"] = encoder.tokenizer.get_vocab_size()
    for case in arguments.cases:
        name, _, size = case.partition("/")
        train, test = CORPORA[name](int(size) * _KB)
        unknown = encoder.unknown(test)
        figures.results.setdefault("unknown", {})[name] = unknown.count / unknown.total
        for arm in ARMS:
            figures.measured(
                f"{case}/{arm}",
                lambda: measure(base, arm, train, test),  # noqa: B023
            )
    write_atomically(output, page(figures.results).encode())
    print(f"Wrote {output}")


if __name__ == "__main__":
    main()
