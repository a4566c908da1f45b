"""Beam search: against all sequences, and against the greedy one."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zoo.pairs.beam import beam_search
from zoo.text.subwords import (
    END,
)


@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.7, 1.0]))
@settings(deadline=None, max_examples=30)
def test_a_wide_beam_finds_the_best_sequence_of_all(seed, penalty):
    generator = np.random.default_rng(seed)
    vocabulary, longest, rows = 6, 3, 2
    table = np.log(generator.dirichlet(np.ones(vocabulary) * 0.5, (rows, vocabulary)) + 1e-9)

    def step(tokens, arrays):
        return table[arrays["row"], tokens].astype(np.float32), {"seen": arrays["seen"] + 1}

    found = beam_search(
        step,
        {"seen": np.zeros(rows)},
        {"row": np.arange(rows)},
        num_beams=vocabulary**longest,
        max_length=longest,
        length_penalty=penalty,
    )

    def value(row, sequence):
        path = [2, *sequence]
        total = sum(table[row, a, b] for a, b in itertools.pairwise(path))
        return total / len(sequence) ** penalty

    others = [t for t in range(vocabulary) if t != END]
    every = [
        [*body, END] for n in range(longest) for body in itertools.product(others, repeat=n)
    ] + [list(body) for body in itertools.product(others, repeat=longest)]
    for row in range(rows):
        best = max(value(row, sequence) for sequence in every)
        assert value(row, found[row][0].ids.tolist()) == pytest.approx(best, abs=1e-4)


@given(st.integers(0, 10_000))
@settings(deadline=None, max_examples=20)
def test_a_beam_of_one_is_greedy(seed):
    generator = np.random.default_rng(seed)
    table = np.log(generator.dirichlet(np.ones(8), (3, 8)) + 1e-9).astype(np.float32)
    found = beam_search(
        lambda tokens, arrays: (table[arrays["row"], tokens], {"n": arrays["n"]}),
        {"n": np.zeros(3)},
        {"row": np.arange(3)},
        num_beams=1,
        max_length=9,
        length_penalty=1.0,
    )
    for row in range(3):
        tokens = [2]
        while len(tokens) < 10 and tokens[-1] != END:
            tokens.append(int(table[row, tokens[-1]].argmax()))
        assert found[row][0].ids.tolist() == tokens[1:]


@given(st.integers(0, 10_000), st.sampled_from([0.0, 1.0]))
@settings(deadline=None, max_examples=20)
def test_several_sequences_come_best_first_each_once_and_with_their_own_probability(seed, penalty):
    generator = np.random.default_rng(seed)
    table = np.log(generator.dirichlet(np.ones(7), (2, 7)) + 1e-9)
    found = beam_search(
        lambda tokens, arrays: (
            table[arrays["row"], tokens].astype(np.float32),
            {"n": arrays["n"]},
        ),
        {"n": np.zeros(2)},
        {"row": np.arange(2)},
        num_beams=4,
        max_length=6,
        length_penalty=penalty,
    )
    for row in range(2):
        assert len(found[row]) >= 4
        values = [one.value for one in found[row]]
        assert values == sorted(values, reverse=True)
        assert len({tuple(one.ids.tolist()) for one in found[row]}) == len(found[row])
        for one in found[row]:
            path = [2, *one.ids.tolist()]
            total = sum(table[row, a, b] for a, b in itertools.pairwise(path))
            assert one.log_probability == pytest.approx(total, abs=1e-4)
            assert one.value == pytest.approx(total / len(one.ids) ** penalty, abs=1e-4)
