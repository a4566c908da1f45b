"""The largest of every row of an array, in order."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["largest"]


def largest(numbers: np.ndarray, count: int) -> np.ndarray:
    """Return the places of the largest numbers of every row: the largest first, of equal ones the
    first of those that are taken.

    Args:
        numbers: array of shape (rows, columns).
        count: how many of each row; all where there are fewer.

    Example:
        >>> largest(np.array([[1.0, 3.0, 2.0, 3.0]]), 3).tolist()
        [[1, 3, 2]]
    """
    if count < numbers.shape[1]:
        found: Any = np.argpartition(-numbers, count, axis=1)[:, :count]
    else:
        found = np.tile(np.arange(numbers.shape[1]), (len(numbers), 1))
    found.sort(axis=1)  # of equal ones the first, as argmax has it
    order = np.argsort(-np.take_along_axis(numbers, found, axis=1), axis=1, kind="stable")
    return np.take_along_axis(found, order, axis=1)
