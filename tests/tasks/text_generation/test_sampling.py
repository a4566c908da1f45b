"""How tokens are drawn and searched for, beside all that there is to choose from."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zoo.errors import InputError
from zoo.tasks.text_generation.beams import beam_search
from zoo.tasks.text_generation.sampling import TokenChoice, choose, likeliest, uniform_numbers

few = settings(deadline=None, max_examples=60)
NEVER = np.array([0, 1])
DRAWS = 4_000
# No two of them near each other: which of those comes first is for rounding to say.
LOGITS = st.lists(st.integers(-40, 40), min_size=4, max_size=12, unique=True).map(
    lambda values: np.array(values, np.float32) / 2
)


def shares(logits, how, never=NEVER):
    """Return the probability of every token, computed as it is defined."""
    weights = logits.astype(np.float64).copy()
    weights[never] = -np.inf
    weights = np.exp((weights - weights.max()) / how.temperature)
    order = sorted(range(len(weights)), key=lambda token: (-weights[token], token))
    if how.top_k is not None:
        weights[order[how.top_k :]] = 0
    if how.top_p is not None:
        total, kept = weights.sum(), 0.0
        for token in order:
            if kept >= how.top_p * total * (1 - 1e-7):
                weights[token] = 0
            kept += weights[token]
    return weights / weights.sum()


HOWS = [
    TokenChoice(),
    TokenChoice(temperature=0.4),
    TokenChoice(temperature=3.0),
    TokenChoice(top_k=3),
    TokenChoice(top_p=0.7),
    TokenChoice(temperature=2.0, top_k=5, top_p=0.8),
    TokenChoice(top_k=1),
]


@pytest.mark.parametrize("how", HOWS)
def test_tokens_are_drawn_as_often_as_they_are_likely(how):
    logits = np.array([5, 5, 0, 1, 2, -1, 0.5, 1.5, -4], np.float32)
    drawn = [choose(logits, NEVER, how, (7, 1, 2), place) for place in range(DRAWS)]
    expected = shares(logits, how)
    found = np.bincount(drawn, minlength=len(logits)) / DRAWS
    assert (found[expected == 0] == 0).all()
    errors = np.sqrt(expected * (1 - expected) / DRAWS)
    assert (np.abs(found - expected) <= 4.5 * errors).all()


def test_draws_of_many_tokens_are_those_of_their_probabilities():
    """The rare ones together, of 10,000 words as a language has them."""
    logits = -np.log(np.arange(1, 10_001)).astype(np.float32)
    drawn = np.array([choose(logits, NEVER, TokenChoice(), (3,), place) for place in range(DRAWS)])
    expected = shares(logits, TokenChoice())
    for part in (slice(2, 10), slice(10, 100), slice(100, 1_000), slice(1_000, 10_000)):
        share = expected[part].sum()
        found = np.mean((drawn >= part.start) & (drawn < part.stop))
        assert abs(found - share) <= 4.5 * np.sqrt(share * (1 - share) / DRAWS)
    # Of consecutive places nothing follows for each other.
    assert abs(np.corrcoef(drawn[1:] < 50, drawn[:-1] < 50)[0, 1]) < 4.5 / np.sqrt(DRAWS)


@few
@given(
    LOGITS,
    st.floats(0.01, 10),
    st.one_of(st.none(), st.integers(1, 12)),
    st.one_of(st.none(), st.floats(0.01, 1)),
    st.integers(0, 50),
)
def test_only_what_is_allowed_is_drawn(logits, temperature, top_k, top_p, place):
    how = TokenChoice.checked(temperature, top_k, top_p)
    token = choose(logits, NEVER, how, (1, 2), place)
    assert 2 <= token < len(logits)
    values = logits.copy()
    values[NEVER] = -np.inf
    before = int((values > values[token]).sum())
    assert top_k is None or before < top_k
    if top_p is not None:
        of_all = shares(logits, TokenChoice(temperature=temperature, top_k=top_k))
        assert of_all[values > values[token]].sum() <= top_p * (1 + 1e-5) + 1e-9
    assert choose(logits, NEVER, TokenChoice(temperature=0), (1, 2), place) == values.argmax()
    # A draw does not hang on how the logits were rounded, nor on a number added to all.
    near = (logits + np.float32(0.25)).astype(np.float32)
    if (near - np.float32(0.25) == logits).all():
        assert choose(near, NEVER, how, (1, 2), place) == token


@few
@given(st.integers(0, 2**63 - 1), st.integers(0, 1_000_000), st.integers(1, 70))
def test_random_numbers_are_those_of_their_place(seed, place, count):
    numbers = uniform_numbers((seed, 5), place, count)
    assert (numbers >= 0).all() and (numbers < 1).all() and numbers.shape == (count,)
    np.testing.assert_array_equal(numbers, uniform_numbers((seed, 5), place, count))
    several = uniform_numbers((seed, 5), 0, 3 * count).reshape(3, count)
    for at in range(3):
        np.testing.assert_array_equal(several[at], uniform_numbers((seed, 5), at, count))
    assert (numbers != uniform_numbers((seed, 6), place, count)).any()


@few
@given(st.lists(st.integers(-3, 3), min_size=1, max_size=30), st.data())
def test_of_equal_ones_the_first_are_the_likeliest(values, data):
    count = data.draw(st.integers(1, len(values)))
    order = sorted(range(len(values)), key=lambda at: (-values[at], at))[:count]
    assert likeliest(np.array(values), count).tolist() == sorted(order)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_logits_that_are_no_numbers_are_told(value):
    logits = np.array([0, 1, 2, value], np.float32)
    for how in HOWS:
        with pytest.raises(InputError, match="logits are finite"):
            choose(logits, NEVER, how, (1,), 0)


def network(size, seed):
    """Return a step whose state holds all that came before, and log-probabilities by it."""
    random = np.random.default_rng(seed)
    scale, shift = random.normal(0, 9, (2, size)).astype(np.float32)

    def step(states, tokens):
        after = np.sin(states * np.float32(2.3) + tokens[:, None].astype(np.float32))
        return after, 2 * np.sin(after * scale + shift)

    def score(state, last, tokens):
        state, total = np.array([[state]], np.float32), 0.0
        for token in tokens:
            state, logits = step(state, np.array([last]))
            wide = logits[0].astype(np.float64)
            total, last = total + wide[token] - np.log(np.exp(wide).sum()), token
        return total

    return step, score


@few
@given(st.integers(0, 99), st.integers(4, 6), st.integers(1, 4))
def test_a_wide_search_finds_the_likeliest_of_all(seed, size, length):
    step, score = network(size, seed)
    everything = list(itertools.product(range(2, size), repeat=length))
    ranked = sorted(everything, key=lambda tokens: -score(0.3, 2, tokens))
    state = np.array([0.3], np.float32)
    found, scores = beam_search(step, state, 2, NEVER, length, len(everything) + 5)
    assert [tuple(row) for row in found.tolist()] == ranked
    np.testing.assert_allclose(scores, [score(0.3, 2, tokens) for tokens in ranked], atol=1e-4)


@few
@given(st.integers(0, 99), st.integers(4, 7), st.integers(1, 5), st.integers(1, 4))
def test_a_narrow_search_keeps_the_best_at_every_step(seed, size, length, beams):
    step, score = network(size, seed)
    kept = [()]
    for _ in range(length):
        grown = [(*tokens, more) for tokens in kept for more in range(2, size)]
        kept = sorted(grown, key=lambda tokens: -score(0.3, 2, tokens))[:beams]
    found, scores = beam_search(step, np.array([0.3], np.float32), 2, NEVER, length, beams)
    assert [tuple(row) for row in found.tolist()] == kept
    np.testing.assert_allclose(scores, [score(0.3, 2, tokens) for tokens in kept], atol=1e-4)
