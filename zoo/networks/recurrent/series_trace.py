"""The states and gates of a recurrent network while it reads a series."""

from __future__ import annotations

from typing import Any

import numpy as np

from zoo.insight.trace import LayerTrace
from zoo.networks.recurrent.series_steps import SeriesFeatureSteps
from zoo.networks.recurrent.trace import run_layers

__all__ = ["trace_series"]


def trace_series(model: Any, series: np.ndarray) -> list[LayerTrace]:
    """Return what the layers of a Keras model compute, frame by frame.

    Args:
        model: a model over a `SeriesRecurrentBackbone`.
        series: float64 array of shape (time, channels).
    """
    spec, tensors = model.backbone.spec, model.tensors
    mean, scale = model._scaling()
    scaled = ((series - mean) / scale).astype(np.float32)
    features, _ = SeriesFeatureSteps(spec, tensors)(scaled, np.zeros((0, spec.channels), "f4"))
    frames = np.zeros((-(-len(features) // spec.frame) * spec.frame, spec.step_features))
    frames[: len(features)] = features
    weights = {name: value.astype(np.float64) for name, value in tensors.items()}
    return run_layers(spec, weights, frames.reshape(-1, spec.frame * spec.step_features))
