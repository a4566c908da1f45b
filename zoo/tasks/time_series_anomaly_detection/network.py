"""Detection without Keras: forecasts of every row from those before it, and scores."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from zoo.errors import InputError
from zoo.networks.recurrent.series_spec import SeriesRecurrentBackboneSpec
from zoo.networks.recurrent.steps import RecurrentSteps
from zoo.tasks.time_series_anomaly_detection.rows import Scorer, batched
from zoo.tasks.time_series_anomaly_detection.scaling import (
    SCALING_SIZE,
    place_of,
    read_on,
    unscaled,
)
from zoo.tasks.time_series_anomaly_detection.specs import INPUTS, AnomalyDetectorSpec
from zoo.tasks.time_series_anomaly_detection.surprise import (
    SURPRISE_SIZE,
    mixture_of,
)

__all__ = ["Detection", "DetectorState", "Forecasts", "RowDetector"]

# Share of the forecast that its band holds, and what a normal law has there.
BAND = 0.95
_BISECTIONS = 40
# Rows that the network is fed at a time, of series side by side.
_BLOCK = 1_024
# Rows that the network reads before they are scored: a long series needs no more memory.
_AT_ONCE = 4_096

# Outputs of the head for what is read of a row, the one after another.
Forecasts = Callable[[float, float], list[float]]


class DetectorState(msgspec.Struct, frozen=True, eq=False):
    """What a detector knows of a series.

    Attributes:
        rows: how many rows it has read.
        network: the states of the layers, float32 (size,).
        forecast: outputs of the head after the last row.
        scaling: mean, variance, mean square of the steps, last value.
        surprise: averages, and the largest of the past.
        recent: how unusual the last rows were that silence others; row n stands at n modulo their
            number.
    """

    rows: int
    network: np.ndarray
    forecast: tuple[float, ...]
    scaling: tuple[float, ...]
    surprise: tuple[float, ...]
    recent: tuple[float, ...]


@dataclass(frozen=True)
class Detection:
    """What a detector makes of a series.

    Attributes:
        scores: float64 array of shape (time,), in [0, 1].
        alarms: bool array of shape (time,): rows whose score is not below the threshold.
        expected: float64 array of shape (time,), what every row was expected to be when the rows
            before it were known; the first one itself.
        low: lower end of the band that 95 % of the values were expected in.
        high: its upper end.
    """

    scores: np.ndarray
    alarms: np.ndarray
    expected: np.ndarray
    low: np.ndarray
    high: np.ndarray


class RowDetector:
    """Scores rows of series by how unusual they are, each from the rows before it and itself.

    The state contract: `step(state, x)` returns the new state and the score of x, and changes
    nothing; everything else is derived from it.

    Args:
        tensors: the weights by the names of a checkpoint.
        backbone: arguments of the network.
        head: arguments of the task.

    Attributes:
        channels: number of channels of a series: one.
        threshold: score from which on a row is an alarm.

    Raises:
        InputError: the network reads something else than a row after the other.
    """

    channels = 1

    def __init__(
        self,
        tensors: Mapping[str, np.ndarray],
        backbone: SeriesRecurrentBackboneSpec,
        head: AnomalyDetectorSpec,
    ) -> None:
        check_network(backbone)
        self._made_of = (tensors, backbone, head)
        self.spec, self.threshold = head, head.threshold
        self._scorer = Scorer(head)
        self._steps = RecurrentSteps(backbone, tensors)
        mean, scale, self._kernel, self._bias = (
            tensors[name].astype(np.float32)
            for name in ("scaling/mean", "scaling/scale", "forecast/kernel", "forecast/bias")
        )
        self._mean, self._scale = mean, scale
        self._features = backbone.features

    def __reduce__(self) -> Any:
        # Its steps are closures over folded weights: they are made anew from what was read.
        return type(self), self._made_of

    @property
    def scaling(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean and deviation of the waves that examples are made of: a series may be of any."""
        return np.zeros(1), np.ones(1)

    def zeros(self) -> DetectorState:
        """Return the state before the first row."""
        return DetectorState(
            0,
            np.zeros(self._steps.size, np.float32),
            (0.0,) * self.spec.outputs,
            (0.0,) * SCALING_SIZE,
            (0.0,) * SURPRISE_SIZE,
            (0.0,) * self.spec.hold,
        )

    def step(self, state: DetectorState, x: float) -> tuple[DetectorState, float]:
        """Take in a row and score it.

        Args:
            state: the state before it.
            x: its value.

        Returns:
            The new state, and the score, in [0, 1].
        """
        after, scores = self.run(state, (x,))
        return after, scores[0]

    def run(
        self,
        state: DetectorState,
        values: Iterable[float],
        seen: Callable[[Sequence[float], tuple[float, ...]], None] | None = None,
    ) -> tuple[DetectorState, list[float]]:
        """Take in rows and score each.

        Args:
            state: the state before them.
            values: their values.
            seen: called before every row but the first with the forecast of it, outputs of the
                head, and the scaling.

        Returns:
            The new state, and the scores.
        """
        rows, network, recent = state.rows, state.network, list(state.recent)
        forecast: Sequence[float] = state.forecast
        surprise: Sequence[float] = state.surprise
        scaling, scores = state.scaling, list[float]()
        for some in batched(values, _AT_ONCE):
            read, scalings = read_on(some, scaling, rows, self.spec.scaling_rows)
            network, forecasts = self._forecasts(network, read)
            for x, before, following in zip(some, scalings, forecasts, strict=False):
                if seen is not None and rows:
                    seen(forecast, before)
                score, surprise = self._scorer.row(rows, x, forecast, before, surprise, recent)
                scores.append(score)
                forecast, rows = following, rows + 1
            scaling = scalings[-1]
        return (
            DetectorState(rows, network, tuple(forecast), scaling, tuple(surprise), tuple(recent)),
            scores,
        )

    def _forecasts(
        self, network: np.ndarray, read: Sequence[tuple[float, float]]
    ) -> tuple[np.ndarray, list[list[float]]]:
        """Return the states of the layers after rows, and outputs of the head after each.

        Products are taken row by row: in whatever pieces a series comes, its scores are the same to
        the last bit.
        """
        if len(read) == 1:
            return self._forecast(network, read[0])
        scaled = np.array(read, np.float32)
        scaled -= self._mean
        scaled /= self._scale
        given = np.empty((len(read), self._steps.kernel.shape[1]), np.float32)
        for row, own in zip(scaled, given, strict=True):
            np.dot(row, self._steps.kernel, out=own)
        given += self._steps.bias
        heard = np.empty((len(read), self._features + INPUTS), np.float32)
        heard[:, self._features :] = scaled
        states = heard[:, : self._features]
        before, after = network.copy(), np.empty(self._steps.size, np.float32)
        for row, own in zip(given, states, strict=True):
            own[:] = self._steps(row, before, after)
            before, after = after, before
        outputs = np.empty((len(read), self.spec.outputs), np.float32)
        for row, own in zip(heard, outputs, strict=True):
            np.dot(row, self._kernel, out=own)
        outputs += self._bias
        return before, outputs.tolist()

    def _forecast(
        self, network: np.ndarray, read: tuple[float, float]
    ) -> tuple[np.ndarray, list[list[float]]]:
        """Do what `_forecasts` does for one row, without room for more."""
        heard = np.empty(self._features + INPUTS, np.float32)
        scaled, after = heard[self._features :], np.empty(self._steps.size, np.float32)
        scaled[:] = read
        scaled -= self._mean
        scaled /= self._scale
        given = np.dot(scaled, self._steps.kernel)
        given += self._steps.bias
        heard[: self._features] = self._steps(given, network, after)
        outputs = np.dot(heard, self._kernel)
        outputs += self._bias
        return after, [outputs.tolist()]

    def scores_and_forecasts(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the scores of a series, and what the network says after every row of the next.

        Args:
            values: float array of shape (time,).

        Returns:
            float64 arrays of shape (time,) and (time, outputs).
        """
        found: list[Sequence[float]] = []
        after, scores = self.run(self.zeros(), values.tolist(), lambda said, _: found.append(said))
        return np.array(scores), np.array([*found, after.forecast])

    def forecasts(self, read: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Return what the network says after every row of the next, of series side by side.

        Args:
            read: of each what the network reads of it, float (time, 2); see `read_rows`.

        Returns:
            float64 arrays of shape (time, outputs).
        """
        order = sorted(range(len(read)), key=lambda index: -len(read[index]))
        scaled = [(read[index].astype(np.float32) - self._mean) / self._scale for index in order]
        outputs = [np.empty((len(item), self.spec.outputs)) for item in scaled]
        before = np.zeros((len(order), self._steps.size), np.float32)
        after, size = np.empty_like(before), self._features
        for start in range(0, len(scaled[0]) if scaled else 0, _BLOCK):
            # The longest come first: those that have ended are the last.
            parts = [item[start : start + _BLOCK] for item in scaled if len(item) > start]
            heard = np.zeros((len(parts[0]), len(parts), size + INPUTS), np.float32)
            for column, part in enumerate(parts):
                heard[: len(part), column, size:] = part
            given = heard[..., size:] @ self._steps.kernel + self._steps.bias
            for step, one in enumerate(given):
                states = self._steps(one, before[: len(parts)], after[: len(parts)])
                heard[step, :, :size] = states
                before, after = after, before
            said = heard @ self._kernel + self._bias
            for output, part, column in zip(outputs, parts, said.swapaxes(0, 1), strict=False):
                output[start : start + len(part)] = column[: len(part)]
        found = dict(zip(order, outputs, strict=True))
        return [found[index] for index in range(len(read))]

    def detect(self, values: np.ndarray) -> Detection:
        """Return the scores of a series, and the band that it was expected in.

        Args:
            values: float array of shape (time,).
        """
        # Of the first row nothing is known before it has come.
        expected, low, high = (values[:1].tolist() for _ in range(3))

        def seen(forecast: Sequence[float], scaling: tuple[float, ...]) -> None:
            mixture = mixture_of(forecast, place_of(scaling))
            middle = sum(weight * place for weight, place, _ in mixture)
            ends = (quantile(mixture, (1 - BAND) / 2), quantile(mixture, (1 + BAND) / 2))
            for found, value in zip((expected, low, high), (middle, *ends), strict=True):
                found.append(unscaled(scaling, value))

        _, scores = self.run(self.zeros(), values.tolist(), seen)
        array = np.array(scores)
        bands = (np.array(part) for part in (expected, low, high))
        return Detection(array, array >= self.threshold, *bands)


def check_network(backbone: SeriesRecurrentBackboneSpec) -> None:
    """Refuse a network that reads something else than a row after the other.

    Args:
        backbone: its arguments.

    Raises:
        InputError: it reads ahead, or other inputs.
    """
    if backbone.ahead or backbone.channels != INPUTS or backbone.frame > 1 or backbone.scaled_twice:
        raise InputError(
            "Expected a network of 2 channels that reads a row after the other, from the start to "
            "the end alone, without lags, points or frames: cell='gru', channels=2, units=32. "
            f"Received: {backbone.described}, of {backbone.channels} channels"
        )


def quantile(mixture: Any, share: float) -> float:
    """Return the place that a share of a mixture of normal distributions lies below.

    Args:
        mixture: weight, place and width of every component.
        share: the share.
    """
    low = min(place - 8.0 * width for _, place, width in mixture)
    high = max(place + 8.0 * width for _, place, width in mixture)
    for _ in range(_BISECTIONS):
        middle = 0.5 * (low + high)
        below = sum(
            0.5 * weight * math.erfc((place - middle) / (width * math.sqrt(2.0)))
            for weight, place, width in mixture
        )
        low, high = (middle, high) if below < share else (low, middle)
    return 0.5 * (low + high)
