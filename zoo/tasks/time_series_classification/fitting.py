"""Fit classifiers of series in closed form, without Keras and without gradients."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np

from zoo.errors import InputError
from zoo.networks.echo_state.closed_form import (
    RIDGES,
    Fit,
    Progress,
    choose,
    draw_tensors,
    list_ridges,
)
from zoo.networks.echo_state.readout import RidgeRegression
from zoo.networks.echo_state.spec import EchoStateBackboneSpec
from zoo.tasks.time_series_classification.network import ReservoirClassifier, softmax
from zoo.tasks.time_series_classification.specs import SequenceClassifierSpec

__all__ = ["fit_classifier"]

# What the outputs of least squares, between 0 and 1, are multiplied by before the softmax.
SHARPNESS = (1.0, 2.0, 4.0, 6.0, 8.0, 10.0, 12.0, 16.0, 20.0, 24.0, 32.0)
BATCH = 64
_SMALL = 1_000

Readout = tuple[np.ndarray, np.ndarray]


def fit_classifier(
    backbone: EchoStateBackboneSpec,
    head: SequenceClassifierSpec,
    series: Sequence[np.ndarray],
    labels: np.ndarray,
    validation: tuple[Sequence[np.ndarray], np.ndarray] | None = None,
    *,
    tensors: dict[str, np.ndarray] | None = None,
    standardize: bool = True,
    ridge: float | Sequence[float] = RIDGES,
    folds: int = 5,
    progress: Progress | None = None,
) -> Fit:
    """Fit a readout that classifies series: ridge regression on class indicators.

    Every reservoir of a committee gets a readout of its own; their outputs are averaged, which
    is a readout again. The ridge, and how sharp the softmax over the outputs is, are chosen on a
    validation part or, where there is none, in cross-validation, and the readout is then fitted
    to all of `series`.

    Args:
        backbone: arguments of the reservoirs.
        head: arguments of the readout.
        series: float64 arrays of shape (time, channels), of any lengths.
        labels: integer array of shape (series,), the class numbers.
        validation: other series and their class numbers.
        tensors: the backbone's weights; drawn, and the scaling fitted to `series`, by default.
        standardize: whether that scaling is fitted, or the channels are left as they are.
        ridge: penalties to choose from, by the cross-entropy, or one: the weight of the squared
            kernel beside the squared error of a series.
        folds: number of parts of the cross-validation; the examples of every class are cut into
            them in their order.
        progress: called with what is being done, how much is done, and how much there is.

    Raises:
        InputError: no ridge gives a solution.

    Reference:
        [Jaeger et al., 2007](https://doi.org/10.1016/j.neunet.2007.04.016)
    """
    ridges = list_ridges(ridge)
    if tensors is None:
        tensors = draw_tensors(backbone, series, standardize=standardize)
    model = ReservoirClassifier(tensors, backbone, head)
    if validation is not None:
        part_of = np.full(len(series), -1)
        held, truth, held_parts = *validation, np.zeros(len(validation[0]), int)
    else:
        part_of = _cut(labels, min(folds, len(series)))
        held, truth, held_parts = series, labels, part_of
    features = _features(backbone, head)
    with _few_threads(features):
        whole, parts = _gather(model, backbone, head, series, labels, part_of, progress)
        readouts = _committees(whole, ridges, backbone, head)
        # What judges a series must not have been fitted to it.
        judges = [_committees(_without(whole, part), ridges, backbone, head) for part in parts]
        solved = [ridge for ridge in readouts if all(ridge in judge for judge in judges)]
        outputs = _apply(model, solved, judges or [readouts], held, held_parts)
    if len(ridges) == 1 and not outputs:
        raise InputError(
            f"Expected a ridge with which {len(series)} series of {features} features can be "
            f"solved, such as {max(1e-8, 100 * ridges[0]):.0e}. Received: {ridges[0]:.3g}"
        )
    losses = {
        value: {factor: _log_loss(factor * output, truth) for factor in SHARPNESS}
        for value, output in outputs.items()
    }
    scores = {value: min(losses[value].values()) if value in losses else np.inf for value in ridges}
    best = choose(scores)
    sharpness = min(losses[best], key=losses[best].__getitem__)
    kernel, bias = readouts[best]
    fitted = {
        **tensors,
        "readout/kernel": (sharpness * kernel).astype(np.float32),
        "readout/bias": (sharpness * bias).astype(np.float32),
    }
    figures = {
        "accuracy": float(np.mean(outputs[best].argmax(axis=1) == truth)),
        "log_loss": scores[best],
    }
    return Fit(fitted, best, scores, figures)


def _features(backbone: EchoStateBackboneSpec, head: SequenceClassifierSpec) -> int:
    """Return how many features the readout of one reservoir hears."""
    return head.points * (backbone.size + backbone.channels)


def _few_threads(features: int) -> AbstractContextManager[Any]:
    """Return a context in which linear algebra with so many features has no more threads than pay.

    Threads that wait for one another over small matrices cost many times what they gain, most of
    all where others want the processor too.
    """
    if features > _SMALL:
        return nullcontext()
    import scipy.linalg  # noqa: F401  only libraries that are loaded are limited
    from threadpoolctl import threadpool_limits

    limits: AbstractContextManager[Any] = threadpool_limits(1, user_api="blas")
    return limits


def _cut(labels: np.ndarray, parts: int) -> np.ndarray:
    """Cut the examples of every class, in their order, into the parts of a cross-validation.

    Examples that follow one another are often recorded one after another, and alike: they go to
    one part, so that none is judged by a readout that was fitted to its neighbours.
    """
    part_of = np.empty(len(labels), int)
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        part_of[rows] = np.arange(len(rows)) * parts // len(rows)
    return part_of


def _gather(
    model: ReservoirClassifier,
    backbone: EchoStateBackboneSpec,
    head: SequenceClassifierSpec,
    series: Sequence[np.ndarray],
    labels: np.ndarray,
    part_of: np.ndarray,
    progress: Progress | None,
) -> tuple[list[RidgeRegression], list[list[RidgeRegression]]]:
    """Return the sums of every reservoir's readout: of all series, and of every part."""

    def empty() -> list[RidgeRegression]:
        return [
            RidgeRegression(_features(backbone, head), head.num_classes)
            for _ in range(backbone.reservoirs)
        ]

    whole, parts = empty(), [empty() for _ in range(part_of.max() + 1)]
    indicators = np.eye(head.num_classes)[labels]
    done = 0
    for rows, features in _batches(model, series):
        for number in range(backbone.reservoirs):
            own = _member(features, backbone, number)
            whole[number].add(own, indicators[rows])
            for part, sums in enumerate(parts):
                chosen = part_of[rows] == part
                if chosen.any():
                    sums[number].add(own[chosen], indicators[rows[chosen]])
        done += len(rows)
        if progress is not None:
            progress("series", done, len(series))
    return whole, parts


def _without(
    whole: Sequence[RidgeRegression], part: Sequence[RidgeRegression]
) -> list[RidgeRegression]:
    return [all_of.without(some) for all_of, some in zip(whole, part, strict=True)]


def _apply(
    model: ReservoirClassifier,
    ridges: Sequence[float],
    readouts: Sequence[dict[float, Readout]],
    series: Sequence[np.ndarray],
    which: np.ndarray,
) -> dict[float, np.ndarray]:
    """Return the outputs with every ridge, each series from the readout that `which` numbers."""
    outputs = {ridge: np.empty((len(series), readouts[0][ridge][1].size)) for ridge in ridges}
    for rows, features in _batches(model, series):
        for number in np.unique(which[rows]):
            chosen = which[rows] == number
            inputs = features[chosen].reshape(chosen.sum(), -1)
            for ridge, output in outputs.items():
                kernel, bias = readouts[number][ridge]
                output[rows[chosen]] = inputs @ kernel + bias
    return outputs


def _log_loss(logits: np.ndarray, labels: np.ndarray) -> float:
    chosen = softmax(logits)[np.arange(len(labels)), labels]
    return float(-np.mean(np.log(np.maximum(chosen, 1e-12))))


def _batches(
    model: ReservoirClassifier, series: Sequence[np.ndarray]
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the numbers of series of like length, and their features."""
    order = np.argsort([len(item) for item in series], kind="stable")
    for start in range(0, len(order), BATCH):
        rows = order[start : start + BATCH]
        yield rows, model.features([series[row] for row in rows])


def _member(features: np.ndarray, backbone: EchoStateBackboneSpec, number: int) -> np.ndarray:
    """Return what the readout of one reservoir of a committee hears, one row a series."""
    first = number * backbone.size
    own = features[:, :, first : first + backbone.size]
    inputs = features[:, :, backbone.units :]
    return np.concatenate([own, inputs], axis=2).reshape(len(features), -1)


def _committees(
    sums: Sequence[RidgeRegression],
    ridges: Sequence[float],
    backbone: EchoStateBackboneSpec,
    head: SequenceClassifierSpec,
) -> dict[float, Readout]:
    """Return, for every ridge that can be solved, the average of the reservoirs' readouts."""
    solutions = [member.solutions([ridge * member.count for ridge in ridges]) for member in sums]
    return {
        ridge: _average([own for own in row if own is not None], backbone, head)
        for ridge, row in zip(ridges, zip(*solutions, strict=True), strict=True)
        if all(own is not None for own in row)
    }


def _average(
    members: Sequence[Readout], backbone: EchoStateBackboneSpec, head: SequenceClassifierSpec
) -> Readout:
    """Return the average of the readouts of a committee, as one readout of all of it."""
    size, units = backbone.size, backbone.units
    kernel = np.zeros((head.points, backbone.features, head.num_classes))
    bias = np.zeros(head.num_classes)
    for number, (own, constant) in enumerate(members):
        own = own.reshape(head.points, size + backbone.channels, head.num_classes)
        kernel[:, number * size : (number + 1) * size] = own[:, :size]
        kernel[:, units:] += own[:, size:]
        bias += constant
    kernel /= len(members)
    return kernel.reshape(-1, head.num_classes), bias / len(members)
