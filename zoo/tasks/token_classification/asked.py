"""How a tagger is asked over a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from zoo.interfaces import Asked
from zoo.tasks.token_classification.examples import texts_of
from zoo.text.asked import text_input

__all__ = ["ASKED"]


class Entity(msgspec.Struct, frozen=True):
    """A name in a text: where it stands, what it is of, and how likely that is."""

    entity_group: str
    score: float
    word: str
    start: int
    end: int


def _answer(
    pipeline: Any, texts: Sequence[str], options: Mapping[str, Any]
) -> tuple[list[Any], list[list[str]]]:
    answers, doubts = pipeline.with_doubts(list(texts))
    return answers, doubts.alone()


def _keras(model: Any, texts: Sequence[str], options: Mapping[str, Any]) -> Any:
    from zoo.tasks.token_classification.keras_reader import tagger_of

    return tagger_of(model).find_names(list(texts))


ASKED = Asked(
    noun="text",
    input=text_input,
    output=list[Entity],
    examples=lambda pipeline: texts_of(pipeline.info),
    options={},
    answer=_answer,
    keras=_keras,
)
