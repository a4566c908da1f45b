"""How a detector is asked over a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from zoo.interfaces import Asked
from zoo.series.asked import example_series, series_input, steps_of, to_series

__all__ = ["ASKED"]

_EXAMPLE = 300


def _answer(
    pipeline: Any, series: Sequence[Any], options: Mapping[str, Any]
) -> tuple[list[Any], list[list[str]]]:
    scores = [item.tolist() for item in pipeline([to_series(item) for item in series])]
    return scores, [[] for _ in scores]


def _examples(pipeline: Any) -> list[Any]:
    mean, scale = pipeline.model.scaling
    series = example_series(mean, scale, _EXAMPLE)
    series[_EXAMPLE // 2] = [6.0]
    return [series]


ASKED = Asked(
    noun="series",
    input=series_input,
    output=list[float],
    examples=_examples,
    options={},
    answer=_answer,
    keras=lambda model, series, options: model.predict([to_series(item) for item in series]),
    pieces=steps_of,
    step=list[list[float]],
)
