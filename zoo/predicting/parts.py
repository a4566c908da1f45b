"""Parts of a file, answered and written: what any process can do, in any order."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from zoo.common.answering import Field, Note, Request
from zoo.common.escape import is_blank
from zoo.errors import DataError
from zoo.predicting.partial import Partial
from zoo.predicting.plan import Part, Plan
from zoo.predicting.writing import write_rows
from zoo.tables.chunks import Chunk
from zoo.tables.columns import printable
from zoo.task import task_named

__all__ = ["Answered", "answer_chunk", "compute_part", "messages", "put_part"]


class Answered(msgspec.Struct, frozen=True):
    """Answers to some inputs.

    Attributes:
        fields: the columns that they have.
        cells: of every input its rows of cells.
        notes: what is to be said of them.
    """

    fields: tuple[Field, ...]
    cells: Sequence[Sequence[Sequence[Any]]]
    notes: tuple[Note, ...]


def compute_part(plan: Plan, output: Path, pipeline: Any, number: int, chunk: Chunk) -> Part:
    """Answer a part of a file and write it beside the others, as any process may.

    Args:
        plan: how; it knows the columns of the answers.
        output: the file that it is a part of.
        pipeline: what answers.
        number: the part's, from 0.
        chunk: its inputs.

    Raises:
        ZooError: an input is not as the model needs it, or has answers of other columns.
        OSError: the part cannot be written. It is not there then.
    """
    return put_part(plan, output, number, chunk, answer_chunk(plan, pipeline, chunk))


def answer_chunk(plan: Plan, pipeline: Any, chunk: Chunk) -> Answered:
    """Return the answers to some inputs.

    Args:
        plan: how; it need not know the columns of the answers.
        pipeline: what answers.
        chunk: the inputs.

    Raises:
        ZooError: an input is not as the model needs it.
    """
    task = task_named(plan.task)
    assert task is not None
    request = Request(tuple(chunk.inputs), options=plan.options, rows=True)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        answers = task.predict(pipeline, request)
        cells = [answer.cells for batch in answers.batches for answer in batch]
        notes = list(answers.notes())
    assert len(cells) == len(chunk.inputs)
    if task.files:  # where a file stands is its name, which only this part knows
        notes = [
            msgspec.structs.replace(
                note,
                message=note.message.replace(
                    "{place}", _literal(printable(chunk.inputs[note.first]))
                ),
            )
            for note in notes
        ]
    notes += [_warned(str(one.message)) for one in caught]
    if chunk.missing:
        notes.append(
            Note(
                "no text",
                "{count} of {total} rows have no text (the first {place}); each is answered as "
                "an empty one.",
                len(chunk.missing),
                chunk.missing[0],
            )
        )
    if chunk.blank:
        notes.append(
            Note("blank", "Blank rows of the table are left out: {count}.", chunk.blank, 0)
        )
    return Answered(answers.fields, cells, tuple(notes))


def _literal(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _warned(message: str) -> Note:
    """Return a warning as a note; those that differ in numbers alone are of one kind."""
    return Note(re.sub(r"\d+(\.\d+)?", "#", message), _literal(message) + "{more}")


def put_part(plan: Plan, output: Path, number: int, chunk: Chunk, answered: Answered) -> Part:
    """Write the answers to a part.

    Args:
        plan: how; it knows the columns of the answers.
        output: the file that it is a part of.
        number: the part's, from 0.
        chunk: its inputs.
        answered: the answers.

    Raises:
        DataError: they have other columns than those of the part before.
        OSError: it cannot be written. It is not there then.
    """
    cells, notes = answered.cells, answered.notes
    if answered.fields != plan.fields:
        place, more = _aligned(plan.fields, answered.fields, chunk)
        cells = [[place(row) for row in rows] for rows in cells]
        notes = (*notes, *more)
    texts = bool(plan.path)
    part = Part(
        number=number,
        start=chunk.start,
        inputs=len(chunk.inputs),
        empty=sum(map(_blank, chunk.inputs)) if texts else 0,
        digest=chunk.digest,
        notes=notes,
    )
    return Partial(output).put(part, plan, lambda path: write_rows(path, plan, chunk, cells))


def _blank(text: str) -> bool:
    return not text[:1].isalnum() and is_blank(text)


def _aligned(
    wanted: Sequence[Field], own: Sequence[Field], chunk: Chunk
) -> tuple[Callable[[Sequence[Any]], tuple[Any, ...]], list[Note]]:
    """Return what puts cells under the columns of the parts before, and what there is to say.

    They are put there by name; of numbers, if any is called otherwise, all are by their order.
    """
    first = _literal(printable(chunk.inputs[0]))
    names = [field.name for field in own]
    at: list[int | None] = [
        names.index(field.name) if field.name in names else None for field in wanted
    ]
    notes = []
    numbers = [place for place, field in enumerate(wanted) if field.kind == "number"]
    if any(at[place] is None for place in numbers):
        places = [place for place, field in enumerate(own) if field.kind == "number"]
        if len(places) != len(numbers):
            raise DataError(
                f"Expected answers with the columns {', '.join(field.name for field in wanted)}, "
                f"as those before have. Received: {', '.join(names)}, from {first} on"
            )
        for place, index in zip(numbers, places, strict=True):
            at[place] = index
        called = _literal(", ".join(names[place] for place in places))
        notes.append(
            Note(
                "columns",
                f"From {first} on columns are called otherwise, {called}{{more}}: they stand under "
                "the names of the first, in their order",
            )
        )
    dropped = [name for place, name in enumerate(names) if place not in at]
    if dropped:
        notes.append(
            Note(
                "dropped",
                f"From {first} on {_literal(', '.join(dropped))} is left out{{more}}: the first "
                "has none",
            )
        )
    return lambda row: tuple(None if index is None else row[index] for index in at), notes


def messages(parts: Iterable[Part], total: int) -> Iterator[tuple[str, bool]]:
    """Yield what is to be said of all parts, once each, and whether it is a warning.

    Args:
        parts: all, in their order.
        total: how many inputs they have.
    """
    found: dict[str, Note] = {}
    for part in parts:
        for note in part.notes:
            first = found.get(note.kind)
            found[note.kind] = (
                msgspec.structs.replace(note, first=part.start + note.first)
                if first is None
                else msgspec.structs.replace(first, count=first.count + note.count)
            )
    for note in found.values():
        others = note.count - 1
        yield (
            note.message.format(
                count=f"{note.count:,}",
                total=f"{total:,}",
                place=f"in row {note.first + 1:,}",
                more=f" (and {others:,} more)" if others else "",
            ),
            note.warns,
        )
