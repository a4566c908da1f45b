"""Integrated gradients: what every number of an input adds to a score."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from zoo.common.user_warnings import warn_user

__all__ = ["integrated", "log_odds", "log_odds_of"]

# Points on the path: doubled from the first until the sum is right.
_FIRST_POINTS, _MOST_POINTS, _BATCH = 32, 1024, 32
# Where a picture is drawn again and again, of which nobody reads the digits.
_FEW_POINTS = 16
# How far the attributions' sum may be from the difference of the scores, as a share of it.
_TOLERANCE = 0.005
# The least probability that a logarithm is taken of: of float32, whose smallest are not normal.
_LEAST = 1e-37


def log_odds_of(logits: np.ndarray, index: int) -> float:
    """Return the log-odds of a class against all others.

    Args:
        logits: float array of shape (classes,).
        index: the class.

    Example:
        >>> log_odds_of(np.array([1.0, 3.0]), 1)
        2.0
    """
    others = np.delete(logits, index)
    return float(logits[index] - np.logaddexp.reduce(others))


def log_odds(probabilities: Any, index: int) -> Any:
    """Return the log-odds of a class against all others, built of `keras.ops`.

    Args:
        probabilities: tensor of shape (batch, classes).
        index: the class.
    """
    from keras import ops

    own = probabilities[:, index]
    others = ops.sum(probabilities[:, :index], axis=1) + ops.sum(
        probabilities[:, index + 1 :], axis=1
    )
    return ops.log(ops.maximum(own, _LEAST)) - ops.log(ops.maximum(others, _LEAST))


def integrated(
    gradient: Callable[[np.ndarray], np.ndarray],
    start: np.ndarray,
    end: np.ndarray,
    difference: float,
    *,
    quick: bool = False,
) -> np.ndarray:
    """Return what every number of an input adds to a score: the gradient on the way to it.

    Args:
        gradient: returns the derivative of the score at inputs, of (points, time, features).
        start: where the way starts, float32 of shape (1, time, features).
        end: the input, of that shape.
        difference: how the scores of both differ, which the result sums to.
        quick: whether a few points are enough, however nearly the result sums to that.

    Returns:
        float64 array of shape (time, features).

    Reference:
        [Sundararajan et al., 2017](https://arxiv.org/abs/1703.01365)
    """
    points = _FEW_POINTS if quick else _FIRST_POINTS
    while True:
        places, weights = _path(points)
        total = np.zeros(end.shape[1:], np.float64)
        for first in range(0, points, _BATCH):
            part = slice(first, first + _BATCH)
            path = start + places[part, None, None] * (end - start)
            total += np.einsum("p,ptf->tf", weights[part], gradient(path))
        scores: np.ndarray = total * (end[0] - start[0])
        error = abs(scores.sum() - difference)
        # Scores are computed in float32: a difference of nothing cannot be met by a share of it.
        if quick or error <= max(_TOLERANCE * abs(difference), 1e-4):
            return scores
        if points >= _MOST_POINTS:
            warn_user(
                f"The attributions sum to {scores.sum():.4f}, the difference of the log-odds is "
                f"{difference:.4f}: the score is not smooth enough for {points} points",
            )
            return scores
        points *= 2


@cache
def _path(points: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the places of points on a way of length 1, float32, and what each counts.

    NumPy's `leggauss` takes five times as long for a thousand of them, on one core.
    """
    from scipy.special import roots_legendre

    nodes, weights = roots_legendre(points)
    return ((nodes + 1) / 2).astype(np.float32), weights / 2
