"""Why a forecaster expects what it expects, and what goes on inside it."""

from __future__ import annotations

from typing import Any

from zoo.errors import InputError, shown
from zoo.insight.trace import Trace
from zoo.networks.echo_state.trace import trace_reservoir
from zoo.series.inputs import series_reading
from zoo.series.saliency import (
    METHODS,
    SeriesAttribution,
    attribute,
    channel_names,
    check_method,
    one_series,
    step_names,
)

__all__ = ["explain", "inspect"]


def explain(
    model: Any, data: Any, *, method: str = METHODS[0], channel: str | None = None, **reading: Any
) -> SeriesAttribution:
    """Return what every step and channel of a series adds to the forecast of the step after it.

    Args:
        model: a forecaster, from `zoo.load`.
        data: a series of shape (time, channels), or the path of a file of one.
        method: `"integrated_gradients"`, from a series that stays at the mean, or
            `"gradient_x_input"`.
        channel: the channel to explain the forecast of, by its name in the file or by its number
            from 1; by default the first.
        **reading: how a table is to be read, as `zoo predict` takes it.

    Raises:
        InputError: the series is not as the model needs it, or the method or the channel does not
            exist.
        DataError: the file cannot be read.
    """
    check_method(method)
    count = model.backbone.spec.channels
    series = one_series(data, count, series_reading(**reading))
    names = channel_names(series)
    index = _index(channel, names)

    def forecast(outputs: Any) -> Any:
        return outputs[:, -1, index]

    scores, reached, baseline = attribute(model, series.values, forecast, method)
    mean, scale = model._scaling()
    return SeriesAttribution(
        series=series.values,
        scores=scores,
        label=f"next step of {names[index]}",
        value=float(reached * scale[index] + mean[index]),
        unit="forecast, in deviations",
        score=reached,
        baseline=baseline,
        method=method,
        steps=step_names(series),
        channels=names,
    )


def inspect(model: Any, data: Any, **reading: Any) -> Trace:
    """Return the states of a network while it reads a series.

    Args:
        model: a forecaster, from `zoo.load`.
        data: a series of shape (time, channels), or the path of a file of one.
        **reading: how a table is to be read, as `zoo predict` takes it.

    Raises:
        InputError: the series is not as the model needs it.
        DataError: the file cannot be read.
    """
    series = one_series(data, model.backbone.spec.channels, series_reading(**reading))
    return Trace(list(step_names(series)), trace_reservoir(model, series.values), unit="step")


def _index(channel: Any, names: tuple[str, ...]) -> int:
    if channel is None:
        return 0
    if channel in names:
        return names.index(channel)
    number = str(channel)
    if number.isascii() and number.isdecimal() and 1 <= int(number[:6]) <= len(names):
        return int(number) - 1
    raise InputError(
        f"Expected a channel out of {shown(', '.join(names), 200)}, or a number from 1 to "
        f"{len(names)}. Received: {shown(channel)}"
    )
