"""Anomaly scores, as the command shows them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from zoo.common.answering import Answer, Answers, Field, Request
from zoo.errors import InputError, shown
from zoo.files import write_atomically
from zoo.series.gaps import Series
from zoo.series.inputs import read_inputs, series_reading
from zoo.tasks.time_series_anomaly_detection.network import Detection
from zoo.tasks.time_series_anomaly_detection.pipeline import AnomalyDetectionPipeline

__all__ = ["predict"]

_PICTURES = (".png", ".svg", ".pdf")


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
    picture = options.pop("plot", None)
    if picture is not None and Path(picture).suffix.lower() not in _PICTURES:
        raise InputError(
            f"Expected a file for the picture that ends in {', '.join(_PICTURES)}, such as "
            f"--plot alarms.png. Received: {shown(picture)}"
        )
    names, series, notes = read_inputs(request, 1, series_reading(**options))
    if picture is not None and len(series) > 1:
        raise InputError(
            f"Expected --plot with one series. Received: {len(series)}. Draw them one by one"
        )
    found: list[Detection] = model.detect([item.values for item in series])
    if picture is not None:
        _draw(Path(picture), names[0], series[0], found[0], model.threshold)
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


def _draw(path: Path, name: str, series: Series, detection: Detection, threshold: float) -> None:
    import io

    from zoo.tasks.time_series_anomaly_detection.plots import draw_detection

    title = series.columns[0] if series.columns else Path(name).name
    figure = draw_detection(
        series.values[:, 0], detection, threshold, dates=series.dates, title=title
    )
    buffer = io.BytesIO()
    figure.savefig(buffer, format=path.suffix[1:].lower(), dpi=120)
    write_atomically(path, buffer.getvalue())
