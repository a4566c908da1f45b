"""The classes of series, as the command shows them."""

from __future__ import annotations

from typing import Any

from msgspec import structs

from zoo.classes.answers import class_answer, class_fields
from zoo.common.answering import Answer, Answers, Field, Request
from zoo.series.files import SeriesReading
from zoo.series.inputs import read_inputs, read_long_inputs, series_reading
from zoo.tasks.time_series_classification.pipeline import SeriesClassificationPipeline

__all__ = ["predict"]


def predict(model: SeriesClassificationPipeline, request: Request) -> Answers:
    """Return the classes of the series of a request, of which a table may hold many.

    Args:
        model: the pipeline.
        request: the request, with the column that tells the series of a table apart in its option
            `id_column`, if its files are such tables.

    Raises:
        InputError: a series is not as the model needs it.
        DataError: a file cannot be read.
    """
    options = dict(request.options)
    top_k = options.pop("top_k", 1)
    if (id_column := options.pop("id_column", None)) is not None:
        return _of_tables(model, request, str(id_column), top_k, series_reading(**options))
    names, series, notes = read_inputs(request, model.model.channels, series_reading(**options))
    found = zip(names, model([item.values for item in series], top_k=top_k), strict=True)
    answers = [class_answer("series", name, classes, name) for name, classes in found]
    return Answers(
        ("label", "score", "series"),
        iter([answers]),
        "score",
        fields=class_fields(model.info.labels, top_k),
        notes=lambda: notes,
    )


def _of_tables(
    model: SeriesClassificationPipeline,
    request: Request,
    id_column: str,
    top_k: int,
    reading: SeriesReading,
) -> Answers:
    """Return the classes of every series of tables of many."""
    files, tables, notes = read_long_inputs(request, model.model.channels, reading, id_column)
    answers = []
    for file, table in zip(files, tables, strict=True):
        found: list[Any] = model([item.values for item in table.series], top_k=top_k)
        some = [
            class_answer("id", name, classes, name)
            for name, classes in zip(table.ids, found, strict=True)
        ]
        if len(files) > 1:
            some = [structs.replace(one, item={"file": file, **one.item}) for one in some]
            some = [structs.replace(one, rows=[(*row, file) for row in one.rows]) for one in some]
        cells = [
            (name, *row) for name, one in zip(table.ids, some, strict=True) for row in one.cells
        ]
        # Of a table that is written every file is one input.
        answers.append([Answer(None, [], cells)] if request.rows else some)
    return Answers(
        ("label", "score", "id", *(["file"] if len(files) > 1 else [])),
        iter([[one for some in answers for one in some]]),
        "score",
        fields=(Field("id"), *class_fields(model.info.labels, top_k)),
        notes=lambda: notes,
    )
