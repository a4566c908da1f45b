"""Many series at once: the scores that a row after the other gives, computed side by side.

A step of fifty series takes hardly longer than one of a single series. What is computed is what
`surprise` and `network` say, but for the last digits.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from zoo.tasks.time_series_anomaly_detection.network import RowDetector
from zoo.tasks.time_series_anomaly_detection.scaling import (
    SCALING_SIZE,
    deviation_of,
    read_on,
    scaled_target,
)
from zoo.tasks.time_series_anomaly_detection.specs import AnomalyDetectorSpec
from zoo.tasks.time_series_anomaly_detection.surprise import (
    BEGIN,
    FAR,
    KINDS,
    LEAST,
    MOST,
    RISE,
)

__all__ = [
    "LEAST_SERIES",
    "Mixtures",
    "ReadRows",
    "Scored",
    "Stage",
    "both_tails",
    "scored_together",
]

# Of fewer series a row after the other is faster; of more cells the memory would be felt.
LEAST_SERIES, _MOST_SERIES, _CELLS = 4, 64, 1 << 21

_ERFC = np.frompyfunc(math.erfc, 1, 1)


@dataclass(frozen=True)
class ReadRows:
    """What is known of a series after every row.

    Attributes:
        rows: what the network reads, float64 (time, 2).
        targets: where every row but the first lies among those before it, (time - 1,).
        mean: running mean, (time,).
        deviation: running deviation, (time,).
    """

    rows: np.ndarray
    targets: np.ndarray
    mean: np.ndarray
    deviation: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray, spec: AnomalyDetectorSpec) -> ReadRows:
        """Return it of a series.

        Args:
            values: float array of shape (time,).
            spec: arguments of the task.
        """
        given = values.tolist()
        read, scalings = read_on(given, (0.0,) * SCALING_SIZE, 0, spec.scaling_rows)
        after = scalings[1:]
        targets = [scaled_target(*pair) for pair in zip(after, given[1:], strict=False)]
        return cls(
            np.array(read).reshape(-1, 2),
            np.array(targets),
            np.array([scaling[0] for scaling in after]),
            np.array([deviation_of(scaling) for scaling in after]),
        )


@dataclass(frozen=True)
class Mixtures:
    """Forecasts of every row of a series but the first, each a mixture of normal distributions.

    Attributes:
        weights: float array of shape (time - 1, components).
        places: of that shape.
        widths: of that shape, or (time - 1, 1).
    """

    weights: np.ndarray
    places: np.ndarray
    widths: np.ndarray

    @classmethod
    def of(cls, read: ReadRows, outputs: np.ndarray) -> Mixtures:
        """Return those that the outputs of the head stand for.

        Args:
            read: the series.
            outputs: float array of shape (time, outputs), after every row.
        """
        logits, moved, widths = np.split(outputs[:-1].astype(np.float64), 3, axis=1)
        weights = np.exp(logits - np.logaddexp.reduce(logits, axis=1, keepdims=True))
        return cls(weights, read.rows[:-1, :1] + 0.3 * moved, np.exp(widths.clip(-4.5, 3.0)))


class Stage:
    """Makes scores of series and forecasts, for all series side by side.

    Args:
        series: float arrays of shape (time,).
        reads: what is known of each.
        forecasts: of each.
    """

    def __init__(
        self,
        series: Sequence[np.ndarray],
        reads: Sequence[ReadRows],
        forecasts: Sequence[Mixtures],
    ) -> None:
        self._lengths = [len(item) for item in series]
        shape = (max(self._lengths), len(series))
        self._value, self._mean, self._error, self._surprise = (np.zeros(shape) for _ in range(4))
        self._deviation = np.ones(shape)
        for column, (item, read, told) in enumerate(zip(series, reads, forecasts, strict=True)):
            z = (read.targets[:, None] - told.places) / told.widths
            near = both_tails(z)
            above, below = (
                (told.weights * np.where(sign * z > 0, near, 2 - near)).sum(axis=1)
                for sign in (1, -1)
            )
            tail = np.minimum(above, below)
            size = np.where(
                tail > LEAST,
                np.sqrt(np.maximum(0.0, -2 * np.log(np.maximum(tail, LEAST)))),
                np.maximum(np.abs(z).min(axis=1), FAR),
            )
            place = (told.weights * told.places).sum(axis=1)
            expected = read.deviation[:-1] * np.sinh(place)  # from the mean
            end = len(item)
            self._value[:end, column] = item
            self._mean[1:end, column] = read.mean[:-1]
            self._deviation[1:end, column] = read.deviation[:-1]
            self._error[1:end, column] = item[1:] - read.mean[:-1] - expected
            self._surprise[1:end, column] = np.where(above < below, size, -size)

    def scores(self, spec: AnomalyDetectorSpec) -> list[np.ndarray]:
        """Return the scores of every series, float64 (time,), in [0, 1].

        Args:
            spec: arguments of the task.
        """
        count = self._value.shape[1]
        error, surprise = np.zeros(count), np.zeros(count)
        level, slow = self._value[0].copy(), self._value[0].copy()
        largest = np.zeros((KINDS, 2, count))
        found = np.zeros(self._value.shape)
        forget, power = 1.0 - 0.5 ** (1.0 / spec.memory), spec.power
        weights = np.array(spec.weights)[:, None, None]
        for row in range(1, len(self._value)):
            x, usual = self._value[row], spec.floor * self._deviation[row]
            error += max(1 / row, 1 / spec.error_steps) * (self._error[row] - error)
            surprise += max(1 / row, 1 / spec.surprise_steps) * (self._surprise[row] - surprise)
            level += max(1 / (row + 1), 1 / spec.level_steps) * (x - level)
            slow += max(1 / (row + 1), 0.1 / spec.level_steps) * (x - slow)
            kinds = np.stack([error, surprise, level - slow, x - self._mean[row]])
            least = np.stack([usual, np.full(count, spec.floor), usual, usual])
            sizes = np.stack([np.maximum(kinds, 0), np.maximum(-kinds, 0)], axis=1)
            if row >= BEGIN:
                found[row] = (weights * sizes / (largest + least[:, None])).max(axis=(0, 1))
            share, top = max(1 / row, forget), np.maximum(largest, sizes)
            top[top == 0] = 1.0
            mean = (1 - share) * (largest / top) ** power + share * (sizes / top) ** power
            largest = top * mean ** (1 / power)
        found = np.minimum(found, MOST)
        return [_silenced(found[:end, at], spec.hold) for at, end in enumerate(self._lengths)]


def _silenced(found: np.ndarray, hold: int) -> np.ndarray:
    """Return the scores of a series; what is unusual silences what follows and is not stronger."""
    padded = np.concatenate([np.zeros(hold), found])
    recent = np.lib.stride_tricks.sliding_window_view(padded, hold)[:-1].max(axis=1)
    rise = np.where(recent > 0, (found / np.maximum(recent, LEAST) - 1) / RISE, 1.0)
    counted = np.where(found > recent, found * rise.clip(0, 1), 0.0)
    scores: np.ndarray = counted / (1 + counted)
    return scores


def both_tails(z: np.ndarray) -> np.ndarray:
    """Return the probability that a standard normal variable lies further from 0 than numbers.

    It needs no SciPy, which a light installation has not.

    Args:
        z: float array.

    Example:
        >>> both_tails(np.array([0.0, -1.96])).round(3)
        array([1.  , 0.05])
    """
    found: np.ndarray = _ERFC(np.abs(z) / math.sqrt(2)).astype(np.float64)
    return found


@dataclass(frozen=True)
class Scored:
    """What a detector says of a series.

    Attributes:
        read: what is known of it after every row.
        scores: float64 array of shape (time,), in [0, 1].
        forecasts: what the network says after every row of the next, float64 (time, outputs).
    """

    read: ReadRows
    scores: np.ndarray
    forecasts: np.ndarray


def scored_together(
    model: RowDetector, series: Sequence[np.ndarray]
) -> Iterator[tuple[int, Scored]]:
    """Yield what a detector says of series, and the number of each; those of like length together.

    Args:
        model: the detector.
        series: float arrays of shape (time,), of at least one row.
    """
    for chosen in _groups([len(item) for item in series]):
        values = [series[index] for index in chosen]
        reads = [ReadRows.of(item, model.spec) for item in values]
        if len(chosen) < LEAST_SERIES:
            found = [model.scores_and_forecasts(item) for item in values]
        else:
            said = model.forecasts([read.rows for read in reads])
            mixtures = [Mixtures.of(*pair) for pair in zip(reads, said, strict=True)]
            stage = Stage(values, reads, mixtures)
            found = list(zip(stage.scores(model.spec), said, strict=True))
        for index, read, pair in zip(chosen, reads, found, strict=True):
            yield index, Scored(read, *pair)


def _groups(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Yield which series are computed together: of like lengths, and not too much of them."""
    order = sorted(range(len(lengths)), key=lambda index: -lengths[index])
    while order:
        count = max(1, min(_MOST_SERIES, _CELLS // max(1, lengths[order[0]])))
        yield order[:count]
        order = order[count:]
