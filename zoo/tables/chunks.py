"""What is known of a table before it is read, and its rows, some at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Literal

import msgspec

from zoo.common.answering import Field
from zoo.tables.columns import is_missing, text_of

__all__ = ["MOST_CHARACTERS", "Chunk", "Table", "batched", "digest_of", "texts_of", "unique_names"]

# Of the rows that are in memory at once.
MOST_CHARACTERS = 8 << 20


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A table of texts in a file, as far as it must be known to read its rows.

    Attributes:
        path: the file, or the name of a data set.
        form: `"text"`, a line or more a row; `"lines"`, each a text; `"json"`, JSON lines;
            `"array"`, an array of JSON; `"parquet"`; or `"memory"`, a data set that is read whole.
        fields: its columns, each name once.
        at: which of them holds the texts, from 0.
        key: the name of that in the file.
        encoding: of a text, a codec of Python's.
        delimiter: what separates columns; empty for nothing.
        quoting: how quotes are meant, as of a `TextTable`.
        header: the line of the header; 0 where there is none.
        total: how many lines or rows there are; 0 where that is unknown.
        told: what was found out or guessed, each a sentence.
        sha256: of a Parquet file.
    """

    path: str
    form: Literal["text", "lines", "json", "array", "parquet", "memory"]
    fields: tuple[Field, ...]
    at: int
    key: str
    encoding: str = "utf-8"
    delimiter: str = ""
    quoting: str = "none"
    header: int = 0
    total: int = 0
    told: tuple[str, ...] = ()
    sha256: str = ""

    def layout(self) -> tuple[Any, ...]:
        """Return what must be the same for two files to be parts of one work."""
        names = tuple(field.name for field in self.fields)
        return self.form, names, self.at, self.delimiter, self.quoting, self.header


class Chunk(msgspec.Struct, kw_only=True):
    """Some rows of a table, or files of a folder.

    Attributes:
        start: the number of the first row, from 0.
        inputs: what is answered of each: its text, or its file.
        columns: the cells of every column that is kept, as Python has them; `batch` has them
            in their place where it is there.
        digest: tells it from others.
        missing: which rows have no text, from 0.
        blank: how many blank rows stand before these; they are none of the table's.
        done: how much of the table's `total` has been read with it.
        raw: the rows as they stand in JSON lines.
        batch: the rows as an Arrow table.
    """

    start: int
    inputs: list[str]
    columns: list[list[Any]]
    digest: str
    missing: list[int] = []
    blank: int = 0
    done: int = 0
    raw: list[str] | None = None
    batch: Any = None


def digest_of(*parts: Any) -> str:
    """Return what tells rows from others.

    Args:
        parts: what MessagePack can hold.
    """
    return hashlib.sha256(msgspec.msgpack.encode(parts)).hexdigest()


def batched(
    rows: Iterable[tuple[Any, int]], count: int, most: int = MOST_CHARACTERS
) -> Iterator[list[Any]]:
    """Yield rows, so many at a time, or fewer where they are long.

    Args:
        rows: rows and their sizes.
        count: the most rows.
        most: the size from which on a batch is full.
    """
    batch: list[Any] = []
    size = 0
    for row, length in rows:
        batch.append(row)
        size += length
        if len(batch) == count or size >= most:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def texts_of(cells: Sequence[Any], place: Callable[[int], str]) -> tuple[list[str], list[int]]:
    """Return cells as texts, and which of them hold nothing; those are empty texts.

    Args:
        cells: the cells.
        place: says where the cell of an index stands, for errors.

    Raises:
        DataError: a cell is something else.

    Example:
        >>> texts_of(["a", None], str)
        (['a', ''], [1])
    """
    texts: list[str] = []
    missing: list[int] = []
    for index, cell in enumerate(cells):
        if type(cell) is not str or not cell.isascii():
            if is_missing(cell):
                missing.append(index)
            cell = text_of(cell, place(index))
        texts.append(cell)
    return texts, missing


def unique_names(names: Sequence[str]) -> list[str]:
    """Return names of columns, of which those that stand twice get a number.

    Args:
        names: as they stand in a file.

    Example:
        >>> unique_names(["text", "id", "id"])
        ['text', 'id', 'id_2']
    """
    found: list[str] = []
    taken = set(names)
    for name in names:
        number, own = 2, name
        while own in found:
            own = f"{name}_{number}"
            number += 1
            if own in taken and own not in found:  # the name of a column to come
                own = name
        found.append(own)
    return found
