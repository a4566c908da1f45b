"""How the next token is chosen of what a language model expects.

A token is drawn by a race: each has its own random number at every place of a text, and the one
with the smallest ratio of an exponential time to its probability wins. The draws are those of the
probabilities, as where a number falls among their sums; but those sums move by the rounding of all
that were added before, and of 10,000 words a text would differ with what else is computed beside
it. In a race the two that come in first have to be that close.

Reference:
    [Maddison et al., 2014](https://arxiv.org/abs/1411.0030)
"""

from __future__ import annotations

import threading
from functools import lru_cache
from typing import Any

import msgspec
import numpy as np

from zoo.common.counts import checked, real
from zoo.errors import InputError, shown

__all__ = ["MAX_SEED", "TokenChoice", "choose", "likeliest", "log_softmax", "uniform_numbers"]

MAX_SEED = (1 << 63) - 1
_MAX_TOP_K = 1_000_000
_MAX_TEMPERATURE = 1_000_000
# Half of what a random number may be above 0, and what is less likely than any token.
_LEAST, _NOTHING = 2.0**-54, np.float64(1e-300)
_generators = threading.local()


class TokenChoice(msgspec.Struct, frozen=True, kw_only=True):
    """How tokens are chosen.

    Attributes:
        temperature: what the logits are divided by; 0 takes the likeliest token.
        top_k: of how many of the likeliest tokens one is drawn; None for all.
        top_p: of the fewest that together are as likely as that one is drawn; None for all.
    """

    temperature: float = 1.0
    top_k: int | None = None
    top_p: float | None = None

    @classmethod
    def checked(cls, temperature: Any = 1.0, top_k: Any = None, top_p: Any = None) -> TokenChoice:
        """Return a choice out of what a caller gives.

        Args:
            temperature: a number, at least 0, at most a million.
            top_k: a whole number, at least 1, or None.
            top_p: a number above 0, at most 1, or None.

        Raises:
            InputError: one is out of bounds.

        Example:
            >>> TokenChoice.checked(temperature=0).temperature
            0.0
        """
        warmth, share = real(temperature), None if top_p is None else real(top_p)
        # Written so that NaN fails.
        if warmth is None or not 0 <= warmth <= _MAX_TEMPERATURE:
            raise InputError(
                f"Expected a temperature of at least 0 and at most {_MAX_TEMPERATURE:,}, such as "
                f"0.8; 0 takes the likeliest token. Received: {shown(temperature)}"
            )
        if top_k is not None:
            top_k = checked("top_k", top_k, 1, _MAX_TOP_K)
        if top_p is not None and (share is None or not 0 < share <= 1):
            raise InputError(
                "Expected a top_p above 0 and at most 1, such as 0.9: the share of the "
                f"probability that is drawn from. Received: {shown(top_p)}"
            )
        return cls(temperature=warmth, top_k=top_k, top_p=share)


def uniform_numbers(key: tuple[int, ...], place: int, count: int) -> np.ndarray:
    """Return the random numbers of a place in a text, the same wherever they are asked for.

    Args:
        key: the seed, and what tells this text from others of the same seed.
        place: the number of the place, from 0.
        count: how many numbers every place has.

    Returns:
        float64 array of shape (count,), numbers from 0 up to 1.

    Example:
        >>> first = uniform_numbers((1, 0, 0), 0, 6)
        >>> bool((uniform_numbers((1, 0, 0), 1, 3) == first[3:]).all())
        True
    """
    generator = getattr(_generators, "one", None)
    if generator is None:
        generator = _generators.one = np.random.Generator(np.random.PCG64(0))
    bits: Any = generator.bit_generator
    bits.state = _first_state(key)
    bits.advance(place * count)
    found: np.ndarray = generator.random(count)
    return found


@lru_cache(maxsize=4_096)
def _first_state(key: tuple[int, ...]) -> Any:
    return np.random.PCG64(np.random.SeedSequence(key)).state


def choose(
    logits: np.ndarray, never: np.ndarray, how: TokenChoice, key: tuple[int, ...], place: int
) -> int:
    """Return the next token of a text.

    Args:
        logits: float32 of shape (vocabulary,).
        never: ids of tokens that are never chosen.
        how: how it is chosen.
        key: as for `uniform_numbers`.
        place: the number of the place in the text, from 0.

    Raises:
        InputError: the logits are no numbers.

    Example:
        >>> choose(np.array([9, 1, 2], "f4"), np.array([0]), TokenChoice(temperature=0), (1,), 0)
        2
    """
    logits = logits.astype(np.float32)
    logits[never] = -np.inf
    best = int(logits.argmax())
    top = logits[best]
    if not np.isfinite(top):
        raise InputError(
            "Expected a language model whose logits are finite. Received: one of a checkpoint with "
            "weights so large that they are not; train it anew, with clipped gradients"
        )
    if how.temperature == 0 or how.top_k == 1:
        return best
    logits -= top
    logits /= np.float32(max(how.temperature, 1e-30))
    weights = np.exp(logits)
    candidates = None
    if how.top_k is not None and how.top_k < len(weights):
        candidates = likeliest(weights, how.top_k)
    if how.top_p is not None and how.top_p < 1:
        candidates = _nucleus(weights, candidates, how.top_p)
    numbers = uniform_numbers(key, place, len(weights))
    if candidates is not None:
        numbers, weights = numbers[candidates], weights[candidates]
    winner = _winner(numbers, weights)
    return winner if candidates is None else int(candidates[winner])


def _winner(numbers: np.ndarray, weights: np.ndarray) -> int:
    """Return who comes in first: the smallest of -log(1 - number) / weight."""
    # What cannot be chosen comes in last, even where its number is 0.
    numbers = np.maximum(numbers, _LEAST)
    weights = weights + _NOTHING
    # The time is never less than the number: few have to be looked at more closely.
    least = numbers / weights
    first = int(least.argmin())
    bound = -np.log1p(-numbers[first]) / weights[first]
    near = np.flatnonzero(least <= bound)
    times = -np.log1p(-numbers[near]) / weights[near]
    return int(near[int(times.argmin())])


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """Return the logarithms of the probabilities that logits stand for.

    Args:
        logits: of shape (rows, vocabulary).

    Returns:
        float64 array of that shape, in nats.

    Example:
        >>> log_softmax(np.array([[0.0, -np.inf]])).tolist()
        [[0.0, -inf]]
    """
    # SciPy has the same; what answers does not need it otherwise.
    shifted = logits.astype(np.float64)
    shifted -= shifted.max(axis=1, keepdims=True)
    shifted -= np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return shifted


def likeliest(weights: np.ndarray, count: int) -> np.ndarray:
    """Return which are the largest, in ascending order; of equal ones the first.

    Args:
        weights: numbers, of shape (vocabulary,).
        count: how many, at most as many as there are.

    Example:
        >>> likeliest(np.array([1.0, 3.0, 2.0, 2.0]), 2).tolist()
        [1, 2]
    """
    bound = np.partition(weights, len(weights) - count)[len(weights) - count]
    found = np.flatnonzero(weights >= bound)
    if len(found) > count:
        equal = found[weights[found] == bound]
        found = np.setdiff1d(found, equal[len(equal) - (len(found) - count) :])
    return found


def _nucleus(weights: np.ndarray, candidates: np.ndarray | None, share: float) -> np.ndarray:
    """Return the fewest that make up a share of the probability, in ascending order."""
    rest = weights if candidates is None else weights[candidates]
    sums = np.add.accumulate(np.sort(rest)[::-1].astype(np.float64))
    count = 1 + int(np.searchsorted(sums, share * sums[-1]))
    kept = likeliest(rest, min(count, len(rest)))
    return kept if candidates is None else candidates[kept]
