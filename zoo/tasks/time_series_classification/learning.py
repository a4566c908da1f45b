"""Fitting a classifier of series to classes of a user's own: in closed form, in seconds."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.classes.metrics import classification_metrics
from zoo.classes.report import class_report, draw_confusion_matrix
from zoo.common.figures import png
from zoo.errors import DataError, shown
from zoo.files import write_atomically
from zoo.fitting.machine import backend
from zoo.interfaces import Prepared, UserData
from zoo.learning.record import FineTuned, Work, derived_info, write_model
from zoo.learning.ridge_report import fit_hyperparameters, write_fit
from zoo.learning.rows import split_rows
from zoo.schema import DataSource, ModelInfo
from zoo.series.sources import SeriesSource, read_source

if TYPE_CHECKING:
    from zoo.fitting.wandb_run import WandbRun

__all__ = ["LabelledSeries", "prepare", "tune"]

_HELD = 0.2


@dataclass(frozen=True)
class LabelledSeries:
    """Series to fit a classifier to, and to score it on.

    Attributes:
        source: the training series, and others of the same source.
        other: where the validation series are; the same where they are cut out of it.
        inside: numbers of the training series.
        outside: numbers of the validation series.
        labels: names of the classes.
        sources: what a record says of both.
    """

    source: SeriesSource
    other: SeriesSource
    inside: Sequence[int]
    outside: Sequence[int]
    labels: tuple[str, ...]
    sources: tuple[DataSource, ...]


def prepare(info: ModelInfo, backbone: Any, given: UserData, settings: Any) -> Prepared:
    """Read series and their classes, and cut a validation part where none is given.

    Args:
        info: the checkpoint's record.
        backbone: arguments of its backbone.
        given: a folder with a folder of CSV, TSV or NPY files for every class, or a pair: a list
            of arrays, and their labels.
        settings: the seed of the cut among them.

    Raises:
        DataError: there is no series, a file cannot be read, there are fewer than two classes, or
            a class is unknown.
        InputError: a series is not as the model needs it.
    """
    channels, reading = backbone.channels, given.reading
    source = read_source(given.train, classes=True, channels=channels, reading=reading)
    labels = _class_names(source, info.labels)
    if given.valid is None:
        keys = [hashlib.sha256(item.tobytes()).hexdigest() for item in source.series]
        share = _HELD if given.share is None else given.share
        inside, outside = split_rows(keys, source.labels, share, settings.seed)
        other = source
        sources: tuple[DataSource, ...] = (source.used(train=len(inside), validation=len(outside)),)
    else:
        other = read_source(given.valid, classes=True, channels=channels, reading=reading)
        inside, outside = list(range(len(source.series))), list(range(len(other.series)))
        sources = (source.used(train=len(inside)), other.used(validation=len(outside)))
    unknown = sorted({other.labels[row] for row in outside} - set(labels))
    if unknown or len({other.labels[row] for row in outside}) < 2:
        raise DataError(
            f"Expected validation series of two classes or more, out of {shown(', '.join(labels))}"
            f". Received: {shown(unknown[0]) if unknown else 'one class'} in {other.name}"
        )
    data = LabelledSeries(source, other, inside, outside, labels, sources)
    return Prepared(data, sources, labels=labels, settings=settings)


def tune(
    load: Callable[..., Any],
    info: ModelInfo,
    prepared: Prepared,
    work: Work,
    *,
    command: str,
    console: Any = None,
) -> FineTuned:
    """Fit a classifier of series to other classes and write it; see `zoo.finetune`.

    Args:
        load: loads the model, with a new head when it is given labels.
        info: its record.
        prepared: what `prepare` returned.
        work: where to.
        command: how it was called, for the record.
        console: of no matter here: it is done in seconds.
    """
    seed = prepared.settings.seed
    with work.mirror({"base": info.name, "task": info.task, "seed": seed}) as mirror:
        tuned = _fit(load, info, prepared.data, seed, work, command, mirror)
        if mirror is not None:
            mirror.summarise({metric.name: metric.value for metric in tuned.info.metrics})
        return tuned


def _fit(
    load: Callable[..., Any],
    info: ModelInfo,
    data: LabelledSeries,
    seed: int,
    work: Work,
    command: str,
    mirror: WandbRun | None,
) -> FineTuned:
    source, other, labels, sources = data.source, data.other, data.labels, data.sources
    inside, outside = data.inside, data.outside
    model = load() if labels == info.labels else load(labels=list(labels))
    number = {name: index for index, name in enumerate(labels)}
    started = time.monotonic()
    fit = model.fit(
        [source.series[row] for row in inside], [number[source.labels[row]] for row in inside]
    )
    seconds = time.monotonic() - started
    true = np.array([number[other.labels[row]] for row in outside], np.int32)
    probabilities = model.predict([other.series[row] for row in outside])
    report = class_report(labels, true, probabilities.argmax(axis=1))
    tuned = derived_info(
        info,
        work,
        labels=labels,
        sources=sources,
        settings={"ridge": fit.ridge, "seed": seed},
        method=(
            f"The reservoir is that of {info.name}; scaling and readout were fitted in closed form "
            "by ridge regression, the ridge chosen in cross-validation of the training series."
        ),
        metrics=classification_metrics(probabilities, true, "validation"),
        validation=fit.validation,
        seconds=seconds,
        command=command,
        backend=backend(),
        seed=seed,
    )
    tuned = write_model(model, tuned, work)
    picture = work.path / "confusion.png"
    write_atomically(work.path / "report.txt", report.text.encode("utf-8"))
    drawn = png(draw_confusion_matrix(report))
    write_atomically(picture, drawn)
    write_fit(
        work.path / "tensorboard",
        fit,
        fit_hyperparameters(info, model, {"seed": seed}),
        {metric.name: metric.value for metric in tuned.metrics},
        {"confusion_matrix": drawn},
        mirror,
    )
    return FineTuned(work.output, tuned, report.text, picture)


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
