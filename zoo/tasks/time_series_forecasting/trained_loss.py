"""The loss of trained forecasters: errors in deviations, or those of quantiles."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

__all__ = ["ForecastLoss"]


class ForecastLoss(keras.losses.Loss):
    """Errors of forecasts in deviations of the series; what the truth has NaN for is left out.

    Of quantiles the median, which is the forecast where one number is asked for, counts as much as
    all others together.

    Args:
        weights: how much every step counts, float array of shape (horizon,).
        scale: standard deviation of every channel, of shape (channels,).
        quantiles: those that are forecast, whose loss this is; none for the error of one number.
        error: `"absolute"` or `"squared"`, of one number.

    Reference:
        [Koenker & Bassett, 1978](https://doi.org/10.2307/1913643) (the loss of quantiles)
    """

    def __init__(
        self,
        weights: np.ndarray,
        scale: np.ndarray,
        quantiles: Sequence[float] = (),
        error: str = "absolute",
    ) -> None:
        super().__init__(name="forecast_loss")
        self._weights = np.asarray(weights, np.float32)[None, :, None]
        self._scale = np.asarray(scale, np.float32)
        self._quantiles = np.asarray(quantiles, np.float32)
        self._error = error
        middle = self._quantiles == np.float32(0.5)
        self._shares = np.where(middle, 1.0, 1 / max(1, np.sum(~middle))).astype(np.float32)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        y_true, y_pred = ops.cast(y_true, "float32"), ops.cast(y_pred, "float32")
        known = ops.logical_not(ops.isnan(y_true))
        truth = ops.where(known, y_true, ops.zeros_like(y_true))
        weights = ops.cast(known, "float32") * self._weights
        if len(self._quantiles):
            difference = (ops.expand_dims(truth, -1) - y_pred) / self._scale[:, None]
            # Twice the usual: that of the median is the absolute error.
            losses = 2 * ops.maximum(
                self._quantiles * difference, (self._quantiles - 1) * difference
            )
            error = ops.sum(losses * self._shares, axis=-1)
        else:
            difference = (truth - y_pred) / self._scale
            error = ops.square(difference) if self._error == "squared" else ops.abs(difference)
        total = ops.sum(error * weights, axis=(1, 2))
        return total / ops.maximum(ops.sum(weights, axis=(1, 2)), 1e-9)
