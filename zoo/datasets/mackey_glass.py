"""The Mackey-Glass series, integrated here, with fixed splits."""

from __future__ import annotations

import functools

import numpy as np

from zoo.datasets.common import DataSet
from zoo.schema import DatasetInfo
from zoo.series.chaos import integrate_mackey_glass, stretch
from zoo.series.examples import SeriesDataset
from zoo.series.protocol import ForecastProtocol

__all__ = ["DATASETS", "load_mackey_glass"]

_STEPS = {"train": 20_000, "validation": 6_000, "test": 12_000}


def load_mackey_glass(split: str) -> SeriesDataset:
    """Load a stretch of the Mackey-Glass series (tau = 17), sampled at 1.

    Args:
        split: `"train"` (20,000 steps), `"validation"` (6,000) or `"test"` (12,000); the three
            lie one after another on one trajectory, with 1,000 steps between them.

    Raises:
        InputError: there is no such split.

    Example:
        >>> load_mackey_glass("train").series[0].shape
        (20000, 1)

    Reference:
        [Jaeger & Haas, 2004](https://doi.org/10.1126/science.1091277)
    """
    first, last = stretch(split, _STEPS)
    # Taken out of one that is kept: integrating takes seconds.
    return SeriesDataset([_trajectory(last)[first:].copy()])


@functools.lru_cache(maxsize=3)
def _trajectory(steps: int) -> np.ndarray:
    return integrate_mackey_glass(steps)


DATASETS = (
    DataSet(
        info=DatasetInfo(
            name="mackey_glass",
            title="Mackey-Glass series, tau = 17, sampled at 1",
            url="https://doi.org/10.1126/science.267326",
            splits=_STEPS,
        ),
        terms="None: integrated by the zoo's own code",
        load=lambda split, download: load_mackey_glass(split),
        protocol=ForecastProtocol(horizon=84),
        digests={"test": "3376040e0e885153d57a32818c0babe63827765b9f72c2caca323ec0d24271cd"},
        meanings={
            "nrmse_84": (
                "`nrmse_84` is the root mean squared error of the 84th step of "
                "free-running forecasts from as many points of the unseen stretch as "
                "there are examples, in standard deviations of the series (Jaeger & Haas "
                "2004 published 10^-4.2 for 1,000 units). `rmse_1` is that of one step, "
                "in units of the series."
            ),
        },
        limits=(
            "It knows one system with one set of parameters, sampled at one interval and "
            "free of noise. On any other series its forecasts mean nothing: fit it anew "
            "(`model.fit`).",
            "A forecast from fewer steps than the washout starts from a state that still "
            "depends on where it began.",
            "What a chaotic system does to errors it does to the model's: every forecast "
            "is wrong after a time that grows only with the logarithm of its accuracy.",
        ),
    ),
)
