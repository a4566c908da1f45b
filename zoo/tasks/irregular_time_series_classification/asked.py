"""How a classifier of irregular series is asked over a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, NotRequired, TypedDict

import numpy as np
from msgspec import Meta

from zoo.classes.asked import TOP_LABELS, Score
from zoo.interfaces import Asked

__all__ = ["ASKED"]


def _input(pipeline: Any, most: int) -> Any:
    names = pipeline.model.names
    number = float | None
    values = Annotated[
        dict[str, Annotated[list[number], Meta(max_length=most)]],
        Meta(max_length=len(names.variables)),
    ]
    static = Annotated[dict[str, number], Meta(max_length=len(names.statics))]
    made: Any = TypedDict  # of fields that are known here alone
    return made(
        "IrregularSeries",
        {
            "times": Annotated[list[float], Meta(max_length=most)],
            "values": values,
            "static": NotRequired[static],
        },
    )


def _answer(
    pipeline: Any, series: Sequence[Any], options: Mapping[str, Any]
) -> tuple[list[Any], list[list[str]]]:
    answers = pipeline(list(series), top_k=options.get("top_k"))
    return answers, [[] for _ in answers]


def _examples(pipeline: Any) -> list[Any]:
    names, scaling = pipeline.model.names, pipeline.model.scaling
    usual = scaling.back(np.zeros(len(names.variables)))
    few = list(zip(names.variables, usual, strict=True))[:3]
    values: dict[str, list[float | None]] = {
        name: [float(f"{value:.3g}"), None] for name, value in few
    }
    values[names.variables[0]][1] = values[names.variables[0]][0]
    return [{"times": [0.0, 1.5], "values": values, "static": {}}]


def _pieces(value: Any, most: int) -> list[Any]:
    """Cut a series into its steps, the first of which brings the static features."""
    times, values = value["times"], value["values"]
    count = max(1, -(-len(times) // most))
    pieces = [
        {
            "times": times[at : at + count],
            "values": {name: own[at : at + count] for name, own in values.items()},
        }
        for at in range(0, len(times), count)
    ] or [{"times": [], "values": {}}]
    pieces[0]["static"] = value.get("static") or {}
    return pieces


ASKED = Asked(
    noun="series",
    input=_input,
    output=list[Score],
    examples=_examples,
    options={"top_k": TOP_LABELS},
    answer=_answer,
    keras=lambda model, series, options: model.predict(list(series)),
    pieces=_pieces,
    step=list[Score],
)
