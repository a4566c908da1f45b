"""Weights of a recurrent network over numeric series that is to read another number of channels."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from zoo.networks.recurrent.series_spec import SeriesRecurrentBackboneSpec
from zoo.networks.recurrent.spec import rnn_prefixes

__all__ = ["weights_for_channels"]


def weights_for_channels(
    tensors: Mapping[str, np.ndarray], spec: SeriesRecurrentBackboneSpec, channels: int
) -> dict[str, np.ndarray]:
    """Return the weights with which a network begins to read series of other channels.

    Every channel begins with the weights of one that the network knows, taken in turn, and all of
    them are scaled by how many there are more or fewer: a network that is given each of its
    channels twice answers as it did. So timm reads pictures of other channels.

    Args:
        tensors: the weights of the network by name, and of what stands above it.
        spec: its arguments, without points.
        channels: how many there are to be.

    Returns:
        All weights but the scaling, which is that of the series.

    Example:
        >>> spec = SeriesRecurrentBackboneSpec(channels=1, cell="simple_rnn", units=1)
        >>> kernel = {"recurrent_0/simple_rnn_cell/kernel": np.ones((1, 1))}
        >>> [value.tolist() for value in weights_for_channels(kernel, spec, 2).values()]
        [[[0.5], [0.5]]]
    """
    turn = np.arange(channels) % spec.channels
    kinds = 1 + len(spec.lags)
    found = {
        name: value
        for name, value in tensors.items()
        if name.partition("/")[0] not in ("scaling", "feature_scaling")
    }
    for prefix in rnn_prefixes(spec)[0]:
        kernel = tensors[f"{prefix}/kernel"]
        by_channel = kernel.reshape(spec.frame, kinds, spec.channels, -1)[:, :, turn]
        scaled = by_channel * (spec.channels / channels)
        found[f"{prefix}/kernel"] = scaled.reshape(-1, kernel.shape[1]).astype(kernel.dtype)
    return found
