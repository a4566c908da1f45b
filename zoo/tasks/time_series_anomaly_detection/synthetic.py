"""Series that never were: waves, steps, noise of many kinds, and shifts, to learn to forecast.

They teach a network what series may do, so that what it knows does not depend on the few series
that a data set has.
"""

from __future__ import annotations

import numpy as np

__all__ = ["synthetic_series"]

# Rows of a day, of an hour and the like, at the usual distances.
_PERIODS = (12, 24, 30, 48, 60, 96, 144, 168, 288, 288, 288)


def synthetic_series(count: int, seed: int) -> list[np.ndarray]:
    """Return series of 600 to 2,500 rows, each of another kind.

    Args:
        count: how many.
        seed: what they are drawn from.

    Returns:
        float64 arrays of shape (time, 1).

    Example:
        >>> [series.shape[1] for series in synthetic_series(2, seed=0)]
        [1, 1]
    """
    generator = np.random.default_rng([seed, 7])
    return [_drawn(generator, int(generator.integers(600, 2_500)))[:, None] for _ in range(count)]


def _drawn(generator: np.random.Generator, rows: int) -> np.ndarray:
    series = np.zeros(rows)
    if generator.random() < 0.7:
        series += generator.uniform(0.3, 3) * _wave(generator, rows)
    series += 10 ** generator.uniform(-2.5, 0) * _noise(generator, rows)
    if generator.random() < 0.3:
        series = np.round(series * generator.choice([1, 2, 5, 10, 50])) / 10
    if generator.random() < 0.15:
        series = np.maximum(series, np.quantile(series, generator.uniform(0.05, 0.7)))
    for _ in range(generator.poisson(0.5)):
        start = generator.integers(rows)
        series[start:] += generator.normal() * generator.uniform(0.2, 2) * series.std()
    scale, middle = 10 ** generator.uniform(-2, 4), 10 ** generator.uniform(-2, 3)
    return series * scale + generator.normal() * middle


def _wave(generator: np.random.Generator, rows: int) -> np.ndarray:
    period = int(generator.choice([*_PERIODS, int(generator.integers(10, 500))]))
    time = np.arange(rows) + generator.random() * period
    angle = 2 * np.pi * time / period
    kind = generator.integers(4)
    if kind == 0:
        return np.sin(angle)
    if kind == 1:
        return np.sum(
            [
                generator.normal() / number * np.sin(number * angle + 6 * generator.random())
                for number in range(1, 6)
            ],
            axis=0,
        )
    if kind == 2:
        return ((time % period) / period < generator.uniform(0.05, 0.6)).astype(float)
    return np.maximum(np.sin(angle) - generator.uniform(-0.5, 0.8), 0.0)


def _noise(generator: np.random.Generator, rows: int) -> np.ndarray:
    if generator.random() < 0.5:
        noise = generator.standard_normal(rows)
    else:
        noise = generator.standard_t(generator.uniform(1.5, 5), rows)
    kind = generator.integers(6)
    if kind in (1, 2):
        share = generator.uniform(0.3, 0.995)
        for row in range(1, rows):
            noise[row] += share * noise[row - 1]
        return noise / noise.std()
    if kind == 3:
        often = generator.random(rows) < generator.uniform(0.002, 0.1)
        spikes = generator.exponential(size=rows) * generator.uniform(2, 30)
        return np.where(often, spikes, 0.0) + 0.1 * noise
    if kind == 4:
        return np.exp(generator.uniform(0.3, 1.5) * generator.standard_normal(rows))
    if kind == 5 and generator.random() < 0.5:
        return np.cumsum(noise) / np.sqrt(rows) * generator.uniform(0.2, 3)
    return noise
