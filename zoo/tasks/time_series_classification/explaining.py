"""Why a classifier of series answers as it does, and what goes on inside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from zoo.classes.labels import label_number, labels_of
from zoo.insight.integrated import log_odds
from zoo.insight.trace import Trace
from zoo.networks.echo_state.trace import trace_reservoir
from zoo.networks.recurrent.series_trace import trace_series
from zoo.series.gaps import Series
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

__all__ = ["attribution", "explain", "inspect"]


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
    check_method(method)
    labels = labels_of(model)
    index = label_number(label, labels)
    series = one_series(
        data, model.backbone.spec.channels, series_reading(**reading, info=model.info)
    )
    return attribution(model, series, labels, index, method)


def attribution(
    model: Any,
    series: Series,
    labels: Sequence[str],
    index: int | None = None,
    method: str = METHODS[0],
    *,
    quick: bool = False,
) -> SeriesAttribution:
    """Return what every step and channel of a series adds to the log-odds of a class.

    Args:
        model: a classifier of series.
        series: the series, checked.
        labels: names of the classes.
        index: the number of the class; None for the one that the model chooses.
        method: one of `METHODS`.
        quick: as for `zoo.series.saliency.attribute`.
    """
    chosen = _choice(model, series) if index is None else index
    scores, reached, baseline = attribute(
        model, series.values, lambda found: log_odds(found, chosen), method, quick=quick
    )
    return SeriesAttribution(
        series=series.values,
        scores=scores,
        label=labels[chosen],
        value=float(1 / (1 + np.exp(-reached))),
        unit="log-odds",
        score=reached,
        baseline=baseline,
        method=method,
        steps=step_names(series),
        channels=channel_names(series),
    )


def _choice(model: Any, series: Series) -> int:
    return int(np.asarray(model.predict([series.values], verbose=0))[0].argmax())


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
    series = one_series(
        data, model.backbone.spec.channels, series_reading(**reading, info=model.info)
    )
    spec, names = model.backbone.spec, list(step_names(series))
    if spec.closed_form:
        return Trace(names, trace_reservoir(model, series.values), unit="step")
    # Of steps that are read as one the first gives the name.
    return Trace(names[:: spec.frame], trace_series(model, series.values), unit="step")
