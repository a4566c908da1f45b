"""Fine-tuning of a trained forecaster on series of a user's own, of whatever number of channels."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import keras
import msgspec
import numpy as np

from zoo.fitting.building import build_task
from zoo.fitting.names import plain
from zoo.fitting.optimizer import optimizer_of
from zoo.fitting.reports import Reports, WeightReport
from zoo.interfaces import Prepared
from zoo.learning.descent import Descent
from zoo.series.examples import SeriesDataset
from zoo.tasks.time_series_forecasting.damping import DAMPED, damp
from zoo.tasks.time_series_forecasting.trained_data import MOST_WINDOWS, TrainingSeries
from zoo.tasks.time_series_forecasting.trained_model import scaling_of
from zoo.tasks.time_series_forecasting.trained_training import (
    CALIBRATED,
    calibrating,
    held_first,
    lower_errors,
    score_windows,
)
from zoo.tasks.time_series_forecasting.windows import ForecastWindows, drawn

if TYPE_CHECKING:
    from zoo.schema import ModelInfo

__all__ = ["tune_network"]

_VALIDATED = 512


def tune_network(load: Callable[..., Any], info: ModelInfo, prepared: Prepared) -> Descent:
    """Return what tunes a forecaster; see `zoo.finetune`.

    Args:
        load: loads the model.
        info: its record.
        prepared: what `prepare` returned: its horizon, look-back and channels are those of the
            new model.
    """
    data, settings = prepared.data, prepared.settings
    keras.utils.set_random_seed(settings.seed)
    base = load()
    spec = msgspec.structs.replace(
        base.backbone.spec,
        channels=data.channels,
        horizon=data.horizon,
        look_back=data.look_back,
    )
    head = msgspec.structs.replace(base.spec, quantiles=data.quantiles, stretch=msgspec.UNSET)
    model = build_task(info.task, spec, head, precision=settings.precision)
    model.set_tensors({**_carried(base, model), **scaling_of(data.train)})
    back, horizon = spec.look_back, spec.horizon
    windows = ForecastWindows(data.train, back, horizon, first=data.first, least=1)
    count = min(len(windows), MOST_WINDOWS)
    steps = -(-count // settings.batch_size) * settings.epochs
    model.compile(optimizer=optimizer_of(settings, steps=steps), loss=model.loss_of(), metrics=[])
    first = held_first(data.held, back, horizon)
    places = sum(max(0, len(item) - first - horizon + 1) for item in data.held)
    stride = max(1, places // _VALIDATED)
    validation = ForecastWindows(
        data.held, back, horizon, first=first, least=horizon, stride=stride
    )
    config = {**settings.as_dict(), **_asked(data)}
    scale = np.asarray(keras.ops.convert_to_numpy(model.backbone.scaling.scale), np.float64)
    calibrate = calibrating(data.held, first, horizon)

    def finish(model: Any) -> None:
        damp(model, validation, scale)
        if data.quantiles:
            calibrate(model)

    return Descent(
        model=model,
        examples=lambda epoch: drawn(windows, count, settings.seed, epoch),
        score=lambda model: score_windows(model, validation, (horizon,)),
        settings=settings,
        preprocessor=None,
        assets={},
        config=config,
        method=(
            f"All weights of {info.name} were trained further at one rate on windows of the "
            f"series, {back} steps read and {horizon} forecast; what belongs to channels or "
            "places that it has not seen began at the mean of those that it has."
            f"{DAMPED}{CALIBRATED if data.quantiles else ''}"
        ),
        sources=data.sources,
        held=SeriesDataset(data.held),
        better=lower_errors,
        finish=finish,
        report=Reports(
            model,
            plain({"base": info.name, **config, "windows": count}),
            ("mse", "mae"),
            paced={"weights": WeightReport(model)},
        ),
    )


def _asked(data: TrainingSeries) -> dict[str, Any]:
    levels = {"quantiles": ",".join(f"{level:g}" for level in data.quantiles)}
    own = {"horizon": data.horizon, "look_back": data.look_back}
    return own | (levels if data.quantiles else {})


def _carried(base: Any, model: Any) -> Mapping[str, np.ndarray]:
    """Return the weights of a model as another of its kind begins with them.

    Channels and places that are more begin at the mean; outputs that are others at the forecast
    of one number.
    """
    old, new = base.tensors, model.tensors
    carried = {name: value for name, value in old.items() if new[name].shape == value.shape}
    for name in ("segments/position_embedding", "segments/channel_embedding"):
        if name not in carried:
            many, few = len(new[name]), len(old[name])
            if name.endswith("channel_embedding"):
                few = 0  # another number of channels: none of them is one that it has seen
            mean = np.repeat(old[name].mean(axis=0, keepdims=True), max(0, many - few), axis=0)
            carried[name] = np.concatenate([old[name][: min(many, few)], mean])
    if base.spec.quantiles != model.spec.quantiles:
        outputs, levels = base.spec.outputs, base.spec.quantiles
        middle = levels.index(0.5) if levels else 0
        for name in ("readout/kernel", "readout/bias"):
            point = old[name].reshape(*old[name].shape[:-1], -1, outputs)[..., middle]
            carried[name] = np.repeat(point, model.spec.outputs, axis=-1)
    return carried
