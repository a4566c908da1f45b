"""Names in texts, as the command shows them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from zoo.common.answering import Answer, Answers, Field, Request
from zoo.common.escape import cut
from zoo.errors import InputError, shown_path
from zoo.tasks.token_classification.pipeline import TokenClassificationPipeline
from zoo.text.doubts import Doubts
from zoo.text.inputs import answer_texts

__all__ = ["predict"]

# What the names of files of words and tags end in: their lines are no texts.
_TAGGED = (".conll", ".conllu", ".bio", ".iob", ".iob2")


def predict(model: TokenClassificationPipeline, request: Request) -> Answers:
    """Return the names in the texts of a request, as they come.

    Args:
        model: the pipeline.
        request: the request.

    Raises:
        InputError: there is no text, an argument is the name of a file, or the data is a file of
            words and tags.
        DataError: a table cannot be read.
    """

    if request.data is not None and Path(request.data).suffix.lower() in _TAGGED:
        raise InputError(
            "Expected a table of texts, such as texts.csv. Received: "
            f"{shown_path(request.data)}, words and tags in columns by its name, whose lines are "
            "no texts. Score it by `zoo evaluate`, or give the words to `tag` of the pipeline"
        )

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
