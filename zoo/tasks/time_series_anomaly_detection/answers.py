"""Anomaly scores, as the command shows them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from zoo.common.answering import Answer, Answers, Field, Request
from zoo.series.dates import shortest
from zoo.series.gaps import Series
from zoo.series.inputs import read_asked, series_reading
from zoo.series.plots import one_drawn, picture_path, write_picture
from zoo.tasks.time_series_anomaly_detection.network import Detection
from zoo.tasks.time_series_anomaly_detection.pipeline import AnomalyDetectionPipeline
from zoo.tasks.time_series_anomaly_detection.plots import draw_detection

__all__ = ["predict"]


def predict(model: AnomalyDetectionPipeline, request: Request) -> Answers:
    """Return the rows of the series of a request with their scores, alarms marked.

    Args:
        model: the pipeline.
        request: the request, with the file of a picture in its option `plot`, if one is wanted,
            and the column that tells the series of a table apart in `id_column`, if its files are
            such tables.

    Raises:
        InputError: a series is not as the model needs it, or a picture is asked for of several.
        DataError: a file cannot be read.
    """
    options = dict(request.options)
    picture = picture_path(options.pop("plot", None))
    id_column = options.pop("id_column", None)
    asked = read_asked(request, 1, series_reading(**options, info=model.info), id_column)
    series = asked.series
    drawn = None if picture is None else one_drawn(series)
    found: list[Detection] = model.detect([item.values for item in series])
    if picture is not None and drawn is not None:
        title = drawn.columns[0] if drawn.columns else Path(asked.names[0]).name
        figure = draw_detection(
            drawn.values[:, 0], found[0], model.threshold, dates=drawn.dates, title=title
        )
        write_picture(figure, picture)
    dated = any(item.dates is not None for item in series)
    answers = [
        _answer(asked.told(number), item, detection, model.threshold, dated)
        for number, (item, detection) in enumerate(zip(series, found, strict=True))
    ]
    return Answers(
        (
            *asked.headings,
            "row",
            *(["date"] if dated else []),
            "value",
            "score",
            "alarm",
        ),
        iter([asked.by_file(answers) if request.rows else answers]),
        "row value score",
        fields=(
            *asked.fields,
            Field("row", "whole"),
            *([Field("date", "time")] if dated else []),
            Field("value", "number"),
            Field("score", "number"),
            Field("alarm", "flag"),
            Field("low", "number"),
            Field("high", "number"),
        ),
        notes=lambda: asked.notes,
    )


def _answer(
    told: tuple[dict[str, str], tuple[str, ...], tuple[str, ...]],
    series: Series,
    detection: Detection,
    threshold: float,
    dated: bool,
) -> Answer:
    called, printed, own = told
    values = series.values[:, 0].tolist()
    dates: Sequence[Any] = [None] * len(values) if series.dates is None else list(series.dates)
    written = series.stamps
    if series.zone:
        dates = written
    elif series.dates is not None:
        written = [str(date) for date in shortest(dates)]
    scores, alarms = detection.scores.tolist(), detection.alarms.tolist()
    rows, cells = [], []
    bands = detection.low.tolist(), detection.high.tolist()
    for row, (date, value, score, alarm, low, high) in enumerate(
        zip(dates, values, scores, alarms, *bands, strict=True), start=1
    ):
        at = [str(date).replace("T", " ")] if dated else []
        rows.append(
            (
                *printed,
                str(row),
                *at,
                f"{value:.9g}",
                f"{score:.4f}",
                "alarm" if alarm else "",
            )
        )
        moment = [date] if dated else []
        cells.append((*own, row, *moment, value, score, alarm, low, high))
    item = {
        **called,
        **({} if series.dates is None else {"dates": written}),
        "threshold": threshold,
        "scores": scores,
        "alarms": alarms,
    }
    return Answer(item, rows, cells)
