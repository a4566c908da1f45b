"""Score forecasters: free-running from many points of a series, and one step ahead."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from zoo.common.counts import whole
from zoo.common.user_warnings import warn_user
from zoo.datasets import dataset_named
from zoo.errors import InputError
from zoo.interfaces import Scoring
from zoo.schema import Metric, short
from zoo.series.arrays import check_series
from zoo.series.examples import SeriesDataset
from zoo.series.protocol import ForecastProtocol
from zoo.series.scoring import (
    bootstrapped,
    long_tables_of,
    root_mean_square,
    series_reading_of,
)
from zoo.series.sources import read_source
from zoo.tasks.time_series_forecasting.network import ReservoirForecaster

__all__ = [
    "Rollouts",
    "evaluate",
    "forecast_metrics",
    "one_step_error",
    "own_protocol",
    "read",
    "roll_out",
    "score",
]


@dataclass(frozen=True)
class Rollouts:
    """Free-running forecasts from points of a series, and what one-step forecasts missed.

    Attributes:
        forecasts: float64 array of shape (starts, horizon, channels).
        truth: the series at those steps, of that shape.
        deviation: standard deviation of every channel of the series, of shape (channels,).
        one_step: squared errors of forecasts of one step, of shape (steps,), over the channels.
    """

    forecasts: np.ndarray
    truth: np.ndarray
    deviation: np.ndarray
    one_step: np.ndarray

    @property
    def errors(self) -> np.ndarray:
        """Error of every step in deviations of the series, of shape (starts, horizon)."""
        # A channel that never changes is measured in its own units.
        deviation = np.where(self.deviation > 0, self.deviation, 1.0)
        scaled = (self.forecasts - self.truth) / deviation
        # A forecast that has run away is infinitely wrong.
        with np.errstate(over="ignore", invalid="ignore"):
            return np.sqrt(np.mean(scaled**2, axis=2))

    def valid_times(self, protocol: ForecastProtocol) -> np.ndarray:
        """Return how long every forecast is valid, in Lyapunov times, of shape (starts,)."""
        assert protocol.lyapunov_steps is not None
        # A forecast that has diverged to NaN is beyond any threshold.
        wrong = ~(self.errors <= protocol.threshold)
        steps = np.where(wrong.any(axis=1), wrong.argmax(axis=1), wrong.shape[1])
        return steps / protocol.lyapunov_steps


def roll_out(
    model: ReservoirForecaster,
    series: np.ndarray,
    protocol: ForecastProtocol,
    progress: Callable[[int, int], None] | None = None,
) -> Rollouts:
    """Forecast freely from many points of one series; between them the model reads on.

    Args:
        model: a forecaster.
        series: float64 array of shape (time, channels).
        protocol: where to start, and how far to go.
        progress: called with the number of starts reached, and of all.

    Raises:
        InputError: the series is too short for one start.
    """
    starts = np.arange(protocol.first, len(series) - protocol.horizon + 1, protocol.stride)
    if len(starts) == 0:
        raise InputError(
            f"Expected a series of at least {protocol.first + protocol.horizon} steps. "
            f"Received: {len(series)}"
        )
    state, states, firsts, errors, position = model.zeros(), [], [], [], 0
    for index, start in enumerate(starts.tolist()):
        outputs, state = model.run(series[position:start], state)
        states.append(state)
        firsts.append(outputs[-1])
        errors.append(np.mean((outputs - series[position + 1 : start + 1]) ** 2, axis=1))
        position = start
        if progress is not None:
            progress(index + 1, len(starts))
    forecasts = model.roll(np.stack(states, axis=1), np.stack(firsts), protocol.horizon)
    truth = np.stack([series[start : start + protocol.horizon] for start in starts])
    return Rollouts(forecasts, truth, series.std(axis=0), np.concatenate(errors)[model.washout :])


def score(model: ReservoirForecaster, series: np.ndarray, protocol: ForecastProtocol) -> float:
    """Return one figure of free-running forecasts, lower for better ones: what a fit chooses by.

    Args:
        model: a forecaster.
        series: float64 array of shape (time, channels).
        protocol: how they are scored. The mean of the valid times stands for their median, which
            moves in steps; its negative is returned.
    """
    rollouts = roll_out(model, series, protocol)
    if protocol.lyapunov_steps is not None:
        return -float(rollouts.valid_times(protocol).mean())
    error = root_mean_square(rollouts.errors[:, -1])
    return error if np.isfinite(error) else np.inf


def forecast_metrics(
    model: ReservoirForecaster,
    series: np.ndarray | Sequence[np.ndarray],
    protocol: ForecastProtocol,
    split: str,
    progress: Callable[[str, int, int], None] | None = None,
) -> tuple[Metric, ...]:
    """Return the free-running figure and the error of one step, each with a 95 % interval.

    The figure is `nrmse_H`, the root mean squared error of the last of H steps in deviations of
    the series, or `valid_time`, the median time in Lyapunov times until the error exceeds the
    threshold. `rmse_1` is the root mean squared error of one step in units of the series. The
    intervals are percentile bootstraps over the starts, and over the steps.

    Args:
        model: a forecaster.
        series: float64 array of shape (time, channels), or several; those that are too short for
            one start are left out.
        protocol: how it is scored.
        split: what the series is, for the record.
        progress: called with what is being done, how much is done, and how much there is.

    Raises:
        InputError: the series is too short for one start.

    Reference:
        [Jaeger & Haas, 2004](https://doi.org/10.1126/science.1091277) (the error at 84 steps),
        [Pathak et al., 2018](https://doi.org/10.1103/PhysRevLett.120.024102) (valid time),
        [Efron & Tibshirani, 1993](https://doi.org/10.1201/9780429246593) (percentile bootstrap)
    """
    advance = None if progress is None else lambda done, total: progress("forecasts", done, total)
    several = [series] if isinstance(series, np.ndarray) else list(series)
    long = _long(several, protocol)
    if len(long) < len(several) and long:
        warn_user(
            f"{len(several) - len(long)} of {len(several)} series are shorter than "
            f"{protocol.first + protocol.horizon} steps and not scored",
        )
    runs = [roll_out(model, item, protocol, advance) for item in long or several]
    if protocol.lyapunov_steps is None:
        last = np.concatenate([run.errors[:, -1] for run in runs])
        figure = bootstrapped(protocol.metric, split, last, root_mean_square)
    else:
        times = np.concatenate([run.valid_times(protocol) for run in runs])
        figure = bootstrapped(protocol.metric, split, times, np.median)
    one_step = np.sqrt(np.concatenate([run.one_step for run in runs]))
    return figure, bootstrapped("rmse_1", split, one_step, root_mean_square)


def _long(series: Sequence[np.ndarray], protocol: ForecastProtocol) -> list[np.ndarray]:
    """Return the series that are long enough for one start."""
    return [item for item in series if len(item) >= protocol.first + protocol.horizon]


def one_step_error(
    model: ReservoirForecaster, series: Sequence[np.ndarray], protocol: ForecastProtocol
) -> float:
    """Return `rmse_1` of `forecast_metrics`, without a forecast of more than a step.

    Args:
        model: a forecaster.
        series: float64 arrays of shape (time, channels), one or more of them long enough.
        protocol: how they are scored.
    """
    errors = []
    for item in _long(series, protocol):
        last = np.arange(protocol.first, len(item) - protocol.horizon + 1, protocol.stride)[-1]
        outputs, _ = model.run(item[:last], model.zeros())
        errors.append(np.mean((outputs - item[1 : last + 1]) ** 2, axis=1)[model.washout :])
    return root_mean_square(np.sqrt(np.concatenate(errors)))


def _protocol(name: str) -> ForecastProtocol | None:
    """Return how forecasts of a data set of the zoo are scored, or None if they are not."""
    dataset = dataset_named(name)
    return None if dataset is None else dataset.protocol


def own_protocol(
    model: ReservoirForecaster,
    series: Sequence[np.ndarray],
    horizon: int | None = None,
    known: ForecastProtocol | None = None,
) -> ForecastProtocol:
    """Return how forecasts of a user's own series are scored: from a hundred points or fewer.

    Args:
        model: a forecaster.
        series: float64 arrays of shape (time, channels).
        horizon: steps of every forecast; None takes the usual number.
        known: how those of the model's own data set are scored, which says what is usual.

    Raises:
        InputError: the horizon is no such number, or no series is long enough for it.
    """
    # One step after the washout is left to be forecast before the first start.
    first, longest = max(1, model.washout) + 1, max(map(len, series))
    steps = whole(horizon)
    if horizon is None:
        usual = known.horizon if known is not None and known.lyapunov_steps is None else 84
        steps = max(1, min(usual, (longest - first) // 4))
    if steps is None or steps < 1:
        raise InputError(f"Expected a horizon of at least 1, such as 84. Received: {horizon!r}")
    if longest < first + steps:
        raise InputError(
            f"Expected a series of at least {first + steps} steps: {first} to read before the "
            f"first forecast, and {steps} to compare it with. Received: {longest} at most"
        )
    points = sum(max(0, len(item) - first - steps) for item in series)
    return ForecastProtocol(horizon=steps, first=first, stride=max(1, points // 100))


def read(model: Any, data: Any, how: Scoring) -> SeriesDataset:
    """Return series of a user's own.

    Args:
        model: the pipeline.
        data: a file of a series, a folder of them, or arrays.
        how: its options say how tables are to be read.
    """
    source = read_source(
        data,
        classes=False,
        channels=model.model.channels,
        reading=series_reading_of(how.options, model.info),
        long=long_tables_of(how.options, classes=False),
    )
    return SeriesDataset(source.series)


def evaluate(model: Any, data: SeriesDataset, how: Scoring) -> tuple[Metric, ...]:
    """Return what `forecast_metrics` does; of a network that was trained what its own scores do.

    Args:
        model: the pipeline.
        data: series.
        how: the split, who is told of the progress, and how far forecasts go: by default as on
            the pipeline's data set, or 84 steps, or fewer where the series are short.

    Raises:
        InputError: the series are too short, or of another number of channels.
    """
    if not model.closed_form:
        from zoo.tasks.time_series_forecasting.trained_scoring import evaluate_windows

        return evaluate_windows(model, data, how)
    series, _ = check_series(data.series, model.model.channels)
    known = _protocol(model.info.dataset.name if model.info.dataset else "")
    horizon = how.options.get("horizon")
    protocol = None if how.own or horizon is not None else known
    if protocol is None or protocol.first <= model.model.washout:
        protocol = own_protocol(model.model, series, horizon, known)
    metrics = forecast_metrics(model.model, series, protocol, how.split, how.advance)
    if how.tell is not None:
        naive = _error_of_no_change(series, protocol, model.model.washout)
        how.tell(f"error of one step of a forecast of no change {short(naive)}\n")
    return metrics


def _error_of_no_change(
    series: Sequence[np.ndarray], protocol: ForecastProtocol, washout: int
) -> float:
    """Return what `rmse_1` is of forecasts that nothing changes, over the same steps."""
    changes = []
    for item in series:
        starts = np.arange(protocol.first, len(item) - protocol.horizon + 1, protocol.stride)
        if len(starts):
            changes.append(np.diff(item[: starts[-1] + 1], axis=0)[washout:])
    return float(np.sqrt(np.mean(np.concatenate(changes) ** 2)))
