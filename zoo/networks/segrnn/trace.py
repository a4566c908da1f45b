"""The states of a SegRNN while it reads the segments of a series, by its equations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from zoo.insight.trace import LayerTrace
from zoo.networks.segrnn.spec import CELL

__all__ = ["trace_segments"]

# Channels that are shown of a series that has more.
_MOST = 8


def trace_segments(
    model: Any, series: np.ndarray, names: Sequence[str]
) -> tuple[list[int], list[LayerTrace]]:
    """Return where the segments that are read end, and the GRU's states and gates after each.

    Args:
        model: a Keras model over a `SegRNNBackbone`.
        series: float64 array of shape (time, channels).
        names: of the channels, each of which has states of its own; the first eight are shown.
    """
    spec, weights = model.backbone.spec, {n: v.astype(float) for n, v in model.tensors.items()}
    count = min(-(-len(series) // spec.segment), spec.look_back // spec.segment)
    steps = np.arange(len(series) - count * spec.segment, len(series))
    recent = series[np.maximum(steps, 0)] - series[-1]
    scaled = (recent / weights["scaling/scale"]).T[:_MOST]
    segments = scaled.reshape(len(scaled), count, spec.segment)
    projected = segments @ weights["segments/projection/kernel"]
    read = np.maximum(projected + weights["segments/projection/bias"], 0.0)
    kernel, recurrent = weights[f"{CELL}/kernel"], weights[f"{CELL}/recurrent_kernel"]
    first, second = weights[f"{CELL}/bias"]
    state = np.zeros((len(scaled), spec.units))
    parts: list[list[np.ndarray]] = [[], [], []]
    for index in range(count):
        given = np.split(read[:, index] @ kernel + first, 3, axis=1)
        carried = np.split(state @ recurrent + second, 3, axis=1)
        update, reset = (0.5 * (1 + np.tanh((given[i] + carried[i]) / 2)) for i in (0, 1))
        state = update * state + (1 - update) * np.tanh(given[2] + reset * carried[2])
        for part, value in zip(parts, (state, update, reset), strict=True):
            part.append(value)
    states, updates, resets = (np.stack(part, axis=1) for part in parts)
    ends = (steps.reshape(count, spec.segment)[:, -1]).tolist()
    return ends, [
        LayerTrace(name, states[row], {"update": updates[row], "reset": resets[row]}, None)
        for row, name in enumerate(names[: len(scaled)])
    ]
