"""Names in texts, as the command shows them."""

from __future__ import annotations

from typing import Any

from zoo.common.answering import Answer, Answers, Field, Request
from zoo.common.escape import cut
from zoo.tasks.token_classification.pipeline import TokenClassificationPipeline
from zoo.text.doubts import Doubts
from zoo.text.inputs import answer_texts

__all__ = ["predict"]


def predict(model: TokenClassificationPipeline, request: Request) -> Answers:
    """Return the names in the texts of a request, as they come.

    Args:
        model: the pipeline.
        request: the request.

    Raises:
        InputError: there is no text, or an argument is the name of a file.
        DataError: a table cannot be read.
    """

    def answer(texts: list[str]) -> tuple[list[Any], Doubts]:
        return model.with_doubts(texts)

    def show(text: str, found: list[dict[str, Any]]) -> Answer:
        rows = [
            (
                one["entity_group"],
                f"{one['score']:.4f}",
                str(one["start"]),
                str(one["end"]),
                cut(one["word"], 60),
                cut(text, 60),
            )
            for one in found
        ]
        if not rows:
            rows = [("-", "", "", "", "", cut(text, 60))]
        return Answer({"text": text, "entities": found}, rows, (cells(found),))

    def cells(found: list[dict[str, Any]]) -> tuple[list[dict[str, Any]]]:
        return (found,)

    columns = ("entity", "score", "start", "end", "word", "text")
    fields, numbers = (Field("entities", "other"),), "score start end"
    return answer_texts(request, columns, fields, answer, show, cells, numbers, **request.options)
