"""How far quantiles are to lie from the median, so that as much lies within as they say."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ["factors_of", "stretch_of"]

# What a factor may be, and how many known values it is measured by at least.
_LEAST, _MOST = 0.01, 1_000.0
_VALUES = 200

Stretch = Sequence[Sequence[float]]


def factors_of(stretch: Stretch, horizon: int, outputs: int, middle: int) -> np.ndarray:
    """Return how many times as far from the median every quantile of every step is to lie.

    Args:
        stretch: pairs, what holds below and above the median in equal parts of the horizon.
        horizon: number of steps.
        outputs: number of quantiles, in ascending order.
        middle: which of them is the median.

    Returns:
        float32 array of shape (horizon, 1, outputs).

    Example:
        >>> factors_of([[2.0, 3.0], [4.0, 5.0]], 2, 3, 1)[:, 0].tolist()
        [[2.0, 1.0, 3.0], [4.0, 1.0, 5.0]]
    """
    part = np.arange(horizon) * len(stretch) // horizon
    low, high = np.array(stretch, np.float32)[part].T
    factors = np.ones((horizon, 1, outputs), np.float32)
    factors[:, 0, :middle], factors[:, 0, middle + 1 :] = low[:, None], high[:, None]
    return factors


def stretch_of(
    forecasts: np.ndarray, truth: np.ndarray, quantiles: Sequence[float], parts: int
) -> tuple[tuple[float, float], ...]:
    """Return how many times as far from the median the quantiles below and above it are to lie.

    Each is the least number with which as much of the truth lies within the outermost quantile of
    its side as that says, in one of several equal parts of the horizon: what is further ahead is
    missed by more. Series are not exchangeable: on what comes later nothing is promised.

    Args:
        forecasts: float array of shape (windows, horizon, channels, quantiles), in ascending order.
        truth: what followed, of shape (windows, horizon, channels), NaN where that is not known.
        quantiles: those that are forecast, .5 among them.
        parts: how many parts at most; of little truth there are fewer.

    Example:
        >>> truth = np.linspace(-2, 2, 401)[:, None, None]
        >>> forecasts = np.zeros((401, 1, 1, 3)) + [-1.0, 0.0, 1.0]
        >>> stretch_of(forecasts, truth, [0.1, 0.5, 0.9], 1)
        ((1.6, 1.6),)

    Reference:
        [Romano et al., 2019](https://arxiv.org/abs/1905.03222) (conformalized quantile regression),
        [Sesia & Candès, 2020](https://doi.org/10.1002/sta4.261) (relative to how far they lie)
    """
    horizon = truth.shape[1]
    parts = max(1, min(parts, horizon, int(np.isfinite(truth).sum()) // _VALUES))
    of = np.arange(horizon) * parts // horizon
    median = forecasts[..., list(quantiles).index(0.5)]
    below = median - forecasts[..., 0], median - truth, 1.0 - quantiles[0]
    above = forecasts[..., -1] - median, truth - median, quantiles[-1]
    low, high = (
        [_factor(width[:, of == part], beyond[:, of == part], share) for part in range(parts)]
        for width, beyond, share in (below, above)
    )
    return tuple(zip(low, high, strict=True))


def _factor(width: np.ndarray, beyond: np.ndarray, share: float) -> float:
    """Return the least multiple of widths within which a share of what lies beyond is."""
    known = np.isfinite(beyond) & (width > 0)
    if not known.any():
        return 1.0
    ratio = np.sort((beyond[known] / width[known]).astype(np.float64))
    place = min(max(0, int(np.ceil(share * len(ratio))) - 1), len(ratio) - 1)
    return float(f"{np.clip(ratio[place], _LEAST, _MOST):.6g}")
