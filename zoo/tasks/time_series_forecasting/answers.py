"""Forecasts, as the command shows them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from zoo.common.answering import Answer, Answers, Field, Note, Request
from zoo.common.user_warnings import warn_user
from zoo.errors import InputError, shown
from zoo.series.dates import shortest
from zoo.series.gaps import Series
from zoo.series.inputs import read_asked, series_reading
from zoo.series.plots import (
    MOST_PANELS,
    draw_continuation,
    one_drawn,
    picture_path,
    write_picture,
)
from zoo.tables.spacing import dates_after

__all__ = ["predict"]


def predict(model: Any, request: Request) -> Answers:
    """Return what follows the series of a request: of each a line a step.

    Args:
        model: the pipeline.
        request: the request, with the number of steps in its option `horizon`, which a model that
            was trained to forecast so many has a default for, those of its quantiles that are
            shown too, in ascending order, in `quantiles`, the file of a picture in `plot`, and in
            `id_column` the column that tells the series of a table apart, if its files are such
            tables.

    Raises:
        InputError: there is no horizon, a series is not as the model needs it, the model
            forecasts no such quantiles, or a picture is asked for of several series.
        DataError: a file cannot be read.
    """
    options = dict(request.options)
    picture = picture_path(options.pop("plot", None))
    horizon, levels = options.pop("horizon", None), _levels(model, options.pop("quantiles", None))
    id_column = options.pop("id_column", None)
    reading = series_reading(**options, info=model.info)
    if horizon is None and model.closed_form:
        raise InputError(
            f"Expected the number of steps to forecast, such as --horizon 84, for {model.info.name}"
            ". Received: no --horizon"
        )
    given = read_asked(request, model.model.channels, reading, id_column)
    series, notes = given.series, given.notes
    drawn = None if picture is None else one_drawn(series)
    dated = any(item.dates is not None for item in series)
    contexts = [item.values for item in series]
    # A picture shows the band of the quantiles that there are, where none are asked for.
    shown_levels = levels or (_outer(model) if picture is not None else ())
    asked = {"quantiles": (0.5, *shown_levels)} if shown_levels else {}
    # A table without a header has numbers for names.
    own_names = () if all(name.isdecimal() for name in series[0].columns) else series[0].columns
    forecasts = model.model.forecast(contexts, horizon, request.progress, **asked, names=own_names)
    if picture is not None and drawn is not None:
        _draw(picture, given.names[0], drawn, forecasts[0], shown_levels)
    if shown_levels and not levels:
        forecasts = [forecast[..., 0] for forecast in forecasts]
    channels = tuple(f"channel {index}" for index in range(model.model.channels))
    called = [item.columns or channels for item in series]
    answers = [
        _answer(given.told(number), item, own, forecast, levels, dated)
        for number, (item, own, forecast) in enumerate(zip(series, called, forecasts, strict=True))
    ]
    pairs = zip(given.owners, called, strict=True)
    others = list(dict.fromkeys(owner for owner, own in pairs if own != called[0]))
    if others:
        own = ", ".join(called[given.owners.index(others[0])]).replace("{", "{{").replace("}", "}}")
        message = f"{{place}}{{more}} calls its columns otherwise, {own}: they stand under the "
        message += "names of the first, in their order"
        notes = [*notes, Note("names", message, len(others), others[0])]
    headings = _headings(called[0], levels)
    date = ["date"] if dated else []
    columns = (*given.headings, "step", *date, *headings)
    return Answers(
        columns,
        iter([given.by_file(answers) if request.rows else answers]),
        " ".join(["step", *headings]),
        fields=(
            *given.fields,
            Field("step", "whole"),
            *([Field("date", "time")] if dated else []),
            *(Field(name, "number") for name in headings),
        ),
        notes=lambda: notes,
    )


def _levels(model: Any, given: Any) -> tuple[float, ...]:
    """Return the quantiles that are asked for, in ascending order."""
    words = [word.strip() for part in given or () for word in str(part).split(",")]
    if not words:
        return ()
    try:
        levels = [float(word) for word in words]
    except ValueError:
        raise InputError(
            "Expected quantiles as numbers with commas between, such as --quantiles 0.1,0.9. "
            f"Received: {shown(','.join(words))}"
        ) from None
    if model.closed_form:
        raise InputError(
            "Expected quantiles of a model that was trained to forecast them. Received: "
            f"{model.info.name}, a reservoir, which forecasts one number"
        )
    model.model.levels(levels)
    ascending = sorted(set(levels))
    if levels != ascending:
        warn_user(
            "The quantiles stand in ascending order, each once: "
            f"{', '.join(f'{level:g}' for level in ascending)}"
        )
    return tuple(ascending)


def _headings(names: Sequence[str], levels: Sequence[float]) -> list[str]:
    """Return what the columns of channels are called, each before its quantiles."""
    return [
        heading for name in names for heading in (name, *(f"{name} {level:g}" for level in levels))
    ]


def _flat(forecast: np.ndarray) -> list[list[float]]:
    """Return a forecast as rows of numbers, every channel with its quantiles after it."""
    rows: list[list[float]] = forecast.reshape(len(forecast), -1).tolist()
    return rows


def _answer(
    told: tuple[dict[str, str], tuple[str, ...], tuple[str, ...]],
    series: Series,
    called: Sequence[str],
    forecast: np.ndarray,
    levels: Sequence[float],
    dated: bool,
) -> Answer:
    """Return a forecast: its series and the dates where any has some, the step, the channels."""
    title, printed, own = told
    following = None if series.dates is None else dates_after(series.dates, len(forecast))
    dates = None if following is None else _in_zone(shortest(following), series.zone)
    rows, cells = [], []
    for step, row in enumerate(_flat(forecast), start=1):
        moment = [None if dates is None else dates[step - 1]] if dated else []
        written = ["" if one is None else str(one).replace("T", " ") for one in moment]
        rows.append((*printed, str(step), *written, *(f"{value:.9g}" for value in row)))
        cells.append((*own, step, *moment, *row))
    point = forecast[..., 0] if levels else forecast
    item: dict[str, Any] = {**title, "columns": list(called)}
    if dates is not None:
        item["dates"] = [str(date) for date in dates]
    item["forecast"] = point.tolist()
    if levels:
        item["quantiles"] = {
            f"{level:g}": forecast[..., index].tolist() for index, level in enumerate(levels, 1)
        }
    return Answer(item, rows, cells)


def _in_zone(dates: Sequence[np.datetime64], zone: str) -> list[Any]:
    """Return dates with their zone, where they have one; that needs a time of day."""
    if not zone:
        return list(dates)
    days = dates[0].dtype == "datetime64[D]"
    return [f"{date}{'T00:00:00' * days}{zone}" for date in dates]


def _outer(model: Any) -> tuple[float, ...]:
    """Return the outermost quantiles that a model forecasts, if it forecasts several."""
    levels: tuple[float, ...] = () if model.closed_form else model.model.quantiles
    return (levels[0], levels[-1]) if len(levels) > 1 else ()


def _draw(
    path: Path, name: str, series: Series, forecast: np.ndarray, levels: Sequence[float]
) -> None:
    """Draw the end of a series and its forecast, whose last axis holds it and quantiles, if any."""
    point = forecast[..., 0] if levels else forecast
    steps, channels = point.shape
    if channels > MOST_PANELS:
        warn_user(
            f"The picture shows the first {MOST_PANELS} of {channels} channels; the forecast of "
            "all is in the table"
        )
    names: Sequence[str] = series.columns
    if all(name.isdecimal() for name in names):
        names = [f"channel {index}" for index in range(channels)]
    figure = draw_continuation(
        series.values,
        point,
        names=names,
        dates=series.dates,
        following=None if series.dates is None else dates_after(series.dates, steps),
        quantiles={level: forecast[..., index] for index, level in enumerate(levels, 1)},
        title="" if name == "-" else Path(name).name,
    )
    write_picture(figure, path)
