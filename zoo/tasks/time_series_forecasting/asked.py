"""How a forecaster is asked over a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

import numpy as np

from zoo.interfaces import Asked, Bound
from zoo.series.asked import example_series, series_input, series_piece, steps_of, to_series

__all__ = ["ASKED"]

# As long as the state depends on where it started, but no more than a page shows.
_MOST_EXAMPLE = 500


def _answer(
    pipeline: Any, series: Sequence[Any], options: Mapping[str, Any]
) -> tuple[list[Any], list[list[str]]]:
    # Each by itself: in a chaotic forecast the last digits, which depend on what shares a product
    # of matrices, grow until they are the first ones.
    levels = options.get("quantiles", ())
    if levels:
        pipeline.model.levels(levels)
    more = {"quantiles": (0.5, *levels)} if levels else {}
    found = [
        pipeline.model.forecast_with_doubts(to_series(item), options["horizon"], **more)
        for item in series
    ]
    return [_shown(forecast, levels) for forecast, _ in found], [doubts for _, doubts in found]


def _shown(forecast: np.ndarray, levels: Sequence[float]) -> Any:
    """Return a forecast as it is answered, as the command writes it in JSON."""
    if not levels:
        return forecast
    return {
        "forecast": forecast[..., 0],
        "quantiles": {f"{level:g}": forecast[..., index] for index, level in enumerate(levels, 1)},
    }


def _facts(pipeline: Any) -> dict[str, Any]:
    """Return how far a network that was trained forecasts, and which quantiles."""
    if pipeline.closed_form:
        return {}
    model = pipeline.model
    return {"horizon": model.horizon, "look_back": model.washout, "quantiles": model.quantiles}


def _examples(pipeline: Any) -> list[Any]:
    mean, scale = pipeline.model.scaling
    return [example_series(mean, scale, min(pipeline.model.washout, _MOST_EXAMPLE))]


# A number that is not finite, which JSON has not, becomes null.
_FORECAST = list[list[float | None]]


class QuantileForecast(TypedDict):
    forecast: _FORECAST
    quantiles: dict[str, _FORECAST]


ASKED = Asked(
    noun="series",
    input=series_input,
    output=_FORECAST | QuantileForecast,
    examples=_examples,
    options={
        "horizon": Bound(help="Steps to forecast.", most=10_000, total=100_000, required=True),
        "quantiles": Bound(
            help="Quantiles beside the forecast, some of those that the model forecasts.",
            most=99,
            levels=True,
        ),
    },
    answer=_answer,
    keras=lambda model, series, options: model.forecast(
        [to_series(item) for item in series], options["horizon"]
    ),
    pieces=steps_of,
    step=_FORECAST,
    piece=series_piece,
    facts=_facts,
)
