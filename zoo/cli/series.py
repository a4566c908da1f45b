"""What the `zoo` command does with numeric series."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from zoo.cli.output import print_json, print_table, progress_bars, say
from zoo.errors import InputError
from zoo.series.files import SeriesReading, load_series, parse_series, tell
from zoo.tables.text_tables import MAX_BYTES

if TYPE_CHECKING:
    import numpy as np

    from zoo.tasks.time_series_classification.pipeline import SeriesClassificationPipeline
    from zoo.tasks.time_series_forecasting.pipeline import ForecastingPipeline

__all__ = ["classify_series", "forecast_series"]

_LONG = 20_000  # steps, some seconds


def _read(files: list[str], channels: int, reading: SeriesReading) -> list[np.ndarray]:
    """Return the series in files, or the one on standard input."""
    if files and files != ["-"]:
        found = [load_series(file, channels, reading) for file in files]
        tell(found)
        return [series.values for series in found]
    if sys.stdin is None:  # closed, as by `<&-`
        raise InputError(
            "Expected a file of numbers as an argument, or lines of numbers on standard input. "
            "Received: no file, and standard input is closed"
        )
    if sys.stdin.isatty():
        say("Reading numbers from standard input, a step a line; end with Ctrl-D.", error=True)
    content = sys.stdin.buffer.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise InputError(f"Expected at most {MAX_BYTES:,} bytes on standard input. Received: more")
    series = parse_series(content, "standard input", channels, reading)
    tell([series])
    return [series.values]


def forecast_series(
    model: ForecastingPipeline,
    files: list[str],
    horizon: int | None,
    as_json: bool,
    reading: SeriesReading,
) -> None:
    """Print what follows the series in files: a line a step, or JSON.

    Args:
        model: the pipeline.
        files: CSV, TSV or NPY files; none, or `-`, reads standard input.
        horizon: number of steps.
        as_json: whether to print JSON.
        reading: how tables are to be read.

    Raises:
        InputError: there is no horizon, or a series is not as the model needs it.
        DataError: a file cannot be read.
    """
    if horizon is None:
        raise InputError(
            f"Expected the number of steps to forecast, such as --horizon 84, for {model.info.name}"
            ". Received: no --horizon"
        )
    names = files if files and files != ["-"] else ["-"]
    series = _read(files, model.model.channels, reading)
    if horizon > _LONG:  # the bar itself takes time to import
        with progress_bars() as progress:
            forecasts = model(series, horizon, progress)
    else:
        forecasts = model(series, horizon)
    if as_json:
        print_json(
            [
                {"series": name, "forecast": forecast.tolist()}
                for name, forecast in zip(names, forecasts, strict=True)
            ]
        )
        return
    columns = [f"channel {index}" for index in range(model.model.channels)]
    several = len(names) > 1
    print_table(
        (*(["series"] if several else []), "step", *columns),
        [
            (*([name] if several else []), str(step), *(f"{value:.9g}" for value in row))
            for name, forecast in zip(names, forecasts, strict=True)
            for step, row in enumerate(forecast.tolist(), start=1)
        ],
        numbers=" ".join(["step", *columns]),
    )


def classify_series(
    model: SeriesClassificationPipeline,
    files: list[str],
    top_k: int,
    as_json: bool,
    reading: SeriesReading,
) -> None:
    """Print the classes of the series in files.

    Args:
        model: the pipeline.
        files: CSV, TSV or NPY files; none, or `-`, reads standard input.
        top_k: labels to print for each, best first.
        as_json: whether to print JSON.
        reading: how tables are to be read.

    Raises:
        InputError: a series is not as the model needs it.
        DataError: a file cannot be read.
    """
    names = files if files and files != ["-"] else ["-"]
    answers = model(_read(files, model.model.channels, reading), top_k=top_k)
    if as_json:
        pairs = zip(names, answers, strict=True)
        print_json(
            [{"series": name, **answer[0]} for name, answer in pairs]
            if top_k == 1
            else [{"series": name, "labels": answer} for name, answer in pairs]
        )
        return
    print_table(
        ("label", "score", "series"),
        [
            (answer["label"], f"{answer['score']:.4f}", name)
            for name, best in zip(names, answers, strict=True)
            for answer in best
        ],
        numbers="score",
    )
