"""Errors of answers: edit distances against their definition, and the nearest of references."""

from __future__ import annotations

import functools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zoo.pairs.edits import count_errors, edits, error_rates, nearest, symbols

TEXTS = st.lists(st.sampled_from(["K", "AE", "T"]), max_size=6)


@functools.cache
def defined(found, reference):
    """The distance as it is defined: what the first symbols of both leave to be done."""
    if not found or not reference:
        return len(found) + len(reference)
    return min(
        defined(found[1:], reference[1:]) + (found[0] != reference[0]),
        defined(found[1:], reference) + 1,
        defined(found, reference[1:]) + 1,
    )


@given(TEXTS, TEXTS)
@settings(deadline=None)
def test_edits_are_the_fewest_that_make_one_of_the_other(found, reference):
    assert edits(found, reference) == defined(tuple(found), tuple(reference))
    assert edits(found, reference) == edits(reference, found)


@given(TEXTS, st.lists(TEXTS, min_size=1, max_size=3))
@settings(deadline=None)
def test_the_nearest_of_several_references_counts_with_its_own_length(found, references):
    count, size = nearest(found, references)
    counts = [edits(found, reference) for reference in references]
    assert count == min(counts)
    assert size == len(references[counts.index(count)])


@pytest.mark.parametrize(
    ("unit", "found", "references", "expected"),
    [
        # One of two words is wrong, by one of the five symbols of what is nearest.
        ("words", ["K AE T", "T UW"], [("K AE T",), ("T AH", "OW")], (1 / 2, 1 / 5)),
        ("words", ["", "T"], [("T UW",), ("T", "T UW")], (1 / 2, 2 / 3)),
        ("characters", ["cat", "two"], [("cat", "kat"), ("too",)], (1 / 2, 1 / 6)),
    ],
)
def test_rates_are_shares_of_words_and_of_symbols(unit, found, references, expected):
    rates = error_rates(*count_errors(found, references, unit), unit)
    names = {"words": "phone_error_rate", "characters": "character_error_rate"}
    assert list(rates) == ["word_error_rate", names[unit]]
    assert tuple(rates.values()) == pytest.approx(expected)


def test_symbols_are_what_the_unit_says():
    assert symbols("K AE  T", "words") == ["K", "AE", "T"]
    assert symbols("a b", "characters") == ["a", " ", "b"]
