"""N-gram models against the textbook's sums over dictionaries, and as distributions."""

from __future__ import annotations

import itertools
import math
from collections import Counter, defaultdict

import numpy as np
import pytest

from benchmarks.language_baselines import nats, parts_of
from benchmarks.ngrams import NGrams
from helpers import dataset_or_skip
from zoo.datasets import dataset_named

SIZE = 7
START = "<s>"


@pytest.fixture
def lines():
    """Lines in which counts of one, two, three and more come at every length."""
    generator = np.random.default_rng(4)
    chances = np.array([0.36, 0.25, 0.16, 0.12, 0.08, 0.02, 0.01])
    return [generator.choice(SIZE, length, p=chances) for length in [1, 2, *[7] * 30]]


def padded(lines, start):
    return [([START] if start else []) + line.tolist() for line in lines]


def counted(lines, length):
    return Counter(
        tuple(line[at : at + length]) for line in lines for at in range(len(line) - length + 1)
    )


estimated = []


def kneser_ney(lines, start, order, context, token):
    """Return a probability by the formulas of Chen and Goodman, as they stand."""
    lines = padded(lines, start)

    def counts_of(length):
        raw = {gram: n for gram, n in counted(lines, length).items() if gram[-1] != START}
        if length == order:
            return raw
        before = defaultdict(set)
        for gram in counted(lines, length + 1):
            before[gram[1:]].add(gram[0])
        return {
            gram: raw[gram] if gram[0] == START else len(before[gram])
            for gram in raw
            if gram[0] == START or before[gram]
        }

    def p(context, token):
        length = len(context) + 1
        counts = counts_of(length)
        n = [sum(value == number for value in counts.values()) for number in range(1, 5)]
        d = [-1]
        if all(n):
            y = n[0] / (n[0] + 2 * n[1])
            d = [0, 1 - 2 * y * n[1] / n[0], 2 - 3 * y * n[2] / n[1], 3 - 4 * y * n[3] / n[2]]
        estimated.append(min(d) >= 0)
        if min(d) < 0:
            d = [0, 0.5, 1, 1.5]
        shorter = p(context[1:], token) if context else 1 / SIZE
        row = {gram[-1]: value for gram, value in counts.items() if gram[:-1] == context}
        if not row:
            return shorter
        total = sum(row.values())
        rest = sum(d[min(value, 3)] for value in row.values()) / total
        own = row.get(token, 0)
        return (own - d[min(own, 3)]) / total + rest * shorter

    return p(context[-order + 1 :] if order > 1 else (), token)


def witten_bell(lines, start, order, context, token):
    lines = padded(lines, start)

    def p(context, token):
        shorter = p(context[1:], token) if context else 1 / SIZE
        row = {
            gram[-1]: n
            for gram, n in counted(lines, len(context) + 1).items()
            if gram[:-1] == context and gram[-1] != START
        }
        total, kinds = sum(row.values()), len(row)
        if not row:
            return shorter
        return (row.get(token, 0) + kinds * shorter) / (total + kinds)

    return p(context[-order + 1 :] if order > 1 else (), token)


@pytest.mark.parametrize("start", [True, False])
@pytest.mark.parametrize(
    ("smoothing", "expected"), [("kneser-ney", kneser_ney), ("witten-bell", witten_bell)]
)
def test_probabilities_are_those_of_the_formulas(lines, smoothing, expected, start):
    # Contexts that were seen and that were not, at the start of a line and within it.
    asked = [np.array([3, 3, 0, 6, 2, 0]), np.array([1]), np.array([5, 5, 2])]
    for order in (1, 2, 3):
        model = NGrams(lines, SIZE, order, smoothing, start)
        for line, found in zip(asked, model.log_probabilities(asked), strict=True):
            for at, token in enumerate(line.tolist()):
                context = tuple(padded([line[:at]], start)[0])
                value = expected(lines, start, order, context, token)
                assert math.exp(found[at]) == pytest.approx(value, rel=1e-9), (order, at)
    # Discounts were estimated, and where that cannot be, they were not.
    assert smoothing == "witten-bell" or set(estimated) == {True, False}


@pytest.mark.parametrize("smoothing", ["kneser-ney", "witten-bell"])
def test_what_may_follow_sums_to_one(lines, smoothing):
    model = NGrams(lines, SIZE, 4, smoothing)
    for context in itertools.product(range(SIZE), repeat=3):
        asked = [np.array([*context, token]) for token in range(SIZE)]
        total = sum(math.exp(found[-1]) for found in model.log_probabilities(asked))
        assert total == pytest.approx(1)


def test_a_5_gram_on_the_penn_treebank_is_the_one_of_papers():
    dataset_or_skip("ptb", "train")
    parts, size = parts_of("ptb", "words")
    (told,) = dataset_named("ptb").baselines.values()
    assert size == 10_000 and sum(map(len, parts["test"])) == 82_430
    model = NGrams(parts["train"], size, 5)
    # Mikolov et al. 2011: KN5, validation 148.0 and test 141.2.
    perplexities = [
        math.exp(nats(model, parts[split], "words")) for split in ("validation", "test")
    ]
    assert perplexities == pytest.approx([148.0, 141.2], abs=0.05)
    assert told == {"perplexity": pytest.approx(perplexities[1], abs=0.005)}


def test_what_cards_say_of_n_grams_of_characters_is_measured():
    dataset_or_skip("tiny_shakespeare", "train")
    parts, size = parts_of("tiny_shakespeare", "characters")
    told = dataset_named("tiny_shakespeare").baselines
    assert len(told) == 2
    for what, order, smoothing in (
        ("a 7-gram of characters with modified Kneser-Ney smoothing", 7, "kneser-ney"),
        ("a 5-gram of characters with Witten-Bell smoothing", 5, "witten-bell"),
    ):
        model = NGrams(parts["train"], size, order, smoothing, start=False)
        found = nats(model, parts["test"], "characters")
        assert told[what] == {"nats_per_character": pytest.approx(found, abs=5e-5)}
