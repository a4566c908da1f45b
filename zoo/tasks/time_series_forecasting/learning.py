"""Fitting a forecaster to series of a user's own: in closed form, in seconds."""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.fitting.machine import backend
from zoo.interfaces import Prepared
from zoo.learning.closed_form import ClosedForm
from zoo.schema import ModelInfo
from zoo.series.examples import SeriesDataset
from zoo.series.plots import draw_forecast
from zoo.tasks.time_series_forecasting.data import ForecastSeries
from zoo.tasks.time_series_forecasting.scoring import one_step_error, own_protocol

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["tune"]

_HORIZON = 200


def tune(load: Callable[..., Any], info: ModelInfo, prepared: Prepared) -> ClosedForm:
    """Return what fits a forecaster to series; see `zoo.finetune`.

    Args:
        load: loads the model.
        info: its record.
        prepared: what `prepare` returned.
    """
    data, model = prepared.data, load()
    return ClosedForm(
        solve=lambda progress: _fit(model, data),
        backbone=model.backbone.spec,
        head=model.spec,
        backend=backend(),
        packages=None,
        pictures=lambda fit: {"forecast": _draw_free_run(model, data.held[-1])},
        method=(
            f"The reservoir is that of {info.name}; scaling and readout were fitted in closed form "
            "by ridge regression, the ridge chosen by the error of one step."
        ),
        sources=data.sources,
        held=SeriesDataset(data.held),
    )


def _fit(model: Any, data: ForecastSeries) -> Any:
    """Fit the readout; what is recorded of the validation part is as `zoo.evaluate` scores it.

    Free-running forecasts are scored once, of what was written.
    """
    fit = model.fit(data.train, data.held)
    protocol = own_protocol(model.runtime, data.held)
    error = one_step_error(model.runtime, data.held, protocol)
    return dataclasses.replace(fit, validation={"rmse_1": error})


def _draw_free_run(model: Any, series: np.ndarray) -> Figure:
    """Draw how a forecast of the end of a series runs on freely, against the truth."""
    horizon = max(1, min(_HORIZON, len(series) // 4))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the picture shows that it runs away
        forecast = model.runtime.forecast(series[:-horizon], horizon)
    bound = 100 * np.abs(series).max() + 1
    forecast = np.clip(np.nan_to_num(forecast, nan=bound), -bound, bound)
    return draw_forecast(forecast[None], series[None, -horizon:])
