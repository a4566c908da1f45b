"""Detection without Keras: forecasts of every row from those before it, and scores."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import msgspec
import numpy as np

from zoo.errors import InputError
from zoo.networks.recurrent.series_spec import SeriesRecurrentBackboneSpec
from zoo.networks.recurrent.steps import RecurrentSteps
from zoo.tasks.time_series_anomaly_detection.scaling import (
    SCALING_SIZE,
    place_of,
    read_on,
    scaled_target,
    unscaled,
)
from zoo.tasks.time_series_anomaly_detection.specs import INPUTS, AnomalyDetectorSpec
from zoo.tasks.time_series_anomaly_detection.surprise import (
    SURPRISE_SIZE,
    Surprise,
    mixture_of,
)

__all__ = ["Detection", "DetectorState", "Forecasts", "RowDetector", "scored"]

# Share of the forecast that its band holds, and what a normal law has there.
BAND = 0.95
_BISECTIONS = 40
# Rows that the network reads before they are scored: a long series needs no more memory.
_AT_ONCE = 4_096
_TOLD = 10_000

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


class Scorer:
    """What is done after a network: rows are scored by the forecasts of them.

    Args:
        spec: arguments of the task.
    """

    def __init__(self, spec: AnomalyDetectorSpec) -> None:
        self._spec = spec
        self._surprise = Surprise(spec)

    def row(
        self,
        row: int,
        x: float,
        forecast: Sequence[float],
        scaling: tuple[float, ...],
        surprise: Sequence[float],
        recent: list[float],
    ) -> tuple[float, Sequence[float]]:
        """Score a row; `recent` is changed.

        Args:
            row: its number, from 0.
            x: its value.
            forecast: outputs of the head after the row before.
            scaling: as in `DetectorState`, before the row.
            surprise: as in `DetectorState`.
            recent: as in `DetectorState`.

        Returns:
            The score, and the new surprise.
        """
        mixture = mixture_of(forecast, place_of(scaling)) if row else ()
        surprise, found = self._surprise.step(surprise, scaling, mixture, x, row)
        score = self._surprise.score(found, max(recent))
        recent[row % self._spec.hold] = found
        return score, surprise


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


def batched(values: Iterable[float], size: int) -> Iterator[tuple[float, ...]]:
    """Yield values in batches; Python has this from 3.12 on.

    Args:
        values: the values.
        size: of a batch.
    """
    given = iter(values)
    while some := tuple(islice(given, size)):
        yield some


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


def read_rows(values: np.ndarray, spec: AnomalyDetectorSpec) -> tuple[np.ndarray, np.ndarray]:
    """Return what the network reads of a series, and what it is to forecast after every row.

    Args:
        values: float array of shape (time,).
        spec: arguments of the task.

    Returns:
        float64 arrays of shape (time, 2) and (time,); after the last row there is nothing to
        forecast, and its target is where that row lies itself.
    """
    given = values.tolist()
    read, scalings = read_on(given, (0.0,) * SCALING_SIZE, 0, spec.scaling_rows)
    following = zip(scalings[1:], given[1:], strict=False)
    targets = [scaled_target(scaling, x) for scaling, x in following]
    return np.array(read).reshape(-1, 2), np.array([*targets, read[-1][0]])


def scored(values: np.ndarray, forecasts: np.ndarray, spec: AnomalyDetectorSpec) -> np.ndarray:
    """Return the scores of a series whose forecasts are known, such as from a Keras model.

    Args:
        values: float array of shape (time,).
        forecasts: float array of shape (time, outputs), outputs of the head after every row.
        spec: arguments of the task.

    Returns:
        float64 array of shape (time,).
    """
    scorer, recent, given = Scorer(spec), [0.0] * spec.hold, values.tolist()
    _, scalings = read_on(given, (0.0,) * SCALING_SIZE, 0, spec.scaling_rows)
    surprise: Sequence[float] = [0.0] * SURPRISE_SIZE
    before = [[0.0] * spec.outputs, *forecasts.astype(np.float64).tolist()]
    scores = []
    for row, (x, forecast, scaling) in enumerate(zip(given, before, scalings, strict=False)):
        score, surprise = scorer.row(row, x, forecast, scaling, surprise, recent)
        scores.append(score)
    return np.array(scores)
