"""Why a classifier of series answers as it does, and what goes on inside it."""

from __future__ import annotations

from typing import Any

import numpy as np

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

# The least probability that a logarithm is taken of: of float32, whose smallest are not normal.
_LEAST = 1e-37


def explain(
    model: Any, data: Any, *, method: str = METHODS[0], label: str | None = None, **reading: Any
) -> SeriesAttribution:
    """Return what every step and channel of a series adds to the log-odds of a label.

    Args:
        model: a classifier of series, from `zoo.load`.
        data: a series of shape (time, channels), or the path of a file of one.
        method: `"integrated_gradients"`, from a series that stays at the mean, or
            `"gradient_x_input"`.
        label: the label to explain; by default the one that the model chooses.
        **reading: how a table is to be read, as `zoo predict` takes it.

    Raises:
        InputError: the series is not as the model needs it, the method or the label does not
            exist, or the model has no labels.
        DataError: the file cannot be read.
    """
    from keras import ops

    check_method(method)
    info = getattr(model, "info", None)
    if info is None:
        raise InputError(
            "Expected a classifier of series with its labels, as zoo.load returns it. "
            f"Received: {type(model).__name__}"
        )
    if label is not None and label not in info.labels:
        raise InputError(
            f"Expected a label out of {shown(list(info.labels), 200)}. Received: {shown(label)}"
        )
    series = one_series(data, model.backbone.spec.channels, series_reading(**reading))
    probabilities = np.asarray(model.predict([series.values], verbose=0))[0]
    index = int(probabilities.argmax()) if label is None else info.labels.index(label)

    def log_odds(outputs: Any) -> Any:
        others = ops.sum(outputs[:, :index], axis=1) + ops.sum(outputs[:, index + 1 :], axis=1)
        return ops.log(ops.maximum(outputs[:, index], _LEAST)) - ops.log(
            ops.maximum(others, _LEAST)
        )

    scores, reached, baseline = attribute(model, series.values, log_odds, method)
    return SeriesAttribution(
        series=series.values,
        scores=scores,
        label=info.labels[index],
        value=float(probabilities[index]),
        unit="log-odds",
        score=reached,
        baseline=baseline,
        method=method,
        steps=step_names(series),
        channels=channel_names(series),
    )


def inspect(model: Any, data: Any, **reading: Any) -> Trace:
    """Return the states of a network, and its gates where it has any, while it reads a series.

    Args:
        model: a classifier of series, from `zoo.load`.
        data: a series of shape (time, channels), or the path of a file of one.
        **reading: how a table is to be read, as `zoo predict` takes it.

    Raises:
        InputError: the series is not as the model needs it.
        DataError: the file cannot be read.
    """
    series = one_series(data, model.backbone.spec.channels, series_reading(**reading))
    return Trace(list(step_names(series)), trace_reservoir(model, series.values), unit="step")
