"""Chaotic series, integrated here: Mackey-Glass and Lorenz."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from zoo.common.counts import whole
from zoo.errors import InputError, shown

__all__ = [
    "LORENZ_EXPONENT",
    "LORENZ_STEP",
    "integrate_lorenz",
    "integrate_mackey_glass",
    "stretch",
]

# The largest Lyapunov exponent of the Lorenz system at sigma 10, rho 28, beta 8/3, per time unit
# (Sprott 2003), and the time units between two samples of the data set.
LORENZ_EXPONENT = 0.9056
LORENZ_STEP = 0.02
# What lies between two splits belongs to neither: no forecast of one reaches into the next.
_GAP = 1_000


def integrate_mackey_glass(
    steps: int, *, tau: float = 17.0, start: float = 1.2, substeps: int = 20, transient: int = 1_000
) -> np.ndarray:
    """Integrate dx/dt = 0.2 x(t - tau) / (1 + x(t - tau)^10) - 0.1 x(t), sampled at 1.

    Runge-Kutta of fourth order; the delayed value between two grid points is interpolated by the
    cubic polynomial through the values and the slopes at both (Hermite), which is of that order
    too.

    Args:
        steps: number of samples.
        tau: the delay in time units; `tau * substeps` must be a whole number.
        start: the constant value before time 0.
        substeps: Runge-Kutta steps between two samples.
        transient: samples thrown away at the start.

    Returns:
        float64 array of shape (steps, 1).

    Raises:
        InputError: an argument is out of range.

    Example:
        >>> integrate_mackey_glass(100).shape
        (100, 1)

    Reference:
        [Mackey & Glass, 1977](https://doi.org/10.1126/science.267326)
    """
    _check_whole(steps=steps, substeps=substeps)
    lag = round(tau * substeps)
    if lag < 1 or abs(lag - tau * substeps) > 1e-9:
        raise InputError(
            f"Expected a tau that is a whole number of substeps of 1/{substeps}, such as 17.0. "
            f"Received: {shown(tau)}"
        )
    h = 1.0 / substeps

    def slope(x: float, delayed: float) -> float:
        return 0.2 * delayed / (1.0 + delayed**10) - 0.1 * x

    x = float(start)
    # Values and slopes over the last `lag` steps; before time 0 the slope is 0.
    values, slopes = [x] * (lag + 1), [0.0] * (lag + 1)
    total = (transient + steps - 1) * substeps
    for i in range(total):
        past, after = values[i], values[i + 1]
        if i < lag:
            middle = after = past
        else:
            middle = 0.5 * (past + after) + 0.125 * h * (slopes[i] - slopes[i + 1])
        k1 = slope(x, past)
        k2 = slope(x + 0.5 * h * k1, middle)
        k3 = slope(x + 0.5 * h * k2, middle)
        k4 = slope(x + h * k3, after)
        # At time 0 the slope jumps from 0 to this one: the interpolation starts from the latter.
        slopes[-1] = k1
        x += h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
        values.append(x)
        slopes.append(slope(x, after))
    return np.array(values[lag::substeps][transient : transient + steps])[:, None]


def integrate_lorenz(
    steps: int,
    *,
    start: tuple[float, float, float] = (1.0, 1.0, 1.0),
    step: float = LORENZ_STEP,
    substeps: int = 20,
    transient: int = 1_000,
) -> np.ndarray:
    """Integrate the Lorenz system at sigma 10, rho 28, beta 8/3 with Runge-Kutta of fourth order.

    Args:
        steps: number of samples.
        start: the point at time 0.
        step: time units between two samples.
        substeps: Runge-Kutta steps between two samples.
        transient: samples thrown away at the start.

    Returns:
        float64 array of shape (steps, 3): x, y and z.

    Raises:
        InputError: an argument is out of range.

    Example:
        >>> integrate_lorenz(100).shape
        (100, 3)

    Reference:
        [Lorenz, 1963](https://doi.org/10.1175/1520-0469(1963)020%3C0130:DNF%3E2.0.CO;2)
    """
    _check_whole(steps=steps, substeps=substeps)
    h = step / substeps
    half, sixth = 0.5 * h, h / 6.0
    x, y, z = map(float, start)
    samples = np.empty((transient + steps, 3))
    for i in range(transient + steps):
        samples[i] = x, y, z
        for _ in range(substeps):
            a1, b1, c1 = 10.0 * (y - x), x * (28.0 - z) - y, x * y - 8.0 / 3.0 * z
            u, v, w = x + half * a1, y + half * b1, z + half * c1
            a2, b2, c2 = 10.0 * (v - u), u * (28.0 - w) - v, u * v - 8.0 / 3.0 * w
            u, v, w = x + half * a2, y + half * b2, z + half * c2
            a3, b3, c3 = 10.0 * (v - u), u * (28.0 - w) - v, u * v - 8.0 / 3.0 * w
            u, v, w = x + h * a3, y + h * b3, z + h * c3
            a4, b4, c4 = 10.0 * (v - u), u * (28.0 - w) - v, u * v - 8.0 / 3.0 * w
            x += sixth * (a1 + 2.0 * a2 + 2.0 * a3 + a4)
            y += sixth * (b1 + 2.0 * b2 + 2.0 * b3 + b4)
            z += sixth * (c1 + 2.0 * c2 + 2.0 * c3 + c4)
    return samples[transient:]


def _check_whole(**values: int) -> None:
    for name, value in values.items():
        if (whole(value) or 0) < 1:
            raise InputError(f"Expected {name} of at least 1. Received: {shown(value)}")


def stretch(split: str, lengths: Mapping[str, int]) -> tuple[int, int]:
    """Return where a split begins and ends on the trajectory of all.

    Args:
        split: its name.
        lengths: the number of samples of every split, in their order.

    Raises:
        InputError: there is no such split.
    """
    if split not in lengths:
        raise InputError(f"Expected 'train', 'validation' or 'test'. Received: {shown(split)}")
    first = 0
    for name, length in lengths.items():
        if name == split:
            return first, first + length
        first += length + _GAP
    raise AssertionError
