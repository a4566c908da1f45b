"""Translations, as the command shows them."""

from __future__ import annotations

from typing import Any

from zoo.common.answering import Answer, Answers, Field, Request
from zoo.common.escape import cut
from zoo.tasks.translation.pipeline import TranslationPipeline
from zoo.text.doubts import Doubts
from zoo.text.inputs import answer_texts

__all__ = ["predict"]


def predict(model: TranslationPipeline, request: Request) -> Answers:
    """Return the translations of the texts of a request, as they come.

    Args:
        model: the pipeline.
        request: the request.

    Raises:
        InputError: there is no text, or an argument is the name of a file.
        DataError: a table cannot be read.
    """
    options = dict(request.options)
    num_beams = options.pop("num_beams", 5)

    def answer(texts: list[str]) -> tuple[list[Any], Doubts]:
        return model.with_doubts(texts, num_beams=num_beams)

    def show(text: str, found: dict[str, str]) -> Answer:
        translation = found["translation_text"]
        rows = [(cut(translation, 1_000), cut(text, 100))]
        return Answer({"text": text, **found}, rows, (cells(found),))

    def cells(found: dict[str, str]) -> tuple[str]:
        return (found["translation_text"],)

    fields = (Field("translation_text"),)
    return answer_texts(request, ("translation", "text"), fields, answer, show, cells, **options)
