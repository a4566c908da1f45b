"""What the exported models of series have in common."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from zoo.formats import Checkpoint
from zoo.series.examples import SeriesDataset

__all__ = ["padded", "series_of", "zeros"]

# Series of a data set that are compared, and the most steps of each.
_SERIES = 32
_STEPS = 400


def series_of(source: Checkpoint, data: SeriesDataset | None) -> Sequence[np.ndarray]:
    """Return real series, or waves around the means that a checkpoint was fitted to.

    Args:
        source: a verified checkpoint of a task of series.
        data: the test split of its data set, where it is at hand.
    """
    if data is not None:
        found = [series[:_STEPS] for series in data.series[:_SERIES]]
        return found if len(found) > 1 else [found[0], found[0][: _STEPS // 3]]
    mean, scale = source.tensors["scaling/mean"], source.tensors["scaling/scale"]
    return [
        mean + scale * np.sin(0.2 * np.arange(length))[:, None] for length in (1, 17, 60, _STEPS)
    ]


def padded(source: Checkpoint) -> str:
    """Return what is done to series before a network, in Markdown.

    Args:
        source: a verified checkpoint of a task of series.
    """
    channels = source.backbone.channels
    return (
        f"A series is an array of shape (time, {channels}), in its own units: the graph scales it. "
        "The rows of a batch are padded at the end to the longest, and `lengths` says how many "
        "steps of each are its own."
    )


def zeros(source: Checkpoint) -> str:
    """Return Python of a series of zeros that fits a checkpoint.

    Args:
        source: a verified checkpoint of a task of series.
    """
    return f"np.zeros((1000, {source.backbone.channels}))"
