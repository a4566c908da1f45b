"""Why a classifier of irregular series answers as it does, and what goes on inside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from zoo.classes.labels import label_number, labels_of
from zoo.errors import InputError
from zoo.fitting.building import tensor_variables
from zoo.insight.integrated import log_odds
from zoo.insight.trace import LayerTrace, Trace
from zoo.series.irregular import IrregularSeries
from zoo.series.irregular_saliency import (
    IrregularAttribution,
    attribute_irregular,
    one_irregular,
)
from zoo.series.saliency import METHODS, check_method
from zoo.tasks.irregular_time_series_classification.network import IrregularNetwork

__all__ = ["attribution", "explain", "inspect", "trace_series"]


def explain(
    model: Any, data: Any, *, method: str = METHODS[0], label: str | None = None, **reading: Any
) -> IrregularAttribution:
    """Return what every measurement of a series adds to the log-odds of a label.

    Args:
        model: a classifier of irregular series, from `zoo.load`.
        data: a series as `zoo.pipeline` takes it, or the path of a file.
        method: `"integrated_gradients"`, from a series with usual values wherever something was
            measured, or `"gradient_x_input"`.
        label: the label to explain; by default the one that the model chooses.
        **reading: how a file is to be read, and `id`, which of its series is explained.

    Raises:
        InputError: the series is not as the model needs it, the method or the label does not
            exist, or the model has no labels.
        DataError: the file cannot be read.
    """
    check_method(method)
    labels = labels_of(model)
    index = label_number(label, labels)
    _, series = one_irregular(data, model.backbone.spec.names, **reading)
    return attribution(model, series, labels, index, method)


def attribution(
    model: Any,
    series: IrregularSeries,
    labels: Sequence[str],
    index: int | None = None,
    method: str = METHODS[0],
    *,
    quick: bool = False,
) -> IrregularAttribution:
    """Return what every measurement of a series adds to the log-odds of a class.

    Args:
        model: a classifier of irregular series.
        series: the series, checked.
        labels: names of the classes.
        index: the number of the class; None for the one that the model chooses.
        method: one of `zoo.series.saliency.METHODS`.
        quick: as for `zoo.series.saliency.attribute`.
    """
    chosen = _choice(model, series) if index is None else index
    scores, static, reached, baseline = attribute_irregular(
        model, series, lambda found: log_odds(found, chosen), method, quick=quick
    )
    return IrregularAttribution(
        series=series,
        names=model.backbone.spec.names,
        scores=scores,
        static=static,
        label=labels[chosen],
        value=float(1 / (1 + np.exp(-reached))),
        unit="log-odds",
        score=reached,
        baseline=baseline,
        method=method,
    )


def _choice(model: Any, series: IrregularSeries) -> int:
    return int(np.asarray(model.predict([series]))[0].argmax())


def inspect(model: Any, data: Any, **reading: Any) -> Trace:
    """Return the states of a network and its gates after every time at which it read something.

    Args:
        model: a classifier of irregular series, from `zoo.load`.
        data: a series as `zoo.pipeline` takes it, or the path of a file.
        **reading: how a file is to be read, and `id`, which of its series is read.

    Raises:
        InputError: the series is not as the model needs it, or nothing was measured in it.
        DataError: the file cannot be read.
    """
    _, series = one_irregular(data, model.backbone.spec.names, **reading)
    return trace_series(model, series)


def trace_series(model: Any, series: IrregularSeries) -> Trace:
    """Return what `inspect` does of a series that was checked.

    Args:
        model: a classifier of irregular series.
        series: the series.

    Raises:
        InputError: nothing was measured in it.
    """
    from keras import ops

    if not series.steps:
        raise InputError(
            "Expected a series with at least one measurement, after which there is a state to "
            "show. Received: one without any"
        )
    variables = tensor_variables(model).items()
    tensors = {name: np.asarray(ops.convert_to_numpy(variable)) for name, variable in variables}
    network = IrregularNetwork(tensors, model.backbone.spec, model.spec)
    scaled, measured = network.scaling(series.values)
    gaps = np.diff(series.times, prepend=series.times[:1])
    state, states, opened = network.steps.start(1), [], []
    for step in range(series.steps):
        read = scaled[step][None], measured[step][None], np.full((1, 1), gaps[step])
        opened.append(network.steps.gates(state, *read))
        state = network.steps.after(state, *read)
        states.append(state[0][0])
    gates = {name: np.stack([one[name][0] for one in opened]) for name in opened[0]}
    layer = LayerTrace("recurrent", np.stack(states), gates, None)
    return Trace([f"{time:.6g}" for time in series.times], [layer], unit="time")
