"""Chains of tags whose neighbours depend on each other: linear-chain CRFs in NumPy, without Keras.

`zoo.layers.crf` computes the same in Keras models.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from zoo.errors import InputError, shown

__all__ = ["FORBIDDEN", "Chain", "Constraints", "scheme_constraints"]

# What is added to the score of what a scheme of tags forbids: of no weight in sums, but finite.
FORBIDDEN = -1e4
_OPEN, _CLOSED = ("B", "I"), ("E", "S", "L", "U")


@dataclass(frozen=True)
class Constraints:
    """Which tags may begin a chain, follow each other and end it, as boolean arrays.

    Attributes:
        transitions: shape (tags, tags), whether the second may follow the first.
        start: shape (tags,).
        end: shape (tags,).
    """

    transitions: np.ndarray
    start: np.ndarray
    end: np.ndarray

    @classmethod
    def none(cls, count: int) -> Constraints:
        """Return constraints that allow everything.

        Args:
            count: number of tags.
        """
        every = np.ones(count, bool)
        return cls(np.ones((count, count), bool), every, every)


def scheme_constraints(tags: Sequence[str]) -> Constraints:
    """Return what the scheme of tags allows, which is told from their names.

    With tags that begin with `E-` or `S-` it is IOBES (or, with `L-` and `U-`, BILOU): an entity of
    several words has to end before another begins. Else it is IOB2: `I-` goes on with what `B-`
    has begun.

    Args:
        tags: names of the tags, such as `["O", "B-PER", "I-PER"]`.

    Raises:
        InputError: a name is of neither scheme, or nothing begins or ends what it goes on with.

    Example:
        >>> allowed = scheme_constraints(["O", "B-PER", "I-PER"])
        >>> allowed.start.tolist(), allowed.transitions[0].tolist()
        ([True, True, False], [True, True, False])
    """
    parts = [_split(tag) for tag in tags]
    closes = any(prefix in _CLOSED for prefix, _ in parts)

    for prefix, name in parts:
        begins = prefix not in ("I", "E", "L") or ("B", name) in parts
        ends = not closes or prefix != "B" or ("E", name) in parts or ("L", name) in parts
        if not begins or not ends:
            missing = f"{'E' if begins else 'B'}-{name}"
            raise InputError(
                "Expected tags of which whole entities can be made, such as 'B-PER' and 'I-PER'. "
                f"Received: {shown(f'{prefix}-{name}')} without {shown(missing)}"
            )

    def is_open(number: int) -> bool:
        return parts[number][0] in _OPEN

    def goes_on(number: int) -> bool:
        return parts[number][0] in ("I", "E", "L")

    def may_follow(first: int, second: int) -> bool:
        same = is_open(first) and parts[first][1] == parts[second][1]
        if goes_on(second):
            return same
        return not (closes and is_open(first))

    count = len(parts)
    return Constraints(
        np.array([[may_follow(a, b) for b in range(count)] for a in range(count)]),
        np.array([not goes_on(tag) for tag in range(count)]),
        np.array([not (closes and is_open(tag)) for tag in range(count)]),
    )


def _split(tag: str) -> tuple[str, str]:
    prefix, _, name = tag.partition("-")
    if tag != "O" and (prefix not in (*_OPEN, *_CLOSED) or not name):
        raise InputError(
            "Expected tags of one scheme, such as 'O', 'B-PER' and 'I-PER', or with 'E-PER' and "
            f"'S-PER' too. Received: {shown(tag)}. Give the number of tags to have no constraints"
        )
    return prefix, name


class Chain:
    """A linear-chain CRF: the scores of tags and of their neighbours make a chain's probability.

    The score of a chain of tags is the sum of its emissions, of a transition between every two
    neighbours, and of how it starts and ends; its probability is in proportion to the exponential
    of that. All methods take a batch of chains, padded on the right.

    Args:
        transitions: array of shape (tags, tags), the score of the second after the first.
        start: array of shape (tags,), the score of a chain that starts with a tag.
        end: array of shape (tags,), the score of one that ends with it.
        constraints: what is allowed; None for everything.

    Example:
        >>> chain = Chain(np.zeros((2, 2)), np.zeros(2), np.zeros(2))
        >>> emissions = np.log([[[0.25, 0.75], [0.5, 0.5]]])
        >>> chain.decode(emissions, [2])[0].tolist(), chain.marginals(emissions, [2])[0, 0].tolist()
        ([1, 0], [0.25, 0.75])

    Reference:
        [Lafferty et al., 2001](https://repository.upenn.edu/handle/20.500.14332/6188)
    """

    def __init__(
        self, transitions: Any, start: Any, end: Any, constraints: Constraints | None = None
    ) -> None:
        arrays = [np.asarray(array, np.float64) for array in (transitions, start, end)]
        if constraints is not None:
            allowed = (constraints.transitions, constraints.start, constraints.end)
            arrays = [
                array + np.where(mask, 0.0, FORBIDDEN)
                for array, mask in zip(arrays, allowed, strict=True)
            ]
        self.transitions, self.start, self.end = arrays

    def log_partition(self, emissions: Any, lengths: Any) -> np.ndarray:
        """Return the logarithm of the sum over all chains of tags of the exponential of the score.

        Args:
            emissions: array of shape (chains, time, tags).
            lengths: number of steps of every chain, at least 1.

        Returns:
            float64 array of shape (chains,).
        """
        emissions, lengths = _checked(emissions, lengths)
        last = np.arange(len(lengths)), lengths - 1
        return _logsumexp(self._forward(emissions)[last] + self.end, axis=-1)

    def log_likelihood(self, emissions: Any, tags: Any, lengths: Any) -> np.ndarray:
        """Return the logarithm of the probability of chains of tags, in nats.

        Args:
            emissions: array of shape (chains, time, tags).
            tags: int array of shape (chains, time), of no matter beyond the lengths.
            lengths: number of steps of every chain, at least 1.

        Returns:
            float64 array of shape (chains,).
        """
        emissions, lengths = _checked(emissions, lengths)
        inside = np.arange(emissions.shape[1]) < lengths[:, None]
        tags = np.where(inside, tags, 0)
        rows = np.arange(len(lengths))
        own = np.take_along_axis(emissions, tags[..., None], axis=2)[..., 0]
        moves = self.transitions[tags[:, :-1], tags[:, 1:]]
        score = (own * inside).sum(axis=1) + (moves * inside[:, 1:]).sum(axis=1)
        score += self.start[tags[:, 0]] + self.end[tags[rows, lengths - 1]]
        found: np.ndarray = score - self.log_partition(emissions, lengths)
        return found

    def marginals(self, emissions: Any, lengths: Any) -> np.ndarray:
        """Return the probability of every tag at every step, over all chains of tags.

        Args:
            emissions: array of shape (chains, time, tags).
            lengths: number of steps of every chain, at least 1.

        Returns:
            float64 array of shape (chains, time, tags), zeros beyond the lengths.
        """
        emissions, lengths = _checked(emissions, lengths)
        scores = self._forward(emissions) + self._backward(emissions, lengths)
        found: np.ndarray = np.exp(scores - _logsumexp(scores, axis=-1)[..., None])
        return found * (np.arange(emissions.shape[1]) < lengths[:, None])[..., None]

    def decode(self, emissions: Any, lengths: Any) -> list[np.ndarray]:
        """Return the likeliest tags of every chain (Viterbi); of equal ones the first.

        Args:
            emissions: array of shape (chains, time, tags).
            lengths: number of steps of every chain, at least 1.

        Returns:
            An int array of every chain, as long as that.
        """
        emissions, lengths = _checked(emissions, lengths)
        count, steps, tags = emissions.shape
        best = self.start + emissions[:, 0]
        bests = np.zeros((count, steps, tags))
        pointers = np.zeros((count, steps, tags), np.int32)
        bests[:, 0] = best
        for step in range(1, steps):
            moves = best[:, :, None] + self.transitions
            pointers[:, step] = moves.argmax(axis=1)
            best = bests[:, step] = moves.max(axis=1) + emissions[:, step]
        rows = np.arange(count)
        ends = (bests[rows, lengths - 1] + self.end).argmax(axis=1)
        found = np.zeros((count, steps), np.int32)
        tag = ends
        for step in range(steps - 1, -1, -1):
            tag = np.where(step == lengths - 1, ends, tag)
            found[:, step] = tag
            tag = pointers[rows, step, tag]
        return [row[:length] for row, length in zip(found, lengths, strict=True)]

    def span_probabilities(
        self,
        emissions: Any,
        lengths: Any,
        spans: Sequence[tuple[int, int, Sequence[int]]],
    ) -> np.ndarray:
        """Return how likely it is that a run of steps has given tags, whatever the others have.

        Args:
            emissions: array of shape (chains, time, tags).
            lengths: number of steps of every chain, at least 1.
            spans: of every span its chain, its first step, and its tags.

        Returns:
            float64 array of shape (spans,): the joint probability of all tags of a span.

        Raises:
            InputError: a span has no step, or one that its chain has not.
        """
        emissions, lengths = _checked(emissions, lengths)
        forward, backward = self._forward(emissions), self._backward(emissions, lengths)
        last = np.arange(len(lengths)), lengths - 1
        partition = _logsumexp(forward[last] + self.end, axis=-1)
        found = np.zeros(len(spans))
        for number, (row, first, tags) in enumerate(spans):
            stop = first + len(tags)
            if not 0 <= first < stop <= lengths[row]:
                raise InputError(
                    f"Expected a span within the {lengths[row]} steps of its chain. Received: "
                    f"steps {shown(first)} to {shown(stop)}"
                )
            score = forward[row, first, tags[0]] + backward[row, stop - 1, tags[-1]]
            for step in range(first + 1, stop):
                before, tag = tags[step - first - 1], tags[step - first]
                score += self.transitions[before, tag] + emissions[row, step, tag]
            found[number] = score - partition[row]
        return np.minimum(np.exp(found), 1.0)

    def _forward(self, emissions: np.ndarray) -> np.ndarray:
        """Return the logarithm of the sum over all that leads to a tag, its emission included."""
        found = np.zeros_like(emissions)
        found[:, 0] = self.start + emissions[:, 0]
        for step in range(1, emissions.shape[1]):
            before = found[:, step - 1, :, None] + self.transitions
            found[:, step] = _logsumexp(before, axis=1) + emissions[:, step]
        return found

    def _backward(self, emissions: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        """Return the logarithm of the sum over all that follows a tag."""
        found = np.zeros_like(emissions)
        after = np.broadcast_to(self.end, emissions[:, 0].shape)
        for step in range(emissions.shape[1] - 1, -1, -1):
            found[:, step] = np.where((step >= lengths - 1)[:, None], self.end, after)
            following = found[:, step] + emissions[:, step]
            after = _logsumexp(self.transitions + following[:, None, :], axis=2)
        return found


def _checked(emissions: Any, lengths: Any) -> tuple[np.ndarray, np.ndarray]:
    emissions, lengths = np.asarray(emissions, np.float64), np.asarray(lengths, np.int64)
    if emissions.ndim != 3 or lengths.shape != emissions.shape[:1]:
        raise InputError(
            "Expected emissions of shape (chains, time, tags) and as many lengths as chains. "
            f"Received: {emissions.shape} and {lengths.shape}"
        )
    if np.any(lengths < 1) or np.any(lengths > emissions.shape[1]):
        raise InputError(
            f"Expected lengths from 1 to {emissions.shape[1]}. Received: {shown(lengths.tolist())}"
        )
    # What stands beyond a chain may be anything, a NaN too.
    inside = np.arange(emissions.shape[1]) < lengths[:, None]
    return np.where(inside[..., None], emissions, 0.0), lengths


def _logsumexp(values: np.ndarray, axis: int) -> np.ndarray:
    most = values.max(axis=axis, keepdims=True)
    summed = np.log(np.exp(values - most).sum(axis=axis))
    found: np.ndarray = summed + most.squeeze(axis)
    return found
