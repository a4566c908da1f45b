"""From forecasts to scores: how unusual a row is for its own series.

A row is compared with the forecast of it in four ways: the error, over a few rows; how improbable
the forecast held it to be, over a few rows; how the level shifts; and how far the value lies from
the mean. Each is set against the largest of its past, so that what a series does often is usual
for it, however far its values lie apart. An alarm silences what follows unless that is stronger.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from zoo.tasks.time_series_anomaly_detection.scaling import (
    deviation_of,
    scaled_target,
)
from zoo.tasks.time_series_anomaly_detection.specs import AnomalyDetectorSpec

__all__ = [
    "BEGIN",
    "FAR",
    "KINDS",
    "LEAST",
    "MOST",
    "RISE",
    "SURPRISE_SIZE",
    "Mixture",
    "Surprise",
    "mixture_of",
]

KINDS = 4
# Errors, surprises, level, slow level; then of every kind its largest, upwards and downwards.
SURPRISE_SIZE = KINDS + 2 * KINDS
# Rows of a series in which nothing is known of it yet.
BEGIN = 30
MOST = 1e6
# A row is silenced that is not stronger than what came before; from so much on it counts wholly.
RISE = 0.03
_ROOT = math.sqrt(2.0)
# The smallest probability that is told from none, and how far off it is.
LEAST, FAR = 1e-300, 37.0

# Weight, place and width of every component.
Mixture = Sequence[tuple[float, float, float]]


def mixture_of(numbers: Sequence[float], place: float) -> list[tuple[float, float, float]]:
    """Return the forecast that a row's outputs of the head stand for.

    Args:
        numbers: logits of the weights, then places, then logarithms of the widths.
        place: where the last value lies, which places are counted from.
    """
    count = len(numbers) // 3
    logits = numbers[:count]
    top = max(logits)
    shares = [math.exp(logit - top) for logit in logits]
    total = sum(shares)
    return [
        (
            share / total,
            place + 0.3 * numbers[count + index],
            math.exp(min(max(numbers[2 * count + index], -4.5), 3.0)),
        )
        for index, share in enumerate(shares)
    ]


class Surprise:
    """Makes scores of forecasts and values, row by row: a pure function of state and row.

    Args:
        spec: arguments of the task.
    """

    def __init__(self, spec: AnomalyDetectorSpec) -> None:
        self._spec = spec
        self._forget = 1.0 - 0.5 ** (1.0 / spec.memory)

    def step(
        self,
        numbers: Sequence[float],
        scaling: Sequence[float],
        mixture: Mixture,
        x: float,
        row: int,
    ) -> tuple[list[float], float]:
        """Take in a row.

        Args:
            numbers: the state before it, `SURPRISE_SIZE` numbers.
            scaling: of the rows before it.
            mixture: the forecast of it.
            x: its value.
            row: its number, from 0.

        Returns:
            The state after it, and how unusual it is, before any silence.
        """
        spec = self._spec
        error, surprise, level, slow, *largest = numbers
        if not row:
            return [0.0, 0.0, x, x, *largest], 0.0
        deviation = deviation_of(scaling)
        target = scaled_target(scaling, x)
        expected = sum(weight * place for weight, place, _ in mixture)
        error = _average(
            error, x - scaling[0] - deviation * math.sinh(expected), row, spec.error_steps
        )
        surprise = _average(surprise, signed_surprise(mixture, target), row, spec.surprise_steps)
        level = _average(level, x, row + 1, spec.level_steps)
        slow = _average(slow, x, row + 1, 10.0 * spec.level_steps)
        usual = spec.floor * deviation
        found = 0.0
        share = max(1.0 / row, self._forget)
        streams = (
            (error, usual, spec.weights[0]),
            (surprise, spec.floor, spec.weights[1]),
            (level - slow, usual, spec.weights[2]),
            (x - scaling[0], usual, spec.weights[3]),
        )
        for index, (value, least, weight) in enumerate(streams):
            place = 2 * index + (value < 0.0)
            size, most = abs(value), largest[place]
            found = max(found, weight * size / (most + least))
            # The other side was nought.
            largest[place] = _power_mean(most, size, share, spec.power)
            other = 2 * index + (value >= 0.0)
            largest[other] *= (1.0 - share) ** (1.0 / spec.power)
        if row < BEGIN:
            found = 0.0
        return [error, surprise, level, slow, *largest], min(found, MOST)

    def score(self, found: float, recent: float) -> float:
        """Return the score of a row.

        Args:
            found: how unusual it is.
            recent: how unusual the most unusual row is that silences others.
        """
        if found <= recent or not found:
            return 0.0
        if recent:
            found *= min(1.0, (found / recent - 1.0) / RISE)
        return found / (1.0 + found)


def _average(before: float, value: float, row: int, steps: float) -> float:
    """Return a moving average after a row more, of all rows where there are fewer."""
    return before + max(1.0 / row, 1.0 / steps) * (value - before)


def _power_mean(before: float, value: float, share: float, power: float) -> float:
    """Return a moving mean of high powers, as a root: close to the largest value."""
    top = max(before, value)
    if not top:
        return 0.0
    mean: float = (1.0 - share) * (before / top) ** power + share * (value / top) ** power
    return top * mean ** (1.0 / power)


def signed_surprise(mixture: Mixture, target: float) -> float:
    """Return how improbable a value is, in deviations of a normal law, with its direction.

    Args:
        mixture: the forecast.
        target: where the value lies.
    """
    above = below = 0.0
    nearest = math.inf
    for weight, place, width in mixture:
        z = (target - place) / width
        nearest = min(nearest, abs(z))
        above += weight * math.erfc(z / _ROOT)
        below += weight * math.erfc(-z / _ROOT)
    tail = min(above, below)
    # Twice the probability of the tail; where it vanishes, the distance itself.
    size = math.sqrt(-2.0 * math.log(tail)) if tail > LEAST else max(nearest, FAR)
    return size if above < below else -size
