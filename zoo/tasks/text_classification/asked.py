"""How a classifier of texts is asked over a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from zoo.classes.asked import TOP_LABELS, Score
from zoo.datasets import dataset_named
from zoo.interfaces import Asked
from zoo.tasks.text_classification.examples import texts_of
from zoo.text.asked import text_input, words_of

__all__ = ["ASKED"]


def _answer(
    pipeline: Any, texts: Sequence[str], options: Mapping[str, Any]
) -> tuple[list[Any], list[list[str]]]:
    answers, doubts = pipeline.with_doubts(list(texts), top_k=options.get("top_k"))
    return answers, doubts.alone()


def _examples(pipeline: Any) -> list[str]:
    info = pipeline.info
    return list(texts_of(info, dataset_named(info.dataset.name) if info.dataset else None)[:3])


ASKED = Asked(
    noun="text",
    input=text_input,
    output=list[Score],
    examples=_examples,
    options={"top_k": TOP_LABELS},
    answer=_answer,
    keras=lambda model, texts, options: model.predict(list(texts), verbose=0),
    pieces=words_of,
    step=list[Score],
)
