"""The Lorenz system, integrated here, with fixed splits."""

from __future__ import annotations

import functools

import numpy as np

from zoo.datasets.common import DataSet
from zoo.schema import DatasetInfo
from zoo.series.chaos import LORENZ_EXPONENT, LORENZ_STEP, integrate_lorenz, stretch
from zoo.series.examples import SeriesDataset
from zoo.series.protocol import ForecastProtocol

__all__ = ["DATASETS", "load_lorenz"]

_STEPS = {"train": 50_000, "validation": 30_000, "test": 50_000}


def load_lorenz(split: str) -> SeriesDataset:
    """Load a stretch of the Lorenz system's trajectory, sampled at 0.02 time units.

    Args:
        split: `"train"` (50,000 steps), `"validation"` (30,000) or `"test"` (50,000); the three
            lie one after another on one trajectory, with 1,000 steps between them.

    Raises:
        InputError: there is no such split.

    Example:
        >>> load_lorenz("validation").series[0].shape
        (30000, 3)

    Reference:
        [Lorenz, 1963](https://doi.org/10.1175/1520-0469(1963)020%3C0130:DNF%3E2.0.CO;2)
    """
    first, last = stretch(split, _STEPS)
    # Taken out of one that is kept: integrating takes seconds.
    return SeriesDataset([_trajectory(last)[first:].copy()])


@functools.lru_cache(maxsize=3)
def _trajectory(steps: int) -> np.ndarray:
    """Return the beginning of the trajectory, gone on with from the end of the split before."""
    ends = [stretch(split, _STEPS)[1] for split in _STEPS]
    shorter = max((end for end in ends if end < steps), default=0)
    if not shorter:
        return integrate_lorenz(steps)
    begun = _trajectory(shorter)
    further = integrate_lorenz(steps - shorter, start=tuple(begun[-1]), transient=1)
    return np.concatenate([begun, further])


DATASETS = (
    DataSet(
        info=DatasetInfo(
            name="lorenz",
            title="Lorenz system (sigma 10, rho 28, beta 8/3), sampled at 0.02",
            url="https://doi.org/10.1175/1520-0469(1963)020%3C0130:DNF%3E2.0.CO;2",
            splits=_STEPS,
        ),
        terms="None: integrated by the zoo's own code",
        load=lambda split, download: load_lorenz(split),
        protocol=ForecastProtocol(
            # 20 Lyapunov times: longer than any forecast from rounded weights stays near the truth.
            horizon=round(20 / (LORENZ_EXPONENT * LORENZ_STEP)),
            stride=500,
            lyapunov_steps=1 / (LORENZ_EXPONENT * LORENZ_STEP),
        ),
        digests={"test": "706a2b438d111ea0ec7f07e5b71d42033c4d7ae0ab019524ca8573d5a26b6366"},
        meanings={
            "valid_time": (
                "`valid_time` is the median time, in Lyapunov times (1 / 0.9056 time "
                "units), for which free-running forecasts from as many points of the "
                "unseen stretch as there are examples stay within 0.4 standard deviations "
                "of the truth, over the three channels. `rmse_1` is the root mean squared "
                "error of one step, in units of the series."
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
