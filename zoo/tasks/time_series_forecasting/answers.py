"""Forecasts, as the command shows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from zoo.common.answering import Answer, Answers, Field, Note, Request
from zoo.errors import InputError
from zoo.series.gaps import Series
from zoo.series.inputs import read_inputs, series_reading
from zoo.tables.dates import dates_after
from zoo.tasks.time_series_forecasting.pipeline import ForecastingPipeline

__all__ = ["predict"]


def predict(model: ForecastingPipeline, request: Request) -> Answers:
    """Return what follows the series of a request: of each a line a step.

    Args:
        model: the pipeline.
        request: the request, with the number of steps in its option `horizon`.

    Raises:
        InputError: there is no horizon, or a series is not as the model needs it.
        DataError: a file cannot be read.
    """
    options = dict(request.options)
    horizon = options.pop("horizon", None)
    reading = series_reading(**options)
    if horizon is None:
        raise InputError(
            f"Expected the number of steps to forecast, such as --horizon 84, for {model.info.name}"
            ". Received: no --horizon"
        )
    names, series, notes = read_inputs(request, model.model.channels, reading)
    several = len(names) > 1
    dated = any(item.dates is not None for item in series)
    forecasts = model([item.values for item in series], horizon, request.progress)
    answers = [
        Answer(
            {"series": name, "forecast": forecast.tolist()},
            [
                (*([name] if several else []), str(step), *(f"{value:.9g}" for value in row))
                for step, row in enumerate(forecast.tolist(), start=1)
            ],
            _cells(item, forecast.tolist(), dated),
        )
        for name, item, forecast in zip(names, series, forecasts, strict=True)
    ]
    channels = [f"channel {index}" for index in range(model.model.channels)]
    called = [item.columns or tuple(channels) for item in series]
    others = [number for number, own in enumerate(called) if own != called[0]]
    if others:
        own = ", ".join(called[others[0]]).replace("{", "{{").replace("}", "}}")
        message = f"{{place}}{{more}} calls its columns otherwise, {own}: they stand under the "
        message += "names of the first, in their order"
        notes = [*notes, Note("names", message, len(others), others[0])]
    columns = (*(["series"] if several else []), "step", *channels)
    return Answers(
        columns,
        iter([answers]),
        " ".join(["step", *channels]),
        fields=(
            Field("step", "whole"),
            *([Field("date", "time")] if dated else []),
            *(Field(name, "number") for name in called[0]),
        ),
        notes=lambda: notes,
    )


def _cells(series: Series, forecast: list[list[float]], dated: bool) -> list[tuple[Any, ...]]:
    """Return a forecast as rows: the step, the date where any series has dates, the channels."""
    dates: Sequence[Any] = [None] * len(forecast)
    if series.dates is not None:
        dates = _shortest(dates_after(series.dates, len(forecast))) or dates
    return [
        (step, *([date] if dated else []), *row)
        for step, (date, row) in enumerate(zip(dates, forecast, strict=True), start=1)
    ]


def _shortest(dates: list[np.datetime64] | None) -> list[np.datetime64] | None:
    """Return dates without a time of day, or its parts, that all of them lack."""
    for unit in ("D", "m", "s"):
        shorter = [date.astype(f"datetime64[{unit}]") for date in dates or ()]
        if shorter == dates:
            return shorter
    return dates
