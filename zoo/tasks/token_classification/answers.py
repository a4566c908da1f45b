"""Names in texts, as the command shows them."""

from __future__ import annotations

import json
from typing import Any

from zoo.common.answering import Answer, Answers, Field, Request
from zoo.common.escape import cut
from zoo.tasks.token_classification.pipeline import TokenClassificationPipeline
from zoo.text.doubts import Doubts
from zoo.text.inputs import answer_texts

__all__ = ["entities_as_text", "predict"]


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

    def cells(found: list[dict[str, Any]]) -> tuple[str]:
        return (entities_as_text(found),)

    columns = ("entity", "score", "start", "end", "word", "text")
    fields, numbers = (Field("entities"),), "score start end"
    return answer_texts(request, columns, fields, answer, show, cells, numbers, **request.options)


def entities_as_text(found: list[dict[str, Any]]) -> str:
    """Return entities as a cell of a table holds them, in every form of table: as JSON.

    Args:
        found: what a pipeline answers to a text.

    Example:
        >>> entities_as_text([])
        '[]'
    """
    return json.dumps(found, ensure_ascii=False)
