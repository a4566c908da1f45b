"""Forecasts, as the command shows them."""

from __future__ import annotations

from zoo.errors import InputError
from zoo.interfaces import Answer, Answers, Request
from zoo.series.inputs import read_inputs, series_reading
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
    names, series = read_inputs(request, model.model.channels, reading)
    several = len(names) > 1
    answers = [
        Answer(
            {"series": name, "forecast": forecast.tolist()},
            [
                (*([name] if several else []), str(step), *(f"{value:.9g}" for value in row))
                for step, row in enumerate(forecast.tolist(), start=1)
            ],
        )
        for name, forecast in zip(names, model(series, horizon, request.progress), strict=True)
    ]
    numbers = ["step", *(f"channel {index}" for index in range(model.model.channels))]
    columns = (*(["series"] if several else []), *numbers)
    return Answers(columns, iter([answers]), " ".join(numbers))
