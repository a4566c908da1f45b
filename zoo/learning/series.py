"""Fitting models of numeric series to a user's own: in closed form, in seconds."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

import hashlib
import time
import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from zoo.classes.metrics import classification_metrics
from zoo.classes.report import class_report, draw_confusion_matrix
from zoo.common.figures import png
from zoo.errors import DataError, InputError, shown
from zoo.files import write_atomically
from zoo.fitting.events import HParams
from zoo.fitting.names import arguments, plain
from zoo.learning.record import FineTuned, Work, derived_info, write_model
from zoo.learning.ridge_report import write_fit
from zoo.learning.rows import split_rows
from zoo.schema import ModelInfo, short
from zoo.series.arrays import check_series
from zoo.series.files import SeriesReading
from zoo.series.plots import draw_forecast
from zoo.series.scoring import error_metric
from zoo.series.sources import SeriesSource, read_source

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from zoo.fitting.wandb_run import WandbRun
    from zoo.networks.echo_state.spec import EchoStateBackboneSpec

__all__ = ["finetune_forecaster", "finetune_sequence_classifier"]

Check = Callable[..., None]
_HELD = 0.2
_HORIZON = 200


def finetune_forecaster(
    load: Callable[..., Any],
    info: ModelInfo,
    train: Any,
    valid: Any,
    work: Work,
    *,
    share: float | None = None,
    command: str,
    check: Check,
    backbone: EchoStateBackboneSpec,
    reading: SeriesReading | None = None,
    mirror: WandbRun | None = None,
) -> FineTuned:
    """Fit a forecaster to series and write it; see `zoo.finetune`.

    Args:
        load: loads the model.
        info: its record.
        train: a CSV, TSV or NPY file of a series, a folder of them, or a list of arrays.
        valid: the same to choose the ridge and to score on; by default the end of every series.
        work: where to.
        share: share of every series that is held back, a fifth by default.
        command: how it was called, for the record.
        check: refuses sources and labels that the record cannot hold.
        backbone: arguments of the model's backbone.
        reading: how tables are to be read.
        mirror: a run of Weights & Biases that gets what TensorBoard gets.

    Raises:
        DataError: there is no series, or a file cannot be read.
        InputError: a series is not as the model needs it, or too short.
    """
    channels = backbone.channels
    source = read_source(train, classes=False, channels=channels, reading=reading)
    check([source.used()])
    model = load()
    series, _ = check_series(source.series, model.backbone.spec.channels, least=2)
    started = time.monotonic()
    washout = model.spec.washout
    if valid is None:
        share = _HELD if share is None else _checked(share)
        ends = [len(item) - max(1, round(share * len(item))) for item in series]
        # The steps of the washout are read before a held-back part, and not scored.
        held = [item[max(0, end - washout - 1) :] for item, end in zip(series, ends, strict=True)]
        fit = model.fit([item[:end] for item, end in zip(series, ends, strict=True)], held)
        # The network has read what comes before a held-back part when it forecasts that.
        errors = [_errors(model, item)[end - 1 :] for item, end in zip(series, ends, strict=True)]
        changes = [np.diff(item, axis=0)[end - 1 :] for item, end in zip(series, ends, strict=True)]
        sources = [source.used(train=len(series), validation=len(series))]
    else:
        other = read_source(valid, classes=False, channels=channels, reading=reading)
        check([other.used()])
        held, _ = check_series(other.series, model.backbone.spec.channels, least=2)
        fit = model.fit(series, held)
        errors = [_errors(model, item)[washout:] for item in held]
        changes = [np.diff(item, axis=0)[washout:] for item in held]
        sources = [source.used(train=len(series)), other.used(validation=len(held))]
    missed = np.concatenate(errors)
    metric = error_metric("rmse_1", "validation", missed)
    naive = float(np.sqrt(np.mean(np.concatenate(changes) ** 2)))
    tuned = derived_info(
        info,
        work,
        sources=sources,
        settings={"ridge": fit.ridge},
        method=(
            f"The reservoir is that of {info.name}; scaling and readout were fitted in closed form "
            "by ridge regression, the ridge chosen by the error of one step."
        ),
        metrics=[metric],
        validation=fit.validation,
        seconds=time.monotonic() - started,
        command=command,
        backend=keras.backend.backend(),
    )
    low, high = metric.confidence_interval
    report = (
        f"error of one step, root mean square  {short(metric.value)} ({short(low)} to "
        f"{short(high)}) over {metric.num_examples:,} steps\n"
        f"error of a forecast of no change     {short(naive)}\n"
        f"ridge                                {fit.ridge:.0e}\n"
    )
    tuned = write_model(model, tuned, work)
    write_atomically(work.path / "report.txt", report.encode("utf-8"))
    write_fit(
        work.path / "tensorboard",
        fit,
        _hyperparameters(info, model, {}),
        {metric.name: metric.value},
        {"forecast": _draw_free_run(model, held[-1] if valid is not None else series[-1])},
        mirror,
    )
    return FineTuned(work.output, tuned, report)


def _hyperparameters(info: ModelInfo, model: Any, settings: dict[str, Any]) -> HParams:
    """Return what TensorBoard compares fits by: the arguments of the network, and settings."""
    return plain({"base": info.name, **arguments(model.backbone.spec, model.spec), **settings})


def _draw_free_run(model: Any, series: np.ndarray) -> Figure:
    """Draw how a forecast of the end of a series runs on freely, against the truth."""
    horizon = max(1, min(_HORIZON, len(series) // 4))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the picture shows that it runs away
        forecast = model.runtime.forecast(series[:-horizon], horizon)
    bound = 100 * np.abs(series).max() + 1
    forecast = np.clip(np.nan_to_num(forecast, nan=bound), -bound, bound)
    return draw_forecast(forecast[None], series[None, -horizon:])


def _errors(model: Any, series: np.ndarray) -> np.ndarray:
    """Return the error of the forecast of every step but the first, of shape (time - 1,)."""
    outputs, _ = model.runtime.run(series[:-1], model.runtime.zeros())
    errors: np.ndarray = np.sqrt(np.mean((outputs - series[1:]) ** 2, axis=1))
    return errors


def finetune_sequence_classifier(
    load: Callable[..., Any],
    info: ModelInfo,
    train: Any,
    valid: Any,
    work: Work,
    *,
    share: float | None = None,
    seed: int = 0,
    command: str,
    check: Check,
    backbone: EchoStateBackboneSpec,
    reading: SeriesReading | None = None,
    mirror: WandbRun | None = None,
) -> FineTuned:
    """Fit a classifier of series to other classes and write it; see `zoo.finetune`.

    Args:
        load: loads the model, with a new head when it is given labels.
        info: its record.
        train: a folder with a folder of CSV, TSV or NPY files for every class, or a pair: a list
            of arrays, and their labels.
        valid: the same to score on; by default a part of `train` with every class in its share.
        work: where to.
        share: share of `train` that is held back, a fifth by default.
        seed: seed of the cut.
        command: how it was called, for the record.
        check: refuses sources and labels that the record cannot hold.
        backbone: arguments of the model's backbone.
        reading: how tables are to be read.
        mirror: a run of Weights & Biases that gets what TensorBoard gets.

    Raises:
        DataError: there is no series, a file cannot be read, there are fewer than two classes, or
            a class is unknown.
        InputError: a series is not as the model needs it.
    """
    channels = backbone.channels
    source = read_source(train, classes=True, channels=channels, reading=reading)
    labels = _class_names(source, info.labels)
    if valid is None:
        keys = [hashlib.sha256(item.tobytes()).hexdigest() for item in source.series]
        held_share = _HELD if share is None else share
        inside, outside = split_rows(keys, source.labels, held_share, seed)
        other = source
        sources = [source.used(train=len(inside), validation=len(outside))]
    else:
        other = read_source(valid, classes=True, channels=channels, reading=reading)
        inside, outside = list(range(len(source.series))), list(range(len(other.series)))
        sources = [source.used(train=len(inside)), other.used(validation=len(outside))]
    check(sources, labels)
    unknown = sorted({other.labels[row] for row in outside} - set(labels))
    if unknown or len({other.labels[row] for row in outside}) < 2:
        raise DataError(
            f"Expected validation series of two classes or more, out of {shown(', '.join(labels))}"
            f". Received: {shown(unknown[0]) if unknown else 'one class'} in {other.name}"
        )
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
        backend=keras.backend.backend(),
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
        _hyperparameters(info, model, {"seed": seed}),
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


def _checked(share: float) -> float:
    if not 0 < share < 1:
        raise InputError(f"Expected a validation share between 0 and 1. Received: {shown(share)}")
    return share
