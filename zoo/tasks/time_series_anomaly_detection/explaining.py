"""Why a detector expected what it expected of a row, and what goes on inside it."""

from __future__ import annotations

from typing import Any

from zoo.common.counts import whole
from zoo.errors import InputError, shown
from zoo.insight.trace import Trace
from zoo.networks.recurrent.series_trace import trace_series
from zoo.series.gaps import Series
from zoo.series.inputs import series_reading
from zoo.series.saliency import (
    METHODS,
    SeriesAttribution,
    attribute,
    check_method,
    one_series,
    step_names,
)
from zoo.tasks.time_series_anomaly_detection.rows import read_rows, scored
from zoo.tasks.time_series_anomaly_detection.scaling import (
    SCALING_SIZE,
    check_sizes,
    read_on,
    unscaled,
)

__all__ = ["explain", "inspect"]

# What the network reads of a row.
_CHANNELS = ("value", "step")


def explain(
    model: Any, data: Any, *, method: str = METHODS[0], row: int | None = None, **reading: Any
) -> SeriesAttribution:
    """Return what the rows before a row add to what it was expected to be.

    The network reads two things of a row: where its value lies among those before it, and how far
    it moved, both in running deviations. These are the channels; what is explained is the mean of
    the forecast, in the same.

    Args:
        model: a detector, from `zoo.load`.
        data: a series of shape (time,) or (time, 1), or the path of a file of one.
        method: `"integrated_gradients"`, from rows that lie at the mean and do not move, or
            `"gradient_x_input"`.
        row: the number of the row, from 1 as `zoo predict` counts them; by default the one of the
            highest score.
        **reading: how a table is to be read, as `zoo predict` takes it.

    Raises:
        InputError: the series is not as the model needs it, or the method or the row does not
            exist, or nothing comes before the row.
        DataError: the file cannot be read.

    Example:
        >>> import numpy as np
        >>> import zoo
        >>> model = zoo.load("gru-nab")
        >>> zoo.explain(model, np.sin(0.1 * np.arange(90.0)), row=80).scores.shape
        (79, 2)
    """
    from keras import ops

    check_method(method)
    series = one_series(data, 1, series_reading(**reading, info=model.info))
    check_sizes([series.values])
    values, spec = series.values[:, 0], model.spec
    if len(values) < 2:
        raise InputError(
            f"Expected a series of at least 2 rows, one of them forecast. Received: {len(values)}"
        )
    if row is None:
        scores = scored(values, model.forecasts([values])[0], spec)
        number = max(2, int(scores.argmax()) + 1)
    else:
        number = _number(row, len(values))
    before = values[: number - 1]
    read = read_rows(before, spec)[0]

    def expected(outputs: Any) -> Any:
        logits, places, _ = ops.split(outputs[:, -1], 3, axis=-1)
        return ops.sum(ops.softmax(logits, axis=-1) * 0.3 * places, axis=-1)

    added, reached, baseline = attribute(model, read, expected, method)
    _, scalings = read_on(before.tolist(), (0.0,) * SCALING_SIZE, 0, spec.scaling_rows)
    names = _names(series)
    return SeriesAttribution(
        series=read,
        scores=added,
        label=f"expected change to row {number}"
        + ("" if series.dates is None else f" ({names[number - 1]})"),
        value=unscaled(scalings[-1], read[-1, 0] + reached),
        unit="change, in deviations",
        score=reached,
        baseline=baseline,
        method=method,
        steps=names[: number - 1],
        channels=_CHANNELS,
    )


def inspect(model: Any, data: Any, **reading: Any) -> Trace:
    """Return the states of a network, and its gates where it has any, row by row of a series.

    Args:
        model: a detector, from `zoo.load`.
        data: a series of shape (time,) or (time, 1), or the path of a file of one.
        **reading: how a table is to be read, as `zoo predict` takes it.

    Raises:
        InputError: the series is not as the model needs it.
        DataError: the file cannot be read.
    """
    series = one_series(data, 1, series_reading(**reading, info=model.info))
    check_sizes([series.values])
    read = read_rows(series.values[:, 0], model.spec)[0]
    return Trace(list(_names(series)), trace_series(model, read), unit="step")


def _names(series: Series) -> tuple[str, ...]:
    """Return the names of rows: their dates, or numbers from 1, as `zoo predict` counts them."""
    if series.dates is not None:
        return step_names(series)
    return tuple(str(number) for number in range(1, len(series.values) + 1))


def _number(row: Any, rows: int) -> int:
    number = whole(row)
    if number is None or not 2 <= number <= rows:
        raise InputError(
            f"Expected a row from 2, the first of which something is expected, to {rows}, such as "
            f"row={rows}. Received: {shown(row)}"
        )
    return number
