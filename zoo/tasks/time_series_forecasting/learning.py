"""Fitting a forecaster to series of a user's own: in closed form, in seconds."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.errors import InputError, shown
from zoo.files import write_atomically
from zoo.fitting.machine import backend
from zoo.interfaces import Prepared, UserData
from zoo.learning.record import FineTuned, Work, derived_info, write_model
from zoo.learning.ridge_report import fit_hyperparameters, write_fit
from zoo.schema import ModelInfo, short
from zoo.series.arrays import check_series
from zoo.series.plots import draw_forecast
from zoo.series.scoring import error_metric
from zoo.series.sources import SeriesSource, read_source

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from zoo.fitting.wandb_run import WandbRun

__all__ = ["ForecastSeries", "prepare", "tune"]

_HELD = 0.2
_HORIZON = 200


@dataclass(frozen=True)
class ForecastSeries:
    """Series to fit a forecaster to, and to choose the ridge and to score on.

    Attributes:
        source: the training series.
        other: the validation series; None where they are the ends of the others.
        share: share of every series that is held back then.
    """

    source: SeriesSource
    other: SeriesSource | None
    share: float


def prepare(info: ModelInfo, backbone: Any, given: UserData, settings: Any) -> Prepared:
    """Read series to fit a forecaster to.

    Args:
        info: the checkpoint's record.
        backbone: arguments of its backbone.
        given: a CSV, TSV or NPY file of a series, a folder of them, or a list of arrays.
        settings: of no matter here.

    Raises:
        DataError: there is no series, or a file cannot be read.
        InputError: a series is not as the model needs it, or too short.
    """
    channels, reading = backbone.channels, given.reading
    source = read_source(given.train, classes=False, channels=channels, reading=reading)
    check_series(source.series, channels, least=2)
    share, other = _HELD if given.share is None else _checked(given.share), None
    sources = [source.used()]
    if given.valid is not None:
        other = read_source(given.valid, classes=False, channels=channels, reading=reading)
        check_series(other.series, channels, least=2)
        sources.append(other.used())
    return Prepared(ForecastSeries(source, other, share), tuple(sources), settings=settings)


def tune(
    load: Callable[..., Any],
    info: ModelInfo,
    prepared: Prepared,
    work: Work,
    *,
    command: str,
    console: Any = None,
) -> FineTuned:
    """Fit a forecaster to series and write it; see `zoo.finetune`.

    Args:
        load: loads the model.
        info: its record.
        prepared: what `prepare` returned.
        work: where to.
        command: how it was called, for the record.
        console: of no matter here: it is done in seconds.
    """
    config = {"base": info.name, "task": info.task, "seed": prepared.settings.seed}
    with work.mirror(config) as mirror:
        tuned = _fit(load, info, prepared.data, work, command, mirror)
        if mirror is not None:
            mirror.summarise({metric.name: metric.value for metric in tuned.info.metrics})
        return tuned


def _fit(
    load: Callable[..., Any],
    info: ModelInfo,
    data: ForecastSeries,
    work: Work,
    command: str,
    mirror: WandbRun | None,
) -> FineTuned:
    source, other, share = data.source, data.other, data.share
    model = load()
    series, _ = check_series(source.series, model.backbone.spec.channels, least=2)
    started = time.monotonic()
    washout = model.spec.washout
    if other is None:
        ends = [len(item) - max(1, round(share * len(item))) for item in series]
        # The steps of the washout are read before a held-back part, and not scored.
        held = [item[max(0, end - washout - 1) :] for item, end in zip(series, ends, strict=True)]
        fit = model.fit([item[:end] for item, end in zip(series, ends, strict=True)], held)
        # The network has read what comes before a held-back part when it forecasts that.
        errors = [_errors(model, item)[end - 1 :] for item, end in zip(series, ends, strict=True)]
        changes = [np.diff(item, axis=0)[end - 1 :] for item, end in zip(series, ends, strict=True)]
        sources = [source.used(train=len(series), validation=len(series))]
    else:
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
        backend=backend(),
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
        fit_hyperparameters(info, model, {}),
        {metric.name: metric.value},
        {"forecast": _draw_free_run(model, held[-1] if other is not None else series[-1])},
        mirror,
    )
    return FineTuned(work.output, tuned, report)


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


def _checked(share: float) -> float:
    if not 0 < share < 1:
        raise InputError(f"Expected a validation share between 0 and 1. Received: {shown(share)}")
    return share
