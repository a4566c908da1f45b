"""The states of a reservoir while it reads a series."""

from __future__ import annotations

from typing import Any

import numpy as np

from zoo.insight.trace import LayerTrace

__all__ = ["trace_reservoir"]


def trace_reservoir(model: Any, series: np.ndarray) -> list[LayerTrace]:
    """Return the states of the reservoir of a Keras model; its units have no gates.

    Args:
        model: a model over an `EchoStateBackbone`.
        series: float64 array of shape (time, channels).
    """
    from keras import ops

    mean, scale = model._scaling()
    scaled = ops.convert_to_tensor(((series - mean) / scale).astype(np.float32)[None])
    states = ops.convert_to_numpy(model.backbone.echo_state(scaled))
    return [LayerTrace("echo_state", np.asarray(states, np.float64)[0], {}, None)]
