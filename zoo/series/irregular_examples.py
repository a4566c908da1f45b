"""Irregular series to try models with."""

from __future__ import annotations

import numpy as np

from zoo.formats import Checkpoint
from zoo.series.irregular import IrregularSeries
from zoo.series.irregular_features import Scaling

__all__ = ["irregular_around", "usual_value"]


def irregular_around(source: Checkpoint) -> list[IrregularSeries]:
    """Return series of 1 to 60 steps around the middles that a checkpoint was fitted to.

    Args:
        source: a checkpoint of a task of irregular series.
    """
    generator = np.random.default_rng(0)
    spec, scaling = source.backbone, Scaling.of(source.tensors, "scaling")
    found = []
    for steps in (1, 2, 17, 60, 33):
        times = np.cumsum(generator.exponential(spec.time_scale / 10, steps)) + 3.0
        values = scaling.back(generator.normal(0, 1, (steps, len(spec.variables))))
        first = values[0, 0]
        values[generator.random(values.shape) < 0.6] = np.nan
        values[0, 0] = first
        static = np.full(len(spec.statics), np.nan)
        if len(static):
            own = Scaling.of(source.tensors, "static_scaling")
            static = own.back(generator.normal(0, 1, len(static)))
            static[steps % len(static)] = np.nan
        measured = ~np.isnan(values).all(axis=1)
        found.append(IrregularSeries(times[measured], values[measured], static))
    return found


def usual_value(source: Checkpoint) -> float:
    """Return a usual value of the first variable, with four digits that count.

    Args:
        source: a checkpoint of a task of irregular series.
    """
    scaling = Scaling.of(source.tensors, "scaling")
    return float(f"{scaling.back(np.zeros(len(scaling.origin)))[0]:.4g}")
