"""Beam search in NumPy over a step function; greedy search is a beam of one."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from zoo.common.largest import largest
from zoo.text.encoding import START
from zoo.text.subwords import END

__all__ = ["Found", "State", "beam_search"]

# Arrays whose first axis is the row of the batch.
State = dict[str, np.ndarray]
Step = Callable[[np.ndarray, State], tuple[np.ndarray, State]]


class Found(NamedTuple):
    """A sequence that a search found.

    Attributes:
        value: what sequences are compared by: the log-probability over a power of the length.
        log_probability: in nats.
        ids: int32 token ids, without start, with the end if one came.
    """

    value: float
    log_probability: float
    ids: np.ndarray


def beam_search(
    step: Step,
    state: State,
    fixed: State,
    *,
    num_beams: int,
    max_length: int,
    length_penalty: float,
) -> list[list[Found]]:
    """Find likely sequences, row by row of a batch; rows that are done leave the batch.

    A row is done when as many of its sequences have ended as it has beams, or at `max_length`.
    Those that ended are compared by their log-probability divided by their length to the power
    `length_penalty`; with one beam the best is that of greedy search.

    Args:
        step: takes the last tokens, int32 (rows,), and the state and fixed arrays; returns the
            log-probabilities of the next tokens, (rows, vocabulary), and the new state.
        state: what changes from step to step, one row a sentence.
        fixed: what does not, one row a sentence.
        num_beams: sequences that are kept for every row.
        max_length: most tokens of a sequence, the end token included.
        length_penalty: 0 favours short sequences, 1 compares the mean over the tokens.

    Returns:
        What was found for every row, the best first: as many sequences as there are beams, or more,
        or fewer where no more are possible.

    Reference:
        [Sutskever et al., 2014](https://arxiv.org/abs/1409.3215),
        [Wu et al., 2016](https://arxiv.org/abs/1609.08144) (length penalty)
    """
    count = len(next(iter(state.values())))
    beams = num_beams
    spread = np.repeat(np.arange(count), beams)
    state = {name: array[spread] for name, array in state.items()}
    fixed = {name: array[spread] for name, array in fixed.items()}
    rows = np.arange(count)  # which sentence each group of beams belongs to
    # At first all beams of a sentence are alike: only one of them may go on.
    scores = np.full((count, beams), -np.inf, np.float32)
    scores[:, 0] = 0.0
    tokens = np.full((count * beams, 1), START, np.int32)
    ended: list[list[Found]] = [[] for _ in range(count)]
    for length in range(1, max_length + 1):
        log_probabilities, state = step(tokens[:, -1], {**state, **fixed})
        groups, vocabulary = len(rows), log_probabilities.shape[1]
        totals = log_probabilities.reshape(groups, beams, vocabulary) + scores[:, :, None]
        totals = totals.reshape(groups, beams * vocabulary)
        # Twice as many as beams: even if every beam ends now, as many others are left.
        best = largest(totals, 2 * beams)
        best_scores = np.take_along_axis(totals, best, axis=1)
        parents, chosen = best // vocabulary, best % vocabulary
        # An end counts only among the best, as many as there are beams.
        ends = chosen == END
        for group, rank in np.argwhere(ends[:, :beams] & np.isfinite(best_scores[:, :beams])):
            sequence = np.append(tokens[group * beams + parents[group, rank], 1:], END)
            total = float(best_scores[group, rank])
            value = total / length**length_penalty
            ended[rows[group]].append(Found(value, total, sequence.astype(np.int32)))
        # Sorting the ends last keeps the order of the rest.
        order = np.argsort(ends, axis=1, kind="stable")[:, :beams]
        scores = np.take_along_axis(best_scores, order, axis=1)
        parents = np.take_along_axis(parents, order, axis=1)
        chosen = np.take_along_axis(chosen, order, axis=1)
        scores = np.where(chosen == END, -np.inf, scores)
        going = np.array([len(ended[row]) < beams for row in rows])
        if not going.any():
            return _best_first(ended)
        kept = (np.arange(groups)[:, None] * beams + parents)[going].reshape(-1)
        tokens = np.concatenate(
            [tokens[kept], chosen[going].reshape(-1, 1).astype(np.int32)], axis=1
        )
        state = {name: array[kept] for name, array in state.items()}
        if not going.all():
            fixed = {name: array[kept] for name, array in fixed.items()}
        rows, scores = rows[going], scores[going]
    for group, row in enumerate(rows):  # cut at the longest: unfinished ones count too
        for beam in range(beams):
            if np.isfinite(scores[group, beam]):
                total = float(scores[group, beam])
                value = total / max_length**length_penalty
                ended[row].append(Found(value, total, tokens[group * beams + beam, 1:]))
    return _best_first(ended)


def _best_first(ended: list[list[Found]]) -> list[list[Found]]:
    """Return what was found for every row, of equals the one that came first."""
    return [sorted(found, key=lambda one: -one.value) for found in ended]
