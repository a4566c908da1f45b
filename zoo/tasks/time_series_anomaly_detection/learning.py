"""Fine-tuning of a detector: it learns what is usual in series of a user's own."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from collections.abc import Callable
from typing import Any

import keras

from zoo.fitting.optimizer import LayerwiseAdamW, optimizer_of
from zoo.interfaces import Prepared
from zoo.learning.descent import Descent
from zoo.learning.strategies import gradual_begin, layer_groups
from zoo.schema import ModelInfo
from zoo.tasks.time_series_anomaly_detection.data import WINDOW
from zoo.tasks.time_series_anomaly_detection.examples import forecast_windows
from zoo.tasks.time_series_anomaly_detection.model import MixtureLoss
from zoo.tasks.time_series_anomaly_detection.training import forecast_scores, lower_nll

__all__ = ["tune"]


def tune(load: Callable[..., Any], info: ModelInfo, prepared: Prepared) -> Descent:
    """Return what tunes a detector; see `zoo.finetune`.

    Args:
        load: loads the model.
        info: its record.
        prepared: what `prepare` returned.
    """
    data, settings = prepared.data, prepared.settings
    keras.utils.set_random_seed(settings.seed)
    model = load(precision=settings.precision)
    examples = forecast_windows(data.train.series, model.spec, WINDOW)
    model.backbone.trainable = settings.strategy != "head"
    model.backbone.scaling.trainable = False
    steps = -(-len(examples.lengths) // settings.batch_size) * settings.epochs
    optimizer = optimizer_of(settings, steps=steps, layerwise=settings.strategy == "gradual")
    model.compile(optimizer=optimizer, loss=MixtureLoss(), metrics=[])
    begin = None
    if isinstance(optimizer, LayerwiseAdamW):
        paths = [variable.path for variable in model.trainable_variables]
        groups = layer_groups(paths, ["forecast"])
        begin = gradual_begin(optimizer, groups, settings.epochs, settings.rate_decay)
    return Descent(
        model=model,
        examples=lambda epoch: examples,
        score=lambda model: forecast_scores(model, None, data.held),
        settings=settings,
        preprocessor=None,
        assets={},
        config=settings.as_dict(),
        method=_METHODS[settings.strategy].format(base=info.name),
        sources=data.sources,
        held=data.held,
        begin=begin,
        better=lower_nll,
    )


_KEPT = " What makes scores of forecasts, its threshold among them, is that of {base}."
_METHODS = {
    "head": "The head of {base} learnt to forecast the series over the frozen network." + _KEPT,
    "full": "The network of {base} was trained further to forecast the series." + _KEPT,
    "gradual": (
        "The network of {base} was trained further to forecast the series: first the head, then "
        "layer after layer from the top down, with lower rates below (Howard & Ruder 2018)."
    )
    + _KEPT,
}
