"""How a detector is asked over a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

import numpy as np

from zoo.interfaces import Asked
from zoo.series.asked import example_series, series_input, series_piece, steps_of, to_series

__all__ = ["ASKED"]

_EXAMPLE = 300


def _answer(
    pipeline: Any, series: Sequence[Any], options: Mapping[str, Any]
) -> tuple[list[Any], list[list[str]]]:
    found = [_rows(pipeline, scores) for scores in pipeline([to_series(item) for item in series])]
    return found, [[] for _ in found]


def _rows(pipeline: Any, scores: Any) -> list[dict[str, Any]]:
    """Return the scores of rows, and whether they are alarms."""
    return [
        {"score": score, "alarm": score >= pipeline.threshold}
        for score in np.ravel(scores).tolist()
    ]


def _examples(pipeline: Any) -> list[Any]:
    mean, scale = pipeline.model.scaling
    series = example_series(mean, scale, _EXAMPLE)
    series[_EXAMPLE // 2] = [6.0]
    return [series]


class ScoredRow(TypedDict):
    score: float
    alarm: bool


ASKED = Asked(
    noun="series",
    input=series_input,
    output=list[ScoredRow],
    examples=_examples,
    options={},
    answer=_answer,
    keras=lambda model, series, options: model.predict([to_series(item) for item in series]),
    pieces=steps_of,
    step=list[ScoredRow],
    piece=series_piece,
    stepped=_rows,
    facts=lambda pipeline: {"threshold": pipeline.threshold},
)
