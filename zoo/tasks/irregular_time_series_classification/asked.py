"""How a classifier of irregular series is asked over a network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

import msgspec
import numpy as np
from msgspec import UNSET, Meta, UnsetType

from zoo.classes.asked import TOP_LABELS, Score
from zoo.interfaces import Asked

__all__ = ["ASKED"]


class _Given(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A series as it came: what it holds by name, as of a dictionary."""

    def __getitem__(self, name: str) -> Any:
        if name in self.keys():
            return getattr(self, name)
        raise KeyError(name)

    def get(self, name: str, default: Any = None) -> Any:
        return getattr(self, name) if name in self.keys() else default

    def keys(self) -> list[str]:
        fields = self.__struct_fields__
        return [name for name in fields if getattr(self, name) is not UNSET]

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def __len__(self) -> int:
        return len(self.times)  # type: ignore[attr-defined]


Mapping.register(_Given)


def _input(pipeline: Any, most: int) -> Any:
    names = pipeline.model.names
    number = float | None
    values = Annotated[
        dict[str, Annotated[list[number], Meta(max_length=most)]],
        Meta(max_length=len(names.variables)),
    ]
    static = Annotated[dict[str, number], Meta(max_length=len(names.statics))]
    return msgspec.defstruct(  # of fields that are known here alone
        "IrregularSeries",
        [
            ("times", Annotated[list[float], Meta(max_length=most)]),
            ("values", values),
            ("static", static | UnsetType, UNSET),
        ],
        bases=(_Given,),
        kw_only=True,
        frozen=True,
        forbid_unknown_fields=True,
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
