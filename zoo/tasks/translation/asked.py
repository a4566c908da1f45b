"""How a translator is asked over a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from zoo.datasets import dataset_named
from zoo.interfaces import Asked, Bound
from zoo.tasks.translation.examples import sentences_of
from zoo.text.asked import text_input

__all__ = ["ASKED"]


class Translation(msgspec.Struct, frozen=True):
    """The translation of a sentence."""

    translation_text: str


def _answer(
    pipeline: Any, texts: Sequence[str], options: Mapping[str, Any]
) -> tuple[list[Any], list[list[str]]]:
    answers, doubts = pipeline.with_doubts(list(texts), **options)
    return answers, doubts.alone()


def _examples(pipeline: Any) -> list[str]:
    dataset = pipeline.info.dataset
    return list(sentences_of(dataset_named(dataset.name) if dataset else None)[:3])


ASKED = Asked(
    noun="sentence",
    input=text_input,
    output=Translation,
    examples=_examples,
    options={
        "num_beams": Bound(
            help="Translations that the search keeps; 1 is greedy.", most=20, default=5
        )
    },
    answer=_answer,
    keras=lambda model, texts, options: model.generate(list(texts)),
    begins=True,
    step=str | None,
)
