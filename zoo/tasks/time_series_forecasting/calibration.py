"""How far quantiles are to lie from the median, so that as much lies within as they say."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ["stretch_of"]

_LEAST, _MOST = 0.01, 1_000.0


def stretch_of(
    forecasts: np.ndarray, truth: np.ndarray, quantiles: Sequence[float], weights: np.ndarray
) -> tuple[float, float]:
    """Return how many times as far from the median the quantiles below and above it are to lie.

    Each is the least number with which as much of the truth lies within the outermost quantile of
    its side as that says. Series are not exchangeable: on what comes later nothing is promised.

    Args:
        forecasts: float array of shape (windows, horizon, channels, quantiles), in ascending order.
        truth: what followed, of shape (windows, horizon, channels), NaN where that is not known.
        quantiles: those that are forecast, .5 among them.
        weights: how much every step counts, of shape (horizon,).

    Example:
        >>> truth = np.linspace(-2, 2, 401)[:, None, None]
        >>> forecasts = np.zeros((401, 1, 1, 3)) + [-1.0, 0.0, 1.0]
        >>> stretch_of(forecasts, truth, [0.1, 0.5, 0.9], np.ones(1))
        (1.6, 1.6)

    Reference:
        [Romano et al., 2019](https://arxiv.org/abs/1905.03222) (conformalized quantile regression),
        [Sesia & Candès, 2020](https://doi.org/10.1002/sta4.261) (relative to how far they lie)
    """
    median = forecasts[..., list(quantiles).index(0.5)]
    low = _factor(median - forecasts[..., 0], median - truth, 1.0 - quantiles[0], weights)
    high = _factor(forecasts[..., -1] - median, truth - median, quantiles[-1], weights)
    return low, high


def _factor(width: np.ndarray, beyond: np.ndarray, share: float, weights: np.ndarray) -> float:
    """Return the least multiple of widths within which a share of what lies beyond is."""
    known = np.isfinite(beyond) & (width > 0)
    if not known.any():
        return 1.0
    ratio = (beyond[known] / width[known]).astype(np.float64)
    counts = np.broadcast_to(weights[:, None], width.shape)[known].astype(np.float64)
    order = np.argsort(ratio, kind="stable")
    within = np.cumsum(counts[order]) / counts.sum()
    place = min(int(np.searchsorted(within, share)), len(order) - 1)
    return float(f"{np.clip(ratio[order[place]], _LEAST, _MOST):.6g}")
