"""Which series of a data set are held back for validation."""

from __future__ import annotations

import numpy as np

from zoo.series.examples import SeriesDataset

__all__ = ["hold_back"]


def hold_back(data: SeriesDataset, share: float) -> tuple[SeriesDataset, SeriesDataset]:
    """Return the series that are trained on, and those that are held back.

    Those that follow one another are often recorded one after another, and alike: of every class
    the last are held back, but never the only one. Where it is known who each is of, all of a few
    are held back: those last in the order of their numbers, until there are as many as wanted.

    Args:
        data: series with their classes.
        share: the share to hold back.

    Example:
        >>> data = SeriesDataset([np.ones((2, 1))] * 6, np.array([0, 1, 0, 1, 0, 1]))
        >>> [len(part) for part in hold_back(data, 0.3)]
        [4, 2]
    """
    assert data.labels is not None
    outside = np.zeros(len(data), bool)
    if data.groups is not None:
        for group in np.unique(data.groups)[::-1]:
            if outside.sum() < share * len(data):
                outside |= data.groups == group
    else:
        for label in np.unique(data.labels):
            rows = np.flatnonzero(data.labels == label)
            count = min(len(rows) - 1, max(1, round(share * len(rows))))
            outside[rows[len(rows) - count :]] = True
    return _rows(data, ~outside), _rows(data, outside)


def _rows(data: SeriesDataset, kept: np.ndarray) -> SeriesDataset:
    assert data.labels is not None
    rows = np.flatnonzero(kept)
    groups = None if data.groups is None else data.groups[rows]
    return SeriesDataset([data.series[row] for row in rows], data.labels[rows], groups)
