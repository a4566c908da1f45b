"""The classes of irregular series, as the command shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from zoo.classes.answers import class_answer, class_fields
from zoo.common.answering import Answer, Answers, Field, Note, Request
from zoo.common.folders import files_of
from zoo.errors import InputError
from zoo.series.irregular import Names
from zoo.series.irregular_files import (
    SUFFIXES,
    IrregularSource,
    parse_irregular,
    read_irregular,
    tell_all,
)
from zoo.tables.text_tables import MAX_BYTES
from zoo.tasks.irregular_time_series_classification.pipeline import IrregularClassificationPipeline

__all__ = ["predict"]


def predict(model: IrregularClassificationPipeline, request: Request) -> Answers:
    """Return the classes of the series of a request, of which a file may hold many.

    Args:
        model: the pipeline.
        request: the request.

    Raises:
        InputError: a series is not as the model needs it.
        DataError: a file cannot be read.
    """
    options = dict(request.options)
    top_k = options.pop("top_k", 1)
    sources = _sources(request, model.model.names, options)
    notes = [
        Note("read", line.replace("{", "{{").replace("}", "}}"), first=number)
        for number, source in enumerate(sources)
        for line in source.told
    ]
    if not request.rows:
        for source in sources:
            tell_all(source)
    # Of several files each may call a series as another does.
    several = len(sources) > 1 and not request.rows
    answers = [_answers(model, source, top_k, several) for source in sources]
    one_a_file = [
        Answer([one.item for one in some], [], [cells for one in some for cells in one.cells])
        for some in answers
    ]
    return Answers(
        ("label", "score", "id", *(["file"] if several else [])),
        iter([one_a_file] if request.rows else answers),
        "score",
        fields=(Field("id"), *class_fields(model.info.labels, top_k)),
        notes=lambda: notes if request.rows else [],
    )


def _answers(
    model: IrregularClassificationPipeline, source: IrregularSource, top_k: int, several: bool
) -> Sequence[Answer]:
    found: list[Any] = model(source.series, top_k=top_k)
    answers = [
        class_answer("id", name, classes, name)
        for name, classes in zip(source.ids, found, strict=True)
    ]
    return [
        Answer(
            {"file": source.name, **one.item} if several else one.item,
            [(*row, source.name) for row in one.rows] if several else one.rows,
            [(name, *cells) for cells in one.cells],
        )
        for name, one in zip(source.ids, answers, strict=True)
    ]


def _sources(request: Request, names: Names, options: dict[str, Any]) -> list[IrregularSource]:
    files = list(request.inputs)
    if request.data is not None:
        files = [str(file) for file in files_of(request.data, SUFFIXES)[0]]
    if files and files != ["-"]:
        return [replace(read_irregular(file, names, **options), name=file) for file in files]
    if request.stdin is None:
        raise InputError(
            "Expected a file of series as an argument, or a long table on standard input. "
            "Received: no file, and standard input is closed"
        )
    content: Any = request.stdin.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise InputError(f"Expected at most {MAX_BYTES:,} bytes on standard input. Received: more")
    return [parse_irregular(bytes(content), "standard input", names, **options)]
