"""Windows of series that a network learns to forecast."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from zoo.errors import InputError
from zoo.tasks.time_series_anomaly_detection.rows import read_rows
from zoo.tasks.time_series_anomaly_detection.specs import AnomalyDetectorSpec

__all__ = ["ForecastWindows", "ReadSeries", "drawn_windows", "forecast_windows", "read_all"]

# Rows at the beginning of a window whose forecast is not judged: the network knows nothing yet.
_BEGIN = 10

# What the network reads of a series, and how far what follows lies from every row.
ReadSeries = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class ForecastWindows:
    """Windows of one length, padded at the end, with what is to be forecast after every row.

    Attributes:
        rows: float32 array of shape (windows, time, 2), what the network reads.
        targets: float32 array of shape (windows, time), how far what follows lies from each row.
        lengths: int array of shape (windows,), the true number of rows of each.
    """

    rows: np.ndarray
    targets: np.ndarray
    lengths: np.ndarray

    def batch(self, rows: np.ndarray) -> tuple[Any, ...]:
        """Return features, targets and weights of some windows."""
        steps = np.arange(self.rows.shape[1])
        lengths = self.lengths[rows][:, None]
        mask = steps < lengths
        # Of a short window all rows count, or none would.
        begin = np.minimum(_BEGIN, lengths // 2)
        weights = (mask & (steps >= begin)).astype(np.float32)
        # A window counts by its rows, whatever its padding.
        weights *= weights.shape[1] / np.maximum(1.0, weights.sum(axis=1, keepdims=True))
        return {"series": self.rows[rows], "padding_mask": mask}, self.targets[rows], weights

    def all(self) -> tuple[Any, ...]:
        """Return features, targets and weights of all windows."""
        return self.batch(np.arange(len(self.rows)))


def read_all(series: Sequence[np.ndarray], spec: AnomalyDetectorSpec) -> list[ReadSeries]:
    """Return what the network reads of series, and how far what follows lies from every row.

    Args:
        series: float arrays of shape (time, 1).
        spec: arguments of the task.

    Returns:
        Of every series of three rows or more an array of shape (time - 1, 2) and one of shape
        (time - 1,).

    Raises:
        InputError: none has three rows.
    """
    found = []
    for item in series:
        if len(item) > 2:
            rows, targets = read_rows(item[:, 0], spec)
            found.append((rows[:-1], (targets - rows[:, 0])[:-1]))
    if not found:
        raise InputError(
            "Expected a series of at least 3 rows to learn from. "
            f"Received: {max(map(len, series), default=0)} at most"
        )
    return found


def forecast_windows(
    series: Sequence[np.ndarray], spec: AnomalyDetectorSpec, window: int
) -> ForecastWindows:
    """Cut series into windows, one after another.

    Args:
        series: float arrays of shape (time, 1).
        spec: arguments of the task.
        window: rows of a window.

    Raises:
        InputError: no series has three rows.
    """
    parts = [
        (rows[start : start + window], targets[start : start + window])
        for rows, targets in read_all(series, spec)
        for start in range(0, len(rows), window)
    ]
    return _stacked(parts, window)


def drawn_windows(
    pools: Sequence[Sequence[ReadSeries]], count: int, window: int, generator: np.random.Generator
) -> ForecastWindows:
    """Draw windows at random, as many of every pool, half of them upside down.

    Args:
        pools: what was read of series, in pools.
        count: how many.
        window: rows of a window.
        generator: what draws.
    """
    parts = []
    for number in range(count):
        pool = pools[number % len(pools)]
        rows, targets = pool[int(generator.integers(len(pool)))]
        start = int(generator.integers(max(0, len(rows) - window) + 1))
        sign = 1.0 if generator.random() < 0.5 else -1.0
        end = start + window
        parts.append((sign * rows[start:end], sign * targets[start:end]))
    return _stacked(parts, window)


def _stacked(parts: Sequence[ReadSeries], window: int) -> ForecastWindows:
    rows = np.zeros((len(parts), window, 2), np.float32)
    targets = np.zeros((len(parts), window), np.float32)
    for index, (read, following) in enumerate(parts):
        rows[index, : len(read)] = read
        targets[index, : len(read)] = following
    return ForecastWindows(rows, targets, np.array([len(read) for read, _ in parts]))
