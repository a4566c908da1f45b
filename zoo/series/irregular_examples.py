"""Irregular series to try models with."""

from __future__ import annotations

import numpy as np

from zoo.formats import Checkpoint
from zoo.series.irregular import IrregularSeries

__all__ = ["irregular_around"]


def irregular_around(source: Checkpoint) -> list[IrregularSeries]:
    """Return series of 1 to 60 steps around the middles that a checkpoint was fitted to.

    Args:
        source: a checkpoint of a task of irregular series.
    """
    generator = np.random.default_rng(0)
    spec, tensors = source.backbone, source.tensors
    mean, scale = tensors["scaling/mean"], tensors["scaling/scale"]
    found = []
    for steps in (1, 2, 17, 60, 33):
        times = np.cumsum(generator.exponential(spec.time_scale / 10, steps)) + 3.0
        values = mean + scale * generator.normal(0, 1, (steps, len(mean)))
        values[generator.random(values.shape) < 0.6] = np.nan
        values[0, 0] = mean[0]
        static = np.full(len(spec.statics), np.nan)
        if len(static):
            own = tensors["static_scaling/mean"], tensors["static_scaling/scale"]
            static = own[0] + own[1] * generator.normal(0, 1, len(static))
            static[steps % len(static)] = np.nan
        measured = ~np.isnan(values).all(axis=1)
        found.append(IrregularSeries(times[measured], values[measured], static))
    return found
