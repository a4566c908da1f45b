"""How a classifier of series is asked over a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from zoo.classes.asked import TOP_LABELS, Score
from zoo.interfaces import Asked
from zoo.series.asked import example_series, series_input, series_piece, steps_of, to_series

__all__ = ["ASKED", "TOO_LARGE"]

TOO_LARGE = (
    "The numbers of the series are so large that its classes cannot be computed. Check the units."
)


def _answer(
    pipeline: Any, series: Sequence[Any], options: Mapping[str, Any]
) -> tuple[list[Any], list[list[str]]]:
    with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is told
        answers = pipeline([to_series(item) for item in series], top_k=options.get("top_k"))
    return answers, [
        [] if all(np.isfinite(label["score"]) for label in one) else [TOO_LARGE] for one in answers
    ]


def _examples(pipeline: Any) -> list[Any]:
    mean, scale = pipeline.model.scaling
    return [example_series(mean, scale, 20)]


ASKED = Asked(
    noun="series",
    input=series_input,
    output=list[Score],
    examples=_examples,
    options={"top_k": TOP_LABELS},
    answer=_answer,
    keras=lambda model, series, options: model.predict([to_series(item) for item in series]),
    pieces=steps_of,
    piece=series_piece,
    step=list[Score],
)
