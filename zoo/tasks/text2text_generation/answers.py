"""What is written of texts, as the command shows it."""

from __future__ import annotations

from typing import Any

from zoo.common.answering import Answer, Answers, Field, Request
from zoo.common.escape import cut
from zoo.tasks.text2text_generation.pipeline import Text2TextPipeline
from zoo.text.doubts import Doubts
from zoo.text.inputs import answer_texts

__all__ = ["predict"]

# Those that say how answers are searched for, and not how texts are read.
_SEARCHING = ("num_beams", "num_return_sequences")


def predict(model: Text2TextPipeline, request: Request) -> Answers:
    """Return the answers to the texts of a request, as they come.

    Args:
        model: the pipeline.
        request: the request.

    Raises:
        InputError: there is no text, or an argument is the name of a file.
        DataError: a table cannot be read.
    """
    options = dict(request.options)
    search = {name: options.pop(name) for name in _SEARCHING if name in options}
    count = search.get("num_return_sequences") or 1

    def answer(texts: list[str]) -> tuple[list[Any], Doubts]:
        found, doubts = model.with_doubts(texts, **search)
        return found if count > 1 else [[one] for one in found], doubts

    def show(text: str, found: list[dict[str, Any]]) -> Answer:
        rows: list[tuple[str, ...]]
        if count == 1:
            written = found[0]["generated_text"]
            item, rows = {"text": text, **found[0]}, [(cut(written, 1_000), cut(text, 100))]
        else:
            item = {"text": text, "sequences": found}
            rows = [
                (cut(one["generated_text"], 1_000), f"{one['score']:.3f}", cut(text, 100))
                for one in found
            ]
        return Answer(item, rows, (cells(found),))

    def cells(found: list[dict[str, Any]]) -> tuple[Any, ...]:
        if count == 1:
            return (found[0]["generated_text"],)
        given = [cell for one in found for cell in (one["generated_text"], one["score"])]
        # Where the search found fewer, the rest of the row is empty.
        return (*given, *(["", None] * (count - len(found))))

    if count == 1:
        fields: tuple[Field, ...] = (Field("generated_text"),)
        return answer_texts(
            request, ("generated text", "text"), fields, answer, show, cells, **options
        )
    fields = tuple(
        field
        for number in range(1, count + 1)
        for field in (Field(f"generated_text_{number}"), Field(f"score_{number}", "number"))
    )
    columns = ("generated text", "score", "text")
    return answer_texts(request, columns, fields, answer, show, cells, "score", **options)
