"""Why a forecaster expects what it expects, and what goes on inside it."""

from __future__ import annotations

from typing import Any

from zoo.errors import InputError, shown
from zoo.insight.trace import Trace
from zoo.networks.echo_state.trace import trace_reservoir
from zoo.networks.segrnn.trace import trace_segments
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
    """Return what every step and channel of a series adds to the forecast that follows it.

    Of a reservoir that is the forecast of the next step, of a network that was trained the mean
    of all that it forecasts at once.

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
    from keras import ops

    check_method(method)
    count = model.backbone.spec.channels
    series = one_series(data, count, series_reading(**reading, info=model.info))
    names = channel_names(series)
    index = _index(channel, names)

    closed_form = model.backbone.spec.closed_form
    what = "next step" if closed_form else f"mean of the next {model.backbone.spec.horizon} steps"

    def forecast(outputs: Any) -> Any:
        # A network that was trained says all that follows at once.
        return outputs[:, -1, index] if closed_form else ops.mean(outputs[:, :, index], axis=1)

    scores, reached, baseline = attribute(model, series.values, forecast, method)
    mean, scale = model._scaling()
    return SeriesAttribution(
        series=series.values,
        scores=scores,
        label=f"{what} of {names[index]}",
        value=float(reached * scale[index] + mean[index]),
        unit="forecast, in deviations",
        score=reached,
        baseline=baseline,
        method=method,
        steps=step_names(series),
        channels=names,
    )


def inspect(model: Any, data: Any, **reading: Any) -> Trace:
    """Return the states of a network while it reads a series; of segments at the end of each.

    Args:
        model: a forecaster, from `zoo.load`.
        data: a series of shape (time, channels), or the path of a file of one.
        **reading: how a table is to be read, as `zoo predict` takes it.

    Raises:
        InputError: the series is not as the model needs it.
        DataError: the file cannot be read.
    """
    spec = model.backbone.spec
    series = one_series(data, spec.channels, series_reading(**reading, info=model.info))
    names = step_names(series)
    if not spec.closed_form:
        ends, layers = trace_segments(model, series.values, channel_names(series))
        return Trace([names[end] for end in ends], layers, unit="step")
    return Trace(list(names), trace_reservoir(model, series.values), unit="step")


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
