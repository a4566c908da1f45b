"""Anomaly scores, as the command shows them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from zoo.common.answering import Answer, Answers, Field, Request
from zoo.series.gaps import Series
from zoo.series.inputs import read_inputs, series_reading
from zoo.series.plots import one_drawn, picture_path, write_picture
from zoo.tasks.time_series_anomaly_detection.network import Detection
from zoo.tasks.time_series_anomaly_detection.pipeline import AnomalyDetectionPipeline
from zoo.tasks.time_series_anomaly_detection.plots import draw_detection

__all__ = ["predict"]


def predict(model: AnomalyDetectionPipeline, request: Request) -> Answers:
    """Return the rows of the series of a request with their scores, alarms marked.

    Args:
        model: the pipeline.
        request: the request, with the file of a picture in its option `plot`, if one is wanted.

    Raises:
        InputError: a series is not as the model needs it, or a picture is asked for of several.
        DataError: a file cannot be read.
    """
    options = dict(request.options)
    picture = picture_path(options.pop("plot", None))
    names, series, notes = read_inputs(request, 1, series_reading(**options))
    drawn = None if picture is None else one_drawn(series)
    found: list[Detection] = model.detect([item.values for item in series])
    if picture is not None and drawn is not None:
        title = drawn.columns[0] if drawn.columns else Path(names[0]).name
        figure = draw_detection(
            drawn.values[:, 0], found[0], model.threshold, dates=drawn.dates, title=title
        )
        write_picture(figure, picture)
    several = len(names) > 1
    dated = any(item.dates is not None for item in series)
    answers = [
        _answer(name, item, detection, several, dated)
        for name, item, detection in zip(names, series, found, strict=True)
    ]
    return Answers(
        (
            *(["series"] if several else []),
            "row",
            *(["date"] if dated else []),
            "value",
            "score",
            "alarm",
        ),
        iter([answers]),
        "row value score",
        fields=(
            Field("row", "whole"),
            *([Field("date", "time")] if dated else []),
            Field("value", "number"),
            Field("score", "number"),
            Field("alarm", "flag"),
            Field("low", "number"),
            Field("high", "number"),
        ),
        notes=lambda: notes,
    )


def _answer(name: str, series: Series, detection: Detection, several: bool, dated: bool) -> Answer:
    values = series.values[:, 0].tolist()
    dates: Sequence[Any] = [None] * len(values) if series.dates is None else list(series.dates)
    dates = series.stamps if series.zone else dates
    scores, alarms = detection.scores.tolist(), detection.alarms.tolist()
    rows, cells = [], []
    bands = detection.low.tolist(), detection.high.tolist()
    for row, (date, value, score, alarm, low, high) in enumerate(
        zip(dates, values, scores, alarms, *bands, strict=True)
    ):
        at = [str(date).replace("T", " ")] if dated else []
        rows.append(
            (
                *([name] if several else []),
                str(row),
                *at,
                f"{value:.9g}",
                f"{score:.4f}",
                "alarm" if alarm else "",
            )
        )
        moment = [date] if dated else []
        cells.append((row, *moment, value, score, alarm, low, high))
    item = {
        "series": name,
        "scores": scores,
        "alarms": np.flatnonzero(detection.alarms).tolist(),
    }
    return Answer(item, rows, cells)
