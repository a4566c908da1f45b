"""Score trained forecasters: mean errors over many steps, from every place of a series."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from zoo.common.counts import whole
from zoo.datasets import dataset_named
from zoo.errors import InputError
from zoo.interfaces import Scoring
from zoo.schema import Metric, short
from zoo.series.arrays import check_series
from zoo.series.examples import SeriesDataset
from zoo.series.protocol import ForecastProtocol
from zoo.statistics import bootstrap, figure
from zoo.tasks.time_series_forecasting.trained_network import WindowForecaster
from zoo.tasks.time_series_forecasting.trained_pipeline import TrainedForecastingPipeline

__all__ = ["WindowErrors", "evaluate_windows", "repeated", "window_errors", "window_protocol"]

_BATCH = 256
# Windows of series of one's own; of more, only some are scored.
_MOST_WINDOWS = 4_000

# What forecasts: contexts to arrays of shape (horizon, channels, outputs).
Ahead = Callable[[Sequence[np.ndarray]], Sequence[np.ndarray]]


@dataclass(frozen=True)
class WindowErrors:
    """Errors of forecasts from every place where there is room for all of their steps.

    Attributes:
        squared: mean squared error of every window, over steps and channels, in deviations.
        absolute: the same of the absolute error.
        below: share of the true values below every quantile, of shape (windows, outputs).
    """

    squared: np.ndarray
    absolute: np.ndarray
    below: np.ndarray


def window_errors(
    ahead: Ahead,
    series: Sequence[np.ndarray],
    scale: np.ndarray,
    horizons: Sequence[int],
    *,
    read: int,
    first: int,
    stride: int = 1,
    middle: int = 0,
    advance: Callable[[str, int, int], None] | None = None,
) -> dict[int, WindowErrors]:
    """Return the errors of forecasts from the places of series.

    Args:
        ahead: forecasts what follows contexts, as far as the largest horizon.
        series: float64 arrays of shape (time, channels).
        scale: standard deviation of every channel, by which errors are divided.
        horizons: numbers of steps; of each all windows count that have so many.
        read: steps of a context at most.
        first: steps before the first place.
        stride: steps between two places.
        middle: which output is the forecast of one number.
        advance: called with what is being done, how much is done, and how much there is.

    Raises:
        InputError: no series is long enough for one window of every horizon.
    """
    places = [
        (number, place)
        for number, item in enumerate(series)
        for place in range(first, len(item) - min(horizons) + 1, stride)
    ]
    parts: dict[int, list[tuple[np.ndarray, np.ndarray, np.ndarray]]] = {h: [] for h in horizons}
    for start in range(0, len(places), _BATCH):
        some = places[start : start + _BATCH]
        contexts = [series[number][max(0, place - read) : place] for number, place in some]
        for (number, place), forecast in zip(some, ahead(contexts), strict=True):
            truth = series[number][place : place + max(horizons)]
            with np.errstate(over="ignore", invalid="ignore"):
                errors = (forecast[: len(truth), :, middle] - truth) / scale
            above = truth[..., None] < forecast[: len(truth)]
            for horizon in horizons:
                if len(truth) >= horizon:
                    own = errors[:horizon]
                    parts[horizon].append(
                        (np.mean(own**2), np.mean(np.abs(own)), above[:horizon].mean(axis=(0, 1)))
                    )
        if advance is not None:
            advance("windows", start + len(some), len(places))
    for horizon, found in parts.items():
        if not found:
            raise InputError(
                f"Expected a series of at least {first + horizon} steps: {first} to read before "
                f"the first forecast, and {horizon} to compare it with. "
                f"Received: {max(map(len, series))} at most"
            )
    return {
        horizon: WindowErrors(*(np.array(column) for column in zip(*found, strict=True)))
        for horizon, found in parts.items()
    }


def window_protocol(
    model: WindowForecaster, series: Sequence[np.ndarray], horizon: int | None = None
) -> ForecastProtocol:
    """Return how forecasts of series of a user's own are scored.

    Args:
        model: a forecaster.
        series: float64 arrays of shape (time, channels).
        horizon: steps of every forecast; None takes those of the model, or fewer where the series
            are short.

    Raises:
        InputError: the horizon is no such number, or no series is long enough for it.
    """
    longest = max(map(len, series))
    steps = whole(horizon)
    if horizon is None:
        steps = model.horizon if longest > model.horizon else max(1, longest // 4)
    if steps is None or steps < 1:
        raise InputError(f"Expected a horizon of at least 1, such as 96. Received: {horizon!r}")
    if longest <= steps:
        raise InputError(
            f"Expected a series of more than {steps} steps, one to read at least and {steps} to "
            f"compare the forecast with. Received: {longest} at most. Choose a shorter --horizon"
        )
    first = min(model.washout, longest - steps)
    points = sum(max(0, len(item) - first - steps + 1) for item in series)
    stride = -(-points // _MOST_WINDOWS)
    return ForecastProtocol(horizon=steps, first=first, stride=stride, horizons=(steps,))


def evaluate_windows(
    model: TrainedForecastingPipeline, data: SeriesDataset, how: Scoring
) -> tuple[Metric, ...]:
    """Return the mean squared and absolute errors over horizons, in deviations; and coverage.

    `mse_H` and `mae_H` are means over the windows from all places with H steps to come, in
    standard deviations of the series that the model was trained on; `coverage_P` is the share of
    the true values within the outer quantiles, which are meant to hold P percent of them, and
    `uncalibrated_P` what it would be had they not been calibrated on the validation part. The
    intervals are bootstraps over blocks of windows as long as a forecast, for windows that
    overlap err alike.

    Args:
        model: the pipeline.
        data: series.
        how: the split, who is told of the progress, and how far forecasts go.

    Raises:
        InputError: the series are too short, or of another number of channels.

    Reference:
        [Politis & Romano, 1992](https://www.jstor.org/stable/2242023) (blocks in a circle)
    """
    network = model.model
    series, _ = check_series(data.series, network.channels)
    known = dataset_named(model.info.dataset.name) if model.info.dataset else None
    asked = how.options.get("horizon")
    protocol = None if known is None or how.own or asked is not None else known.protocol
    if protocol is None or not protocol.horizons:
        protocol = window_protocol(network, series, asked)
    horizons = protocol.horizons
    scale = network.scaling[1]
    found = window_errors(
        lambda contexts: _both(network, network.roll(contexts, max(horizons))),
        series,
        scale,
        horizons,
        read=network.washout,
        first=protocol.first,
        stride=protocol.stride,
        middle=network.quantiles.index(0.5) if network.quantiles else 0,
        advance=how.advance,
    )
    order = (protocol.horizon, *(one for one in horizons if one != protocol.horizon))
    metrics = [
        _figure(f"{name}_{horizon}", how.split, values, -(-horizon // protocol.stride))
        for horizon in order
        for name, values in (("mse", found[horizon].squared), ("mae", found[horizon].absolute))
    ]
    if len(network.quantiles) > 1:
        low, high = network.quantiles[0], network.quantiles[-1]
        below = found[protocol.horizon].below
        block = -(-protocol.horizon // protocol.stride)
        count, percent = len(network.quantiles), round(100 * (high - low))
        for name, first in (("coverage", 0), ("uncalibrated", count)):
            if first < below.shape[1]:
                inside = np.abs(below[:, first] - below[:, first + count - 1])
                metrics.append(_figure(f"{name}_{percent}", how.split, inside, block))
    if how.tell is not None:
        for line in _comparison(series, scale, protocol):
            how.tell(line)
    return tuple(metrics)


def _both(network: WindowForecaster, forecasts: list[np.ndarray]) -> list[np.ndarray]:
    """Return forecasts with, behind their quantiles, those that were not calibrated, if any."""
    others = [network.uncalibrated(forecast) for forecast in forecasts]
    return [
        one if other is None else np.concatenate([one, other], axis=-1)
        for one, other in zip(forecasts, others, strict=True)
    ]


def _figure(name: str, split: str, values: np.ndarray, block: int) -> Metric:
    """Return the mean of windows with its interval, over blocks of neighbours in a circle."""
    count = len(values)
    size = max(1, min(block, count // 2))
    sums = np.concatenate([[0.0], np.cumsum(np.concatenate([values, values[: size - 1]]))])
    blocks = (sums[size:] - sums[:-size]) / size
    drawn = -(-count // size)
    ends = bootstrap(lambda rows: blocks[rows[:drawn]].mean(), count)
    return figure(name, split, float(values.mean()), ends, count)


def repeated(
    series: Sequence[np.ndarray], scale: np.ndarray, protocol: ForecastProtocol, season: int
) -> dict[int, WindowErrors]:
    """Return the errors of forecasts that repeat the last steps of a series over and over.

    Args:
        series: float64 arrays of shape (time, channels).
        scale: standard deviation of every channel.
        protocol: the places, and the horizons.
        season: how many steps are repeated; 1 repeats the last value.
    """
    longest = max(protocol.horizons)

    def ahead(contexts: Sequence[np.ndarray]) -> list[np.ndarray]:
        steps = np.arange(longest) % season
        return [
            context[-season:][steps % len(context[-season:])][..., None] for context in contexts
        ]

    return window_errors(
        ahead,
        series,
        scale,
        protocol.horizons,
        read=season,
        first=protocol.first,
        stride=protocol.stride,
    )


def _comparison(
    series: Sequence[np.ndarray], scale: np.ndarray, protocol: ForecastProtocol
) -> Iterator[str]:
    """Yield what forecasts that repeat the end of a series come to, a line each."""
    plain = {1: "the last value"}
    if protocol.season is not None:
        plain[protocol.season] = f"the last {protocol.season} steps"
    for season, what in plain.items():
        errors = repeated(series, scale, protocol, season)[protocol.horizon]
        yield (
            f"{what} repeated: mse_{protocol.horizon} {short(float(errors.squared.mean()))}, "
            f"mae_{protocol.horizon} {short(float(errors.absolute.mean()))}\n"
        )
