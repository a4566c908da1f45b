"""Texts that were gone on with, as the command shows them."""

from __future__ import annotations

from typing import Any

from zoo.common.answering import Answer, Answers, Field, Request
from zoo.tasks.text_generation.pipeline import TextGenerationPipeline
from zoo.text.doubts import Doubts
from zoo.text.inputs import answer_texts

__all__ = ["predict"]

# Those that say how texts are read, and not how they are gone on with.
_READING = ("text_column", "encoding", "delimiter", "header")


def predict(model: TextGenerationPipeline, request: Request) -> Answers:
    """Return how the texts of a request go on, as they come.

    Args:
        model: the pipeline.
        request: the request.

    Raises:
        InputError: there is no text, or an argument is the name of a file.
        DataError: a table cannot be read.
    """
    options = dict(request.options)
    reading = {name: options.pop(name) for name in _READING if name in options}
    count, shown = options.get("num_return_sequences", 1), 0

    def answer(texts: list[str]) -> tuple[list[Any], Doubts]:
        return model.with_doubts(texts, **options)

    def show(text: str, found: list[dict[str, str]]) -> Answer:
        nonlocal shown
        rows: list[tuple[str, ...]] = []
        for one in found:
            # A line each, as they were written, and an empty one between two texts.
            rows += [("",)] if shown else []
            rows += [(line,) for line in one["generated_text"].split("\n")]
            shown += 1
        item = {"text": text, **(found[0] if count == 1 else {"sequences": found})}
        return Answer(item, rows, (cells(found),))

    def cells(found: list[dict[str, str]]) -> tuple[str, ...]:
        return tuple(one["generated_text"] for one in found)

    ends = [""] if count == 1 else [f"_{number}" for number in range(1, count + 1)]
    fields = tuple(Field(f"generated_text{end}") for end in ends)
    columns = ("generated text",)
    return answer_texts(request, columns, fields, answer, show, cells, blank=True, **reading)
