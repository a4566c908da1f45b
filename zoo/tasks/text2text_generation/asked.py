"""How a speller is asked over a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from zoo.interfaces import Asked, Bound
from zoo.pairs.pipeline import BEAMS
from zoo.text.asked import text_input

__all__ = ["ASKED"]


class Scored(msgspec.Struct, frozen=True):
    """An answer and its probability."""

    generated_text: str
    score: float


class Spelt(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is written of a text; with several answers, the likeliest first, where asked for."""

    generated_text: str
    sequences: list[Scored] = []


def _answer(
    pipeline: Any, texts: Sequence[str], options: Mapping[str, Any]
) -> tuple[list[Spelt], list[list[str]]]:
    found, doubts = pipeline.with_doubts(list(texts), **options)
    if options.get("num_return_sequences", 1) == 1:
        return [Spelt(one["generated_text"]) for one in found], doubts.alone()
    answers = [[Scored(**one) for one in several] for several in found]
    return [Spelt(some[0].generated_text, some) for some in answers], doubts.alone()


ASKED = Asked(
    noun="text",
    input=text_input,
    output=Spelt,
    examples=lambda pipeline: list(pipeline.examples[:3]),
    options={
        "num_return_sequences": Bound(
            help="Answers to write, the likeliest first, each with its probability.",
            most=20,
            default=1,
        ),
        "num_beams": Bound(
            help="Answers that the search keeps, at least as many as are written; 1 is greedy.",
            most=20,
            default=BEAMS,
        ),
    },
    answer=_answer,
    keras=lambda model, texts, options: model.generate(list(texts)),
    begins=True,
    step=str | None,
)
