"""What a model is asked on the command line or out of a file, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, BinaryIO, Literal

import msgspec

__all__ = ["Answer", "Answers", "Field", "Note", "Request"]


class Request(msgspec.Struct, frozen=True):
    """What a model is asked to answer on the command line.

    Attributes:
        inputs: the arguments, texts or names of files; none, or `-` alone, is standard input.
        stdin: standard input; None where it is closed.
        options: those of the task that were given, by their name in Python.
        progress: called with what is being done, how much is done, and how much there is.
        data: a table of texts, a file or a folder of files, in place of `inputs`.
        rows: whether the inputs are a part of a table or a folder: each is answered as it is, an
            empty text too, and what there is to say of them is not said but noted.
    """

    inputs: tuple[str, ...]
    stdin: BinaryIO | None = None
    options: Mapping[str, Any] = msgspec.field(default_factory=dict)
    progress: Callable[[str, int, int], None] | None = None
    data: str | None = None
    rows: bool = False


class Field(msgspec.Struct, frozen=True):
    """A column of a table that is written.

    Attributes:
        name: its name.
        kind: what its cells are: `"text"`; `"number"`, a float; `"whole"`, an int; `"flag"`, a
            bool; `"time"`, a NumPy datetime64 without a zone, or a text in ISO 8601 with one; or
            `"other"`.
    """

    name: str
    kind: Literal["text", "number", "whole", "flag", "time", "other"] = "text"


class Note(msgspec.Struct, frozen=True):
    """What is to be said once of all inputs that it is true of.

    Attributes:
        kind: notes of one kind are told as one, in the words of the first.
        message: a sentence with `{count}`, the number of inputs that it is true of; `{total}`,
            that of all; `{place}`, where the first stands; `{more}`, how many others there are;
            or some of them.
        count: how many inputs it is true of.
        first: the number of the first of them, from 0.
        warns: whether it is a warning; else it is what was found out.
    """

    kind: str
    message: str
    count: int = 1
    first: int = 0
    warns: bool = True


class Answer(msgspec.Struct, frozen=True):
    """What a model answers to one input.

    Attributes:
        item: the answer as JSON holds it.
        rows: the answer as lines of a table that is printed.
        cells: the answer as rows of a table that is written, in the order of the fields.
    """

    item: Any
    rows: Sequence[tuple[str, ...]]
    cells: Sequence[tuple[Any, ...]] = ()


class Answers(msgspec.Struct, frozen=True):
    """What a model answers to a request.

    Attributes:
        columns: the headings of the table that is printed.
        batches: yields the answers as they come, some at a time.
        numbers: headings of the columns of numbers, with spaces between.
        warnings: returns what is to be said of all that was answered so far.
        fields: the columns of the table that is written.
        notes: returns the same as `warnings` for inputs that are rows.
    """

    columns: tuple[str, ...]
    batches: Iterator[Sequence[Answer]]
    numbers: str = ""
    warnings: Callable[[], Sequence[str]] = tuple
    fields: tuple[Field, ...] = ()
    notes: Callable[[], Sequence[Note]] = tuple
