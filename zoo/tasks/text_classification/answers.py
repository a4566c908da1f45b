"""The classes of texts, as the command shows them."""

from __future__ import annotations

from typing import Any

from zoo.classes.answers import class_answer, class_cells, class_fields
from zoo.common.answering import Answer, Answers, Request
from zoo.common.escape import cut
from zoo.tasks.text_classification.pipeline import TextClassificationPipeline
from zoo.text.doubts import Doubts
from zoo.text.inputs import answer_texts

__all__ = ["predict"]


def predict(model: TextClassificationPipeline, request: Request) -> Answers:
    """Return the classes of the texts of a request, as they come.

    Args:
        model: the pipeline.
        request: the request.

    Raises:
        InputError: there is no text, or an argument is the name of a file.
        DataError: a table cannot be read.
    """
    options = dict(request.options)
    top_k = options.pop("top_k", 1)

    def answer(texts: list[str]) -> tuple[list[Any], Doubts]:
        return model.with_doubts(texts, top_k=top_k)

    def show(text: str, classes: Any) -> Answer:
        return class_answer("text", text, classes, cut(text, 100))

    columns, fields = ("label", "score", "text"), class_fields(model.info.labels, top_k)
    return answer_texts(request, columns, fields, answer, show, class_cells, "score", **options)
