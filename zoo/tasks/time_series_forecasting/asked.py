"""How a forecaster is asked over a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from zoo.interfaces import Asked, Bound
from zoo.series.asked import example_series, series_input, steps_of, to_series

__all__ = ["ASKED"]

# As long as the state depends on where it started, but no more than a page shows.
_MOST_EXAMPLE = 500


def _answer(
    pipeline: Any, series: Sequence[Any], options: Mapping[str, Any]
) -> tuple[list[Any], list[list[str]]]:
    # Each by itself: in a chaotic forecast the last digits, which depend on what shares a product
    # of matrices, grow until they are the first ones.
    found = [
        pipeline.model.forecast_with_doubts(to_series(item), options["horizon"]) for item in series
    ]
    return [forecast for forecast, _ in found], [doubts for _, doubts in found]


def _examples(pipeline: Any) -> list[Any]:
    mean, scale = pipeline.model.scaling
    return [example_series(mean, scale, min(pipeline.model.washout, _MOST_EXAMPLE))]


# A number that is not finite, which JSON has not, becomes null.
_FORECAST = list[list[float | None]]

ASKED = Asked(
    noun="series",
    input=series_input,
    output=_FORECAST,
    examples=_examples,
    options={
        "horizon": Bound(help="Steps to forecast.", most=10_000, total=100_000, required=True)
    },
    answer=_answer,
    keras=lambda model, series, options: model.forecast(
        [to_series(item) for item in series], options["horizon"]
    ),
    pieces=steps_of,
    step=_FORECAST,
)
