"""How far a forecaster goes from the last value, where staying there is the better forecast."""

from __future__ import annotations

from typing import Any

import numpy as np

from zoo.common.user_warnings import warn_user
from zoo.tasks.time_series_forecasting.windows import ForecastWindows

__all__ = ["DAMPED", "damp", "share_of"]

DAMPED = (
    " The forecasts were then drawn towards the last value, by as much as lowers the sum of "
    "squared and absolute error on the validation part."
)
# The shares that are tried, the largest first: of those that do as well it is kept. Of quantiles
# something must be left, to be put as far apart as they must be.
_SHARES = np.linspace(1.0, 0.05, 20)
# A forecast of which less than that is left says little that the last value does not.
_LITTLE = 0.3
# Windows of a batch.
_AT_ONCE = 64


def share_of(forecasts: np.ndarray, truth: np.ndarray) -> float:
    """Return the share of forecasts that has the least sum of squared and absolute error.

    Args:
        forecasts: float array of any shape, counted from the last value, in deviations.
        truth: what followed, alike; NaN where that is not known.

    Example:
        >>> share_of(np.array([2.0, -2.0, 2.0]), np.array([1.0, -1.0, np.nan]))
        0.5
    """
    known = np.isfinite(truth)
    forecasts, truth = forecasts[known], truth[known]
    if not len(truth):
        return 1.0
    errors = [np.abs(share * forecasts - truth) for share in _SHARES]
    sums = [float(np.mean(error) + np.mean(np.square(error))) for error in errors]
    return float(round(_SHARES[int(np.argmin(sums))], 2))


def damp(model: Any, windows: ForecastWindows, scale: np.ndarray) -> float:
    """Draw the forecasts of a model towards the last value, as far as suits windows best.

    The readout is multiplied by the share that is kept: quantiles come to lie as much closer to
    one another, and are to be calibrated after it.

    Args:
        model: a trained forecaster.
        windows: those by which the share is chosen, of which nothing was learnt.
        scale: deviations of the channels.

    Returns:
        The share that is kept.
    """
    found, truth = [], []
    for start in range(0, len(windows), _AT_ONCE):
        # Of one size, so that what compiles does so once.
        rows = np.minimum(np.arange(start, start + _AT_ONCE), len(windows) - 1)
        features, targets = windows.batch(rows)
        count = min(_AT_ONCE, len(windows) - start)
        outputs = np.asarray(model.predict_on_batch(features), np.float64)[:count]
        found.append(outputs[..., model.spec.middle] if model.spec.quantiles else outputs)
        truth.append(targets[:count])
    if not found:
        return 1.0
    share = share_of(np.concatenate(found) / scale, np.concatenate(truth) / scale)
    if share < 1.0:
        for variable in (model.readout.kernel, model.readout.bias):
            # In half precision, as it is stored.
            variable.assign((share * np.array(variable)).astype(np.float16).astype(np.float32))
    if share < _LITTLE:
        warn_user(
            "On the validation part the model forecasts little better than that the last value "
            f"stays: {share:.0%} of what it forecasts is kept. Give more of the series, another "
            "--horizon, or forecast the last value"
        )
    return share
