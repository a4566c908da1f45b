"""Series of a user's own made ready to fit a forecaster to: read, checked, and cut in two."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from zoo.errors import InputError, shown
from zoo.formats import Checkpoint
from zoo.interfaces import Prepared, UserData
from zoo.learning.settings import FineTuningSettings, closed_form_settings
from zoo.schema import DataSource
from zoo.series.arrays import check_series
from zoo.series.files import SeriesReading
from zoo.series.long import LongTables
from zoo.series.scoring import long_tables_of, series_reading_of
from zoo.series.sources import read_source
from zoo.tasks.time_series_forecasting.trained_data import prepare_training, trained_settings

__all__ = ["ForecastSeries", "prepare", "read_series", "settings"]

_HELD = 0.2


@dataclass(frozen=True)
class ForecastSeries:
    """Series to fit a forecaster to, and to choose the ridge and to score on.

    Attributes:
        train: float64 arrays of shape (time, channels) to fit to.
        held: the validation series; ends of the others begin with the steps of the washout, which
            are read and not scored.
        sources: where they come from, for the record.
    """

    train: list[np.ndarray]
    held: list[np.ndarray]
    sources: tuple[DataSource, ...]


def read_series(
    train: Any,
    channels: int,
    *,
    washout: int,
    valid: Any = None,
    share: float | None = None,
    reading: SeriesReading | None = None,
    long: LongTables | None = None,
) -> ForecastSeries:
    """Read series to fit a forecaster to.

    Args:
        train: a CSV, TSV or NPY file of a series, a folder of them, or a list of arrays.
        channels: channels of the network.
        washout: steps after which its state no longer depends on where it started.
        valid: the same for validation; by default the end of every series is held back.
        share: share of every series that is held back then, a fifth by default.
        reading: how tables are to be read.
        long: which column of a table of many series tells them apart; None where every series is
            a file.

    Raises:
        DataError: there is no series, or a file cannot be read.
        InputError: a series is not as the model needs it, or too short.
    """
    share = _HELD if share is None else share
    if not 0 < share < 1:
        raise InputError(f"Expected a validation share between 0 and 1. Received: {shown(share)}")
    source = read_source(train, classes=False, channels=channels, reading=reading, long=long)
    series, _ = check_series(source.series, channels, least=2)
    if valid is not None:
        other = read_source(
            valid, classes=False, channels=channels, reading=source.reading(reading), long=long
        )
        held, _ = check_series(other.series, channels, least=2)
        used = source.used(train=len(series)), other.used(validation=len(held))
        return ForecastSeries(series, held, used)
    ends = [len(item) - max(1, round(share * len(item))) for item in series]
    return ForecastSeries(
        [item[:end] for item, end in zip(series, ends, strict=True)],
        [item[max(0, end - washout - 1) :] for item, end in zip(series, ends, strict=True)],
        (source.used(train=len(series), validation=len(series)),),
    )


def settings(source: Checkpoint, given: Mapping[str, Any]) -> FineTuningSettings:
    """Return how a forecaster is to be fitted or trained, with what is left open None.

    Args:
        source: the checkpoint.
        given: the settings that a user gives, by name.

    Raises:
        InputError: one is unknown, or out of bounds.
    """
    if source.backbone.closed_form:
        return closed_form_settings(source.info, given)
    return trained_settings(source.info, given)


def prepare(source: Checkpoint, given: UserData, settings: Any) -> Prepared:
    """Read series to fit a forecaster to, or to train one on.

    Args:
        source: the checkpoint.
        given: a CSV, TSV or NPY file of a series, a folder of them, or a list of arrays.
        settings: what `settings` returned; of no matter to a reservoir.

    Raises:
        DataError: there is no series, or a file cannot be read.
        InputError: a series is not as the model needs it, or too short; or it is said what to
            forecast, which a reservoir learns nothing of.
    """
    if not source.backbone.closed_form:
        return prepare_training(source, given, settings)
    for name in ("horizon", "quantiles"):
        if given.options.get(name) is not None:
            raise InputError(
                f"Expected no {name} for {source.info.name}: a reservoir is fitted to forecast "
                "one step, and runs on from there as far as it is asked. "
                f"Received: {shown(given.options[name])}"
            )
    data = read_series(
        given.train,
        source.backbone.channels,
        washout=source.head.washout,
        valid=given.valid,
        share=given.share,
        reading=series_reading_of(given.options, source.info),
        long=long_tables_of(given.options, classes=False),
    )
    return Prepared(data, data.sources, settings=settings)
