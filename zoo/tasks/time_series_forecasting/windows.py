"""Windows of series to train a forecaster on: what is read before a step, and what follows it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

__all__ = ["DrawnWindows", "ForecastWindows", "drawn", "step_weights"]


class ForecastWindows:
    """Windows of series: the steps before a place, and those from it on.

    Both are given without the last value before the place, which is taken off in float64: a
    network whose forecast moves with its series learns the same, and sees small changes of a
    series far from zero. What lies beyond the end of a series is NaN.

    Args:
        series: float64 arrays of shape (time, channels).
        look_back: steps that are read, fewer where the series begins later.
        horizon: steps that follow.
        first: steps before the first place of a series.
        least: steps of the series that follow its last place.
        stride: steps between two places.

    Example:
        >>> windows = ForecastWindows([np.arange(5.0)[:, None]], 2, 3, first=2, least=1)
        >>> features, targets = windows.batch(np.array([2]))
        >>> features["series"][0, :, 0], targets[0, :, 0]
        ([-1.0, 0.0], [1.0, nan, nan])
    """

    def __init__(
        self,
        series: Sequence[np.ndarray],
        look_back: int,
        horizon: int,
        *,
        first: int,
        least: int,
        stride: int = 1,
    ) -> None:
        self._series, self.look_back, self.horizon = list(series), look_back, horizon
        self._places = [
            (number, place)
            for number, item in enumerate(series)
            for place in range(first, len(item) - least + 1, stride)
        ]

    def __len__(self) -> int:
        return len(self._places)

    @property
    def lengths(self) -> np.ndarray:
        """How long each is: all alike."""
        return np.full(len(self), self.look_back)

    def batch(self, rows: np.ndarray) -> tuple[dict[str, np.ndarray], np.ndarray]:
        """Return features and targets of some windows.

        Args:
            rows: their numbers.

        Returns:
            `series`, float32 (rows, look_back, channels), padded at the end, with its
            `padding_mask`; and float32 (rows, horizon, channels).
        """
        channels = self._series[0].shape[1]
        series = np.zeros((len(rows), self.look_back, channels), np.float32)
        mask = np.zeros((len(rows), self.look_back), bool)
        targets = np.full((len(rows), self.horizon, channels), np.nan, np.float32)
        for row, number in enumerate(rows):
            which, place = self._places[number]
            item = self._series[which]
            before = item[max(0, place - self.look_back) : place]
            after = item[place : place + self.horizon]
            series[row, : len(before)] = before - before[-1]
            mask[row, : len(before)] = True
            targets[row, : len(after)] = after - before[-1]
        return {"series": series, "padding_mask": mask}, targets


class DrawnWindows:
    """Some of the windows, as an epoch reads them.

    Args:
        windows: all of them.
        rows: the numbers of those that are read.
    """

    def __init__(self, windows: ForecastWindows, rows: np.ndarray) -> None:
        self._windows, self._rows = windows, rows

    @property
    def lengths(self) -> np.ndarray:
        """How long each is: all alike."""
        return np.full(len(self._rows), self._windows.look_back)

    def batch(self, rows: np.ndarray) -> tuple[Any, ...]:
        """Return features and targets of some of them.

        Args:
            rows: their numbers among those that are read.
        """
        return self._windows.batch(self._rows[rows])


def drawn(windows: ForecastWindows, count: int, seed: int, epoch: int) -> DrawnWindows:
    """Return windows for an epoch, drawn anew for each.

    Args:
        windows: all of them.
        count: how many at most.
        seed: of the run.
        epoch: number of the epoch.
    """
    generator = np.random.default_rng([seed, epoch, 7])
    rows = generator.permutation(len(windows))[:count]
    return DrawnWindows(windows, np.sort(rows))


def step_weights(horizons: Sequence[int]) -> np.ndarray:
    """Return how much every step counts where the mean over each of several horizons counts alike.

    Args:
        horizons: numbers of steps; the largest is that of the network.

    Returns:
        float32 array of shape (horizon,), which sums to 1.

    Example:
        >>> step_weights([1, 2]).tolist()
        [0.75, 0.25]
    """
    steps = np.arange(max(horizons))
    return np.mean([(steps < horizon) / horizon for horizon in horizons], axis=0).astype("f4")
