"""What the tests of several tasks of series share."""

from __future__ import annotations

import numpy as np

from zoo.formats import Checkpoint

__all__ = ["series_around"]


def series_around(source: Checkpoint) -> list[np.ndarray]:
    """Return series of 1 to 60 steps around the means that a checkpoint was fitted to.

    Args:
        source: a checkpoint of a task of series.
    """
    generator = np.random.default_rng(0)
    mean, scale = source.tensors["scaling/mean"], source.tensors["scaling/scale"]
    return [
        mean + scale * np.cumsum(generator.normal(0, 0.1, (length, len(mean))), axis=0)
        for length in (1, 2, 17, 60, 33)
    ]
