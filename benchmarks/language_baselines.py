"""What counts of n-grams come to on the texts of language models, beside the zoo's networks.

    python -m benchmarks.language_baselines

For every corpus n-grams of words are counted within its lines, and of characters within its texts,
and smoothed in two ways. Smoothing and length are chosen on the validation part; the figures of the
test part are by the protocol of `zoo evaluate`: every word and every line's end counts, of
characters all but the first. Without networks it takes two minutes.

The modified Kneser-Ney 5-gram on the Penn Treebank is the one that papers have as KN5, of a
perplexity of 141.2.
"""

from __future__ import annotations

import math
import sys

import numpy as np

import zoo
from benchmarks.ngrams import NGrams, Smoothing
from zoo.cli.errors import one_line_errors
from zoo.datasets import load_dataset
from zoo.text.language import END, LanguageEncoder, train_plain_characters, train_plain_words

# Of every corpus what a token is, and the longest n-grams that are counted.
CORPORA = {"ptb": ("words", 5), "wikitext2": ("words", 5), "tiny_shakespeare": ("characters", 9)}
SMOOTHINGS: tuple[Smoothing, ...] = ("kneser-ney", "witten-bell")


def parts_of(dataset: str, unit: str) -> tuple[dict[str, list[np.ndarray]], int]:
    """Return the texts of every split as numbers of tokens, and how many tokens there are.

    Words come line by line, for no n-gram reaches over a line's end.
    """
    texts = {split: load_dataset(dataset, split).texts for split in ("train", "validation", "test")}
    learn = train_plain_words if unit == "words" else train_plain_characters
    encoder = LanguageEncoder(learn(texts["train"], sys.maxsize))
    encoded = {split: [encoder.encode(text) for text in some] for split, some in texts.items()}
    known = np.unique(np.concatenate(encoded["train"]))
    numbers = {}
    for split, some in encoded.items():
        assert np.isin(np.concatenate(some), known).all()
        if unit == "words":
            some = [
                line
                for ids in some
                for line in np.split(ids, np.flatnonzero(ids == END) + 1)
                if len(line)
            ]
        numbers[split] = [np.searchsorted(known, ids) for ids in some]
    return numbers, len(known)


def nats(model: NGrams, texts: list[np.ndarray], unit: str) -> float:
    """Return the mean of -ln p over the tokens that count."""
    first = 0 if unit == "words" else 1
    return -float(np.concatenate([one[first:] for one in model.log_probabilities(texts)]).mean())


def main() -> None:
    """Print the figures of the validation parts, and of the test parts for what was chosen."""
    entries = [zoo.info(name) for name in zoo.list_models()]
    for dataset, (unit, longest) in CORPORA.items():
        parts, size = parts_of(dataset, unit)
        figure = math.exp if unit == "words" else float
        name = "perplexity" if unit == "words" else "nats per character"
        best: dict[Smoothing, tuple[float, int, float]] = {}
        for smoothing in SMOOTHINGS:
            for order in range(2, longest + 1):
                model = NGrams(parts["train"], size, order, smoothing, start=unit == "words")
                validation, test = (nats(model, parts[one], unit) for one in ("validation", "test"))
                print(
                    f"{dataset}, {order}-gram, {smoothing}: validation {figure(validation):.4f}",
                    flush=True,
                )
                best.setdefault(smoothing, (math.inf, 0, 0.0))
                best[smoothing] = min(best[smoothing], (validation, order, test))
        for smoothing, (_, order, test) in best.items():
            print(f"{dataset}, {order}-gram, {smoothing}, test: {name} {figure(test):.4f}")
            for info in entries:
                if info.dataset and info.dataset.name == dataset:
                    own = info.metrics[0].value
                    print(f"  {info.name}: {own:.4f}, {own / figure(test):.3f} of that", flush=True)


if __name__ == "__main__":
    with one_line_errors():
        main()
