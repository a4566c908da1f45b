"""Series of a user's own made ready to train a network on: how far, how far back, and cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from zoo.common.counts import counted, whole
from zoo.common.user_warnings import warn_user
from zoo.errors import InputError, shown
from zoo.fitting.choices import check_choice
from zoo.formats import Checkpoint
from zoo.interfaces import Prepared, UserData
from zoo.learning.settings import FineTuningSettings, Pace, descent_settings
from zoo.schema import DataSource, ModelInfo
from zoo.series.arrays import check_series, still_channels
from zoo.series.files import SeriesReading
from zoo.series.long import LongTables
from zoo.series.scoring import long_tables_of, series_reading_of
from zoo.series.sources import read_source
from zoo.specs import make_spec
from zoo.tasks.time_series_forecasting.specs import TrainedForecasterSpec

__all__ = ["TrainingSeries", "prepare_training", "read_training_series", "trained_settings"]

_HELD = 0.2
_PACE = Pace(steps=1_500, epochs=(5, 40))
# Windows that an epoch reads, of series that have more.
MOST_WINDOWS = 1_600
_MOST_HORIZON = 100_000


@dataclass(frozen=True)
class TrainingSeries:
    """Series to train a forecaster on, and to choose the weights and to score by.

    Attributes:
        train: float64 arrays of shape (time, channels) to learn from.
        held: the validation series, each with what is read before its first forecast.
        horizon: steps to forecast.
        look_back: steps to read.
        quantiles: those to forecast; none for one number.
        sources: where they come from, for the record.
    """

    train: list[np.ndarray]
    held: list[np.ndarray]
    horizon: int
    look_back: int
    quantiles: tuple[float, ...]
    sources: tuple[DataSource, ...]

    @property
    def channels(self) -> int:
        """How many channels they have."""
        channels: int = self.train[0].shape[1]
        return channels

    @property
    def first(self) -> int:
        """Steps before the first window of a training series."""
        return max(1, min(self.look_back, max(map(len, self.train)) - self.horizon))


def trained_settings(info: ModelInfo, given: Any) -> FineTuningSettings:
    """Return how a trained forecaster is to be tuned, with what is left open None.

    Args:
        info: its record.
        given: the settings that a user gives, by name.

    Raises:
        InputError: one is unknown, or out of bounds, or not for a forecaster.
    """
    chosen = descent_settings(info, given, "full")
    check_choice("strategy", chosen.strategy, ("full",))
    for name in ("bptt_steps", "class_weights"):
        if getattr(chosen, name) is not None:
            raise InputError(
                f"Expected no {name} for {info.name}, of the task {info.task}. "
                f"Received: {shown(getattr(chosen, name))}"
            )
    return chosen


def read_training_series(
    train: Any,
    *,
    segment: int,
    look_back: int,
    usual: int,
    horizon: Any = None,
    quantiles: tuple[float, ...] = (),
    valid: Any = None,
    share: float | None = None,
    reading: SeriesReading | None = None,
    long: LongTables | None = None,
) -> TrainingSeries:
    """Read series to train a forecaster on; of any number of channels, and any steps of time.

    Args:
        train: a CSV, TSV, Parquet, JSON lines or NPY file of a series, a folder of them, or a
            list of arrays.
        segment: steps of a segment of the network.
        look_back: steps that it reads at most.
        usual: steps that are forecast where nobody says how many.
        horizon: steps to forecast.
        quantiles: those to forecast.
        valid: the same as `train` for validation; by default the end of every series.
        share: share of every series that is held back then; by default a fifth, and no less than
            a forecast is long.
        reading: how tables are to be read.
        long: which column of a table of many series tells them apart; None where every series is
            a file.

    Raises:
        DataError: there is no series, or a file cannot be read.
        InputError: values are missing, or the series are too short for the horizon.
    """
    if share is not None and not 0 < share < 1:
        raise InputError(f"Expected a validation share between 0 and 1. Received: {shown(share)}")
    source = read_source(train, classes=False, reading=reading, long=long)
    series, _ = check_series(source.series, least=2)
    longest, channels = max(map(len, series)), series[0].shape[1]
    steps = _horizon(horizon, usual, longest)
    if valid is None:
        parts, held, back = _cut(series, steps, share, segment, look_back)
        used: tuple[DataSource, ...] = (source.used(train=len(parts), validation=len(held)),)
    else:
        other = read_source(
            valid, classes=False, channels=channels, reading=source.reading(reading), long=long
        )
        held, _ = check_series(other.series, channels, least=2)
        _check_room(longest, steps, longest)
        if max(map(len, held)) <= steps:
            raise InputError(
                f"Expected a validation series of more than {counted(steps, 'step')}, the "
                f"horizon. Received: {max(map(len, held))} at most. Choose a shorter --horizon"
            )
        parts, back = series, _look_back(look_back, segment, longest)
        used = source.used(train=len(parts)), other.used(validation=len(held))
    _warn_of_still(parts, source.known.columns)
    return TrainingSeries(parts, held, steps, back, quantiles, used)


def _horizon(horizon: Any, usual: int, longest: int) -> int:
    if horizon is None:
        steps = usual if longest >= 4 * usual else max(1, longest // 10)
        if steps < usual:
            warn_user(
                f"Without --horizon {counted(steps, 'step')} ahead are learnt, a tenth of the "
                f"{longest:,} that there are: they are few for the {usual} of the model"
            )
        return steps
    steps = whole(horizon)  # type: ignore[assignment]
    if steps is None or not 1 <= steps <= _MOST_HORIZON:
        raise InputError(
            f"Expected a horizon from 1 to {_MOST_HORIZON:,}, such as 30. "
            f"Received: {shown(horizon)}"
        )
    return steps


def _cut(
    series: list[np.ndarray], steps: int, share: float | None, segment: int, look_back: int
) -> tuple[list[np.ndarray], list[np.ndarray], int]:
    """Return the beginnings of series, their ends with what is read before, and how much that is.

    Series that are too short for either are left out of it, which is told.
    """
    least = steps if share is None else 1
    cuts = [max(least, round((_HELD if share is None else share) * len(item))) for item in series]
    ends = [len(item) - cut for item, cut in zip(series, cuts, strict=True)]
    longest = max(map(len, series))
    if share is not None and max(cuts) < steps:
        raise InputError(
            f"Expected a validation part of at least {counted(steps, 'step')}, the horizon. "
            f"Received: {max(cuts)}, a share of {share:g} of {longest:,}. Choose a larger "
            "--validation-share, or a shorter --horizon"
        )
    _check_room(longest, steps, max(ends), steps)
    parts = [item[:end] for item, end in zip(series, ends, strict=True) if end >= 2]
    back = _look_back(look_back, segment, max(map(len, parts)))
    held = [
        item[max(0, end - back) :]
        for item, end in zip(series, ends, strict=True)
        if end >= 1 and len(item) - end >= steps
    ]
    if len(parts) < len(series) or len(held) < len(series):
        warn_user(
            f"Of {len(series)} series {len(series) - len(parts)} are too short "
            f"to learn from, and {len(series) - len(held)} to validate on, with a horizon of "
            f"{counted(steps, 'step')}"
        )
    return parts, held, back


def _check_room(longest: int, steps: int, train: int, held: int = 0) -> None:
    """Refuse a horizon that is longer than the series allow."""
    if train < steps + 2:
        need = steps + held + 2
        parts = ", as many to validate on" if held else ""
        raise InputError(
            f"Expected a series of at least {need:,} steps for a horizon of {steps:,}: {steps:,} "
            f"to forecast{parts}, and two to read. Received: {longest:,} at most. Choose a shorter "
            "--horizon, or give more"
        )


def _look_back(most: int, segment: int, longest: int) -> int:
    """Return how far back is read: whole segments, a third of the longest series at most."""
    return max(segment, min(most, longest // 3) // segment * segment)


def _warn_of_still(series: Sequence[np.ndarray], names: Sequence[str]) -> None:
    spread = np.max([item.max(axis=0) - item.min(axis=0) for item in series], axis=0)
    if still := still_channels(spread, names):
        warn_user(
            f"Nothing changes in the training part of channel {still}: there is "
            "nothing to learn of it, and it is forecast to stay. Leave it out with --columns"
        )


def prepare_training(source: Checkpoint, given: UserData, settings: FineTuningSettings) -> Prepared:
    """Read series to train a forecaster on, and choose what the settings leave open.

    Args:
        source: the checkpoint.
        given: the series; `horizon` and `quantiles` of its options say what is forecast.
        settings: how, with what is left open None.

    Raises:
        DataError: there is no series, or a file cannot be read.
        InputError: values are missing, or the series are too short for the horizon.
    """
    backbone = source.backbone
    quantiles = _quantiles(given.options.get("quantiles"), source.head)
    data = read_training_series(
        given.train,
        segment=backbone.segment,
        look_back=backbone.look_back,
        usual=backbone.horizon,
        horizon=given.options.get("horizon"),
        quantiles=quantiles,
        valid=given.valid,
        share=given.share,
        reading=series_reading_of(given.options, source.info),
        long=long_tables_of(given.options, classes=False),
    )
    windows = sum(max(0, len(item) - data.first) for item in data.train)
    complete = settings.complete(min(windows, MOST_WINDOWS), pace=_PACE)
    return Prepared(data, data.sources, settings=complete)


def _quantiles(given: Any, head: TrainedForecasterSpec) -> tuple[float, ...]:
    """Return the quantiles to forecast: those given, or those of the model."""
    if given is None:
        return head.quantiles
    parts = [given] if isinstance(given, str | float | int) else list(given)
    words = [word for part in parts for word in str(part).split(",") if word.strip()]
    try:
        levels = tuple(sorted(float(word) for word in words if word.strip().lower() != "none"))
    except ValueError:
        raise InputError(
            "Expected quantiles as numbers between 0 and 1, such as 0.1,0.5,0.9, or none. "
            f"Received: {shown(given)}"
        ) from None
    # The median is the forecast where one number is asked for.
    if levels and 0.5 not in levels:
        levels = tuple(sorted((*levels, 0.5)))
    return make_spec(TrainedForecasterSpec, quantiles=levels).quantiles
