"""Series of a user's own and their classes made ready: read, checked, and cut in two."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from zoo.errors import DataError, InputError, shown
from zoo.formats import Checkpoint
from zoo.interfaces import Prepared, UserData
from zoo.learning.rows import split_rows, warn
from zoo.learning.settings import (
    FineTuningSettings,
    Pace,
    closed_form_settings,
    descent_settings,
)
from zoo.schema import DataSource
from zoo.series.arrays import still_channels
from zoo.series.examples import SeriesDataset
from zoo.series.files import SeriesReading
from zoo.series.long import LongTables
from zoo.series.scoring import long_tables_of, series_reading_of
from zoo.series.sources import SeriesSource, read_source

__all__ = ["LabelledSeries", "prepare", "read_labelled_series", "settings"]

_HELD = 0.2
# Series that differ in every epoch pull the weights to and fro: their average is better than they.
_AVERAGE_DECAY = 0.98
# Of few series an epoch is two or three steps, and none is like the one before.
_PACE = Pace(epochs=(6, 120))


@dataclass(frozen=True)
class LabelledSeries:
    """Series to fit a classifier to, and to score it on.

    Attributes:
        train: the training series with their class numbers.
        held: those of the validation part.
        labels: names of the classes.
        sources: what a record says of both.
        network: arguments of the network that is fitted; None where there is none yet.
        augment: whether the training series are changed a little, anew in every epoch.
    """

    train: SeriesDataset
    held: SeriesDataset
    labels: tuple[str, ...]
    sources: tuple[DataSource, ...]
    network: Any = None
    augment: bool = True

    @property
    def channels(self) -> int:
        """How many channels the series have."""
        channels: int = self.train.series[0].shape[1]
        return channels

    @property
    def skew(self) -> float:
        """How many times the training series of the rarest class the most frequent one has."""
        assert self.train.labels is not None
        counts = np.maximum(1, np.bincount(self.train.labels, minlength=len(self.labels)))
        return float(counts.max() / counts.min())


def read_labelled_series(
    train: Any,
    channels: int | None,
    known: Sequence[str] = (),
    *,
    valid: Any = None,
    share: float | None = None,
    seed: int = 0,
    reading: SeriesReading | None = None,
    long: LongTables | None = None,
) -> LabelledSeries:
    """Read series and their classes, and cut a validation part where none is given.

    Args:
        train: a folder with a folder of CSV, TSV or NPY files for every class, or a pair: a list
            of arrays, and their labels; or a table of many series, where `long` says so.
        channels: channels of the network; None takes as many as there are.
        known: names of the classes of the model; where they are those of the data, their order is
            kept.
        valid: the same for validation.
        share: share of the series to cut out, by default a fifth.
        seed: seed of the cut.
        reading: how tables are to be read.
        long: which columns of a table of many series say what they are.

    Raises:
        DataError: there is no series, a file cannot be read, there are fewer than two classes, or
            a class is unknown.
        InputError: a series is not as the model needs it.
    """
    source = read_source(train, classes=True, channels=channels, reading=reading, long=long)
    labels = _class_names(source, known)
    _warn_of_short(source.series)
    ends = [[end(item, axis=0) for item in source.series] for end in (np.max, np.min)]
    if still := still_channels(np.max(ends[0], axis=0) - np.min(ends[1], axis=0)):
        warn(
            f"Nothing changes in channel {still} (counted from 0) of any series: it tells no class "
            "from another. Leave it out with --columns"
        )
    if valid is None:
        _warn_of_rare(source, labels)
        keys = [hashlib.sha256(item.tobytes()).hexdigest() for item in source.series]
        share = _HELD if share is None else share
        inside, outside = split_rows(keys, source.labels, share, seed)
        other = source
        sources: tuple[DataSource, ...] = (source.used(train=len(inside), validation=len(outside)),)
    else:
        channels = source.series[0].shape[1]
        other = read_source(valid, classes=True, channels=channels, reading=reading, long=long)
        inside, outside = list(range(len(source.series))), list(range(len(other.series)))
        sources = (source.used(train=len(inside)), other.used(validation=len(outside)))
    unknown = sorted({other.labels[row] for row in outside} - set(labels))
    if unknown or len({other.labels[row] for row in outside}) < 2:
        raise DataError(
            f"Expected validation series of two classes or more, out of {shown(', '.join(labels))}"
            f". Received: {shown(unknown[0]) if unknown else 'one class'} in {other.name}"
        )
    number = {name: index for index, name in enumerate(labels)}
    kept, held = (
        SeriesDataset(
            [part.series[row] for row in rows],
            np.array([number[part.labels[row]] for row in rows], np.int32),
        )
        for part, rows in ((source, inside), (other, outside))
    )
    return LabelledSeries(kept, held, labels, sources)


def settings(source: Checkpoint, given: Mapping[str, Any]) -> FineTuningSettings:
    """Return how a classifier is to be tuned, with what is left open None.

    Args:
        source: the checkpoint.
        given: the settings that a user gives, by name.

    Raises:
        InputError: one is unknown to the network, or out of bounds.
    """
    if source.backbone.closed_form:
        return closed_form_settings(source.info, given)
    for name in ("bptt_steps", "linear_probe"):
        if given.get(name):
            raise InputError(
                f"Expected {name} for a classifier of texts only, such as lstm-imdb. "
                f"Received: {shown(given[name])} for {source.info.name}. Leave it out"
            )
    given = {"average_decay": _AVERAGE_DECAY, **given}
    return replace(descent_settings(source.info, given), linear_probe=False)


def prepare(source: Checkpoint, given: UserData, settings: Any) -> Prepared:
    """Read series and their classes to fit a classifier to.

    Args:
        source: the checkpoint.
        given: where the series are; see `read_labelled_series`.
        settings: how, with what is left open None; the seed of the cut among them.

    Raises:
        DataError: nothing can be learnt from it.
        InputError: a series is not as the model needs it.
    """
    data = read_labelled_series(
        given.train,
        None if _takes_any_channels(source.backbone) else source.backbone.channels,
        source.info.labels,
        valid=given.valid,
        share=given.share,
        seed=settings.seed,
        reading=series_reading_of(given.options),
        long=long_tables_of(given.options),
    )
    augment = _augment(given.options.get("augment"), source)
    data = replace(data, network=source.backbone, augment=augment)
    if not source.backbone.closed_form:
        settings = settings.complete(len(data.train), data.skew, _PACE)
    return Prepared(data, data.sources, labels=data.labels, settings=settings)


def _augment(given: Any, source: Checkpoint) -> bool:
    """Return whether the training series are to be changed in every epoch: they are by default."""
    if given is not None and source.backbone.closed_form:
        raise InputError(
            f"Expected no augment for {source.info.name}, which is fitted in closed form, at "
            f"once. Received: {shown(given)}. Leave it out"
        )
    if given is not None and not isinstance(given, bool):
        raise InputError(f"Expected augment=True or False. Received: {shown(given)}")
    return given is None or given


def _takes_any_channels(network: Any) -> bool:
    """Return whether a network can be tuned on series of other channels than it has read.

    A reservoir is drawn for its own, and distances are of points that stand for something.
    """
    return not (network.closed_form or network.point_dims)


def _warn_of_short(series: Sequence[np.ndarray]) -> None:
    short = [number for number, item in enumerate(series) if len(item) == 1]
    if 0 < len(short) < len(series):
        warn(
            f"Of one step alone: {len(short)} of {len(series)} series, such as number "
            f"{short[0]} (counted from 0): nothing goes on in them. Leave out what is broken"
        )


def _warn_of_rare(source: SeriesSource, labels: Sequence[str]) -> None:
    counts = Counter(source.labels)
    if rare := [name for name in labels if counts[name] == 1]:
        what = "1 class has" if len(rare) == 1 else f"{len(rare)} classes have"
        warn(
            f"{what} one series alone, such as {shown(rare[0])}; it is trained on, and nothing is "
            "known of how well it is told."
        )


def _class_names(source: SeriesSource, known: Sequence[str]) -> tuple[str, ...]:
    names = set(source.labels)
    if names == set(known):
        return tuple(known)
    if len(names) < 2:
        raise DataError(
            f"Expected series of at least two classes in {source.name}. "
            f"Received: only {shown(source.labels[0])}"
        )
    return tuple(sorted(names))
