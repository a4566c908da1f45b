"""Numeric series, as values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["SeriesDataset", "WatchedDataset"]


@dataclass(frozen=True)
class SeriesDataset:
    """Numeric series, and their class numbers where they have any.

    Attributes:
        series: float64 arrays of shape (time, channels), one a series.
        labels: int32 array of shape (series,), the class number of each, or None.
        groups: int32 array of that shape, the number of whom or what each is of, so that a part can
            be held back that holds all of some; None where that is not known.
    """

    series: list[np.ndarray]
    labels: np.ndarray | None = None
    groups: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.series)


@dataclass(frozen=True)
class WatchedDataset:
    """Numeric series, and where in them something unusual went on.

    Attributes:
        series: float64 arrays of shape (time, channels), one a series.
        windows: int64 arrays of shape (windows, 2), of each series the first and the last row of
            each of its windows, in order; None where nobody has looked.
        names: of the series; empty where they have none.
    """

    series: list[np.ndarray]
    windows: list[np.ndarray] | None = None
    names: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.series)
