"""Fit forecasters in closed form, without Keras and without gradients."""

from __future__ import annotations

from collections.abc import Callable, Sequence

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
from zoo.tasks.time_series_forecasting.network import ReservoirForecaster
from zoo.tasks.time_series_forecasting.specs import ForecasterSpec

__all__ = ["fit_forecaster", "one_step_error"]

Score = Callable[[ReservoirForecaster], float]


def fit_forecaster(
    backbone: EchoStateBackboneSpec,
    head: ForecasterSpec,
    series: Sequence[np.ndarray],
    score: Score | None = None,
    *,
    tensors: dict[str, np.ndarray] | None = None,
    ridge: float | Sequence[float] = RIDGES,
    progress: Progress | None = None,
) -> Fit:
    """Fit a readout that gives the next step of series: ridge regression in closed form.

    States are harvested in chunks and only their sums of products kept, so that memory does not
    depend on the number of steps.

    Args:
        backbone: arguments of the reservoir.
        head: arguments of the readout.
        series: float64 arrays of shape (time, channels), of any lengths; steps up to
            `head.washout` of each are run through and not fitted to.
        score: what chooses the ridge, the lowest first: a function of the model with a readout.
            Not needed where `ridge` is one number.
        tensors: the backbone's weights; drawn, and the scaling fitted to `series`, by default.
        ridge: penalties to choose from, or one: the weight of the squared kernel beside the
            squared error of a step.
        progress: called with what is being done, how much is done, and how much there is.

    Raises:
        InputError: no series is longer than the washout, or no ridge gives a solution.

    Example:
        >>> series = [np.sin(np.arange(500.0))[:, None]]
        >>> fit = fit_forecaster(
        ...     EchoStateBackboneSpec(channels=1, units=30), ForecasterSpec(), series, ridge=1e-9
        ... )
        >>> fit.tensors["readout/kernel"].shape
        (31, 1)

    Reference:
        [Jaeger, 2001](https://www.ai.rug.nl/minds/uploads/EchoStatesTechRep.pdf)
    """
    ridges = list_ridges(ridge)
    if score is None and len(ridges) > 1:
        raise InputError("Expected a score to choose the ridge by, or one ridge. Received: neither")
    tensors = dict(tensors) if tensors is not None else draw_tensors(backbone, series)
    model = ReservoirForecaster(tensors, backbone, head)
    mean, scale = (tensors[f"scaling/{name}"].astype(np.float64) for name in ("mean", "scale"))
    features, channels = head.readout_shape(backbone)
    regression = RidgeRegression(features, channels)
    total, done = sum(map(len, series)), 0
    for item in series:
        start = 0
        for chunk, _ in model.features(item[:-1]):
            skip = min(len(chunk), max(0, head.washout - start))
            targets = (item[start + skip + 1 : start + len(chunk) + 1] - mean) / scale
            if len(targets):
                regression.add(chunk[skip:], targets)
            start += len(chunk)
            if progress is not None:
                progress("steps", done + start, total)
        done += len(item)
    if regression.count == 0:
        raise InputError(
            f"Expected a series of more than washout + 1 = {head.washout + 1} steps. "
            f"Received: {max(map(len, series))} at most"
        )
    scores: dict[float, float] = {}
    readouts: dict[float, tuple[np.ndarray, np.ndarray]] = {}
    for value in ridges:
        try:
            kernel, bias = regression.solve(value * regression.count)
        except InputError:
            if len(ridges) == 1:
                raise
            scores[value] = np.inf
            continue
        # In the type that is stored, so that what is scored is what will be used.
        readouts[value] = kernel.astype(np.float32), bias.astype(np.float32)
        model.set_readout(*readouts[value])
        scores[value] = score(model) if score is not None else 0.0
    best = choose(scores)
    tensors["readout/kernel"], tensors["readout/bias"] = readouts[best]
    return Fit(tensors, best, scores, {"score": scores[best]} if score is not None else {})


def one_step_error(model: ReservoirForecaster, series: Sequence[np.ndarray]) -> float:
    """Return the root mean squared error of forecasts of one step, in units of the series.

    Args:
        model: a model with a readout.
        series: float64 arrays of shape (time, channels); the washout of each is left out.

    Raises:
        InputError: no series is longer than the washout.
    """
    total, count = 0.0, 0
    for item in series:
        outputs, _ = model.run(item[:-1]) if len(item) > 1 else (item[:0], None)
        errors = (outputs - item[1:])[model.washout :]
        total, count = total + float(np.sum(errors**2)), count + errors.size
    if count == 0:
        raise InputError(
            f"Expected a series of more than washout + 1 = {model.washout + 1} steps to validate "
            f"on. Received: {max(map(len, series))} at most"
        )
    return float(np.sqrt(total / count))
