"""Series of a user's own made ready to learn what is usual in them: read, and cut in two."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from zoo.errors import InputError, shown
from zoo.formats import Checkpoint
from zoo.interfaces import Prepared, UserData
from zoo.learning.settings import FineTuningSettings, Pace, descent_settings
from zoo.schema import DataSource
from zoo.series.arrays import check_series
from zoo.series.examples import WatchedDataset
from zoo.series.files import SeriesReading
from zoo.series.long import LongTables
from zoo.series.scoring import long_tables_of, series_reading_of
from zoo.series.sources import read_source
from zoo.tasks.time_series_anomaly_detection.scaling import check_sizes

__all__ = ["NormalSeries", "prepare", "read_normal_series", "settings"]

_HELD = 0.2
# What the network reads of a series in a step of the training.
WINDOW = 256
_PACE = Pace(steps=400, epochs=(4, 40))


@dataclass(frozen=True)
class NormalSeries:
    """Series in which nothing unusual goes on.

    Attributes:
        train: to learn from.
        held: to validate on.
        sources: where they come from, for the record.
    """

    train: WatchedDataset
    held: WatchedDataset
    sources: tuple[DataSource, ...]


def read_normal_series(
    train: Any,
    *,
    valid: Any = None,
    share: float | None = None,
    reading: SeriesReading | None = None,
    long: LongTables | None = None,
) -> NormalSeries:
    """Read series in which nothing unusual goes on.

    Args:
        train: a file of a series of one channel, a folder of them, or a list of arrays.
        valid: the same for validation; by default the end of every series is held back.
        share: share of every series that is held back then, a fifth by default.
        reading: how tables are to be read.
        long: which column of a table of many series tells them apart; None where every series is
            a file.

    Raises:
        DataError: there is no series, or a file cannot be read.
        InputError: a series has several channels, or is too short.
    """
    share = _HELD if share is None else share
    if not 0 < share < 1:
        raise InputError(f"Expected a validation share between 0 and 1. Received: {shown(share)}")
    source = read_source(train, classes=False, channels=1, reading=reading, long=long)
    series, _ = check_series(source.series, 1, least=6)
    check_sizes(series)
    if valid is not None:
        other = read_source(
            valid, classes=False, channels=1, reading=source.reading(reading), long=long
        )
        held, _ = check_series(other.series, 1, least=3)
        check_sizes(held)
        used = source.used(train=len(series)), other.used(validation=len(held))
        return NormalSeries(WatchedDataset(series), WatchedDataset(held), used)
    ends = [len(item) - max(3, round(share * len(item))) for item in series]
    return NormalSeries(
        WatchedDataset([item[:end] for item, end in zip(series, ends, strict=True)]),
        WatchedDataset([item[end:] for item, end in zip(series, ends, strict=True)]),
        (source.used(train=len(series), validation=len(series)),),
    )


def settings(source: Checkpoint, given: Mapping[str, Any]) -> FineTuningSettings:
    """Return how a detector is to be tuned, with what is left open None.

    Args:
        source: the checkpoint.
        given: the settings that a user gives, by name.

    Raises:
        InputError: one is unknown, or out of bounds.
    """
    if given.get("bptt_steps") is not None:
        raise InputError(
            "Expected bptt_steps for a classifier only, such as lstm-imdb. "
            f"Received: {shown(given['bptt_steps'])} for {source.info.name}. Leave it out"
        )
    return descent_settings(source.info, given, strategy="full", classes=False)


def prepare(source: Checkpoint, given: UserData, settings: FineTuningSettings) -> Prepared:
    """Read series to learn from what is usual in them.

    Args:
        source: the checkpoint.
        given: where they are; see `read_normal_series`.
        settings: how, with what is left open None.

    Raises:
        DataError: there is no series, or a file cannot be read.
        InputError: a series is not as the model needs it, or too short.
    """
    data = read_normal_series(
        given.train,
        valid=given.valid,
        share=given.share,
        reading=series_reading_of(given.options, source.info),
        long=long_tables_of(given.options, classes=False),
    )
    windows = int(np.sum([-(-len(item) // WINDOW) for item in data.train.series]))
    return Prepared(data, data.sources, settings=settings.complete(windows, pace=_PACE))
