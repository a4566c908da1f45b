"""Rows of JSON lines, or of an array of JSON, some at a time."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TextIO

from zoo.common.answering import Field
from zoo.common.strict_json import unique_keys
from zoo.errors import DataError, shown
from zoo.tables.chunks import Chunk, Table, batched, digest_of, texts_of
from zoo.tables.columns import Reading, printable
from zoo.tables.header import check_columns
from zoo.tables.scanning import LONGEST_LINE, open_text, scan

__all__ = ["json_chunks", "open_json", "read_objects"]

_DECODER = json.JSONDecoder(object_pairs_hook=unique_keys)
_SCAN: Any = vars(json.JSONDecoder())["scan_once"]
_SPACES = re.compile(r"\s*")
_PIECE = 1 << 20
_MOST_KEYS = 2_000
_TOLD = 10_000  # rows
# From here on a float does not hold every whole number.
_WIDE = 1 << 53
_WIDEST = 1 << 63
_KINDS = {type(None): "none", str: "text", bool: "flag", float: "number"}


def open_json(
    path: Path,
    column: str,
    reading: Reading,
    progress: Callable[[str, int, int], None] | None = None,
) -> Table:
    """Return what is known of a file of JSON, every row of which is looked at.

    Args:
        path: the file.
        column: the key of the texts.
        reading: how it is to be read.
        progress: called with what is being done, how much is done, and how much there is.

    Raises:
        DataError: it is not JSON, or a row is no object, or lacks the key.
    """
    found = scan(path, reading.encoding)
    told: tuple[str, ...] = ()
    if found.guessed:
        told = (
            f"{printable(path.name)} is read as: encoding {found.guessed}. If that is wrong, name "
            "another with --encoding.",
        )
    array = found.head.lstrip()[:1] == "["
    kinds: dict[str, set[str]] = {}
    key, count = "", 0
    with open_text(path, found.encoding, "\n") as file:
        rows = enumerate(_objects(str(path), file, array, _example(column)), 1)
        for count, (place, row, _) in rows:
            own = column if column in row else _like(f"{path}, {place}", row, column)
            key = key or own
            for name, value in row.items():
                kind = _KINDS.get(type(value)) or _kind_of(value)
                kinds.setdefault(name, set()).add(kind)
            if progress is not None and not array and count % _TOLD == 0:
                progress("looking at the rows", min(count, found.lines), found.lines)
            if len(kinds) > _MOST_KEYS:
                raise DataError(
                    f"{path}, {place}: expected rows with the same keys, at most {_MOST_KEYS:,} in "
                    "all. Received: more. Put what is peculiar to a row into one key of its own"
                )
    names = list(kinds)
    return Table(
        path=str(path),
        form="array" if array else "json",
        fields=tuple(Field(name, _kind(kinds[name])) for name in names),
        at=names.index(key) if key else 0,
        key=column,
        encoding=found.encoding,
        total=count if array else found.lines,
        told=told,
    )


def read_objects(
    path: Path, encoding: str | None = None, example: str = '{"time": 0.5, "value": 1.5}'
) -> Iterator[dict[str, Any]]:
    """Yield the objects of JSON lines, or of an array.

    Args:
        path: the file.
        encoding: of it; by default it is found out.
        example: an object such as is expected, for errors.

    Raises:
        DataError: it is not JSON, or a row is no object.
    """
    found = scan(path, encoding)
    with open_text(path, found.encoding, "\n") as file:
        for _, row, _ in _objects(str(path), file, found.head.lstrip()[:1] == "[", example):
            yield row


def _kind_of(value: Any) -> str:
    """Return what a number without a fraction is, or what is nested."""
    if not isinstance(value, int) or not -_WIDEST <= value < _WIDEST:
        return "other"
    return "whole" if abs(value) < _WIDE else "wide"


def _kind(found: set[str]) -> Any:
    """Return what a column holds whose cells are of several kinds."""
    found = found - {"none"}
    if found <= {"whole", "wide"} and found:
        return "whole"
    if found <= {"whole", "number"} and found:
        return "number"
    return next(iter(found), "text") if len(found) <= 1 else "other"


def json_chunks(table: Table, rows: int) -> Iterator[Chunk]:
    """Yield the rows of a file of JSON.

    Args:
        table: what is known of it.
        rows: the most rows at a time.

    Raises:
        DataError: a row is not JSON, no object, or its text is none.
    """
    array = table.form == "array"
    names = [field.name for field in table.fields]
    with open_text(table.path, table.encoding, "\n") as file:
        start = done = 0
        found = (
            (item, len(item[2]) or _length(item[1]))
            for item in _objects(table.path, file, array, _example(table.key))
        )
        for batch in batched(found, rows):
            places = [f"{table.path}, {place}" for place, _, _ in batch]
            key = table.key
            cells = [
                row[key if key in row else _like(place, row, key)]
                for place, (_, row, _) in zip(places, batch, strict=True)
            ]
            inputs, missing = texts_of(cells, places.__getitem__)
            done = int(batch[-1][0].rpartition(" ")[2])
            raw = [line for _, _, line in batch]
            yield Chunk(
                start=start,
                inputs=inputs,
                columns=[[row.get(name) for _, row, _ in batch] for name in names],
                digest=digest_of([json.dumps(row) for _, row, _ in batch] if array else raw),
                missing=missing,
                done=done,
                raw=None if array else raw,
            )
            start += len(batch)


def _like(place: str, row: dict[str, Any], column: str) -> str:
    """Return the key that is called like the column but for case and spaces."""
    keys = list(row)
    return keys[check_columns(place, keys, (column,))[0]]


def _length(row: Any) -> int:
    return sum(len(value) if isinstance(value, str) else 16 for value in row.values())


def _example(column: str) -> str:
    return f'{{"{column}": "A moving film."}}'


def _objects(
    path: str, file: TextIO, array: bool, example: str
) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Yield where every object stands, itself, and its line; an element of an array has none."""
    place = ""
    rows = _elements(file) if array else _lines(file)
    number = 0
    while True:
        try:
            number, row, line = next(rows)
        except StopIteration:
            return
        except _LineError as error:
            place = f", line {error.line}" if error.line else f", row {number + 1}"
            raise DataError(
                f"{path}{place}: expected JSON, such as {example}. Received: {error}"
            ) from None
        place = f"{'row' if array else 'line'} {number}"
        if not isinstance(row, dict):
            raise DataError(
                f"{path}, {place}: expected an object, such as {example}. Received: {shown(row)}"
            )
        yield place, row, line


class _LineError(ValueError):
    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


def _lines(file: TextIO) -> Iterator[tuple[int, Any, str]]:
    for number, line in enumerate(file, 1):
        line = line.strip()
        if not line:
            continue
        try:
            yield number, _decoded(line), line
        except (ValueError, RecursionError) as error:
            raise _LineError(str(error), number) from None


def _decoded(line: str) -> Any:
    """Return the value of a line, in which no key may stand twice."""
    try:
        row, end = _SCAN(line, 0)
    except StopIteration:
        end, row = 0, None
    # Each member has a colon: if there are no more of them than keys, no key stands twice.
    if end != len(line) or type(row) is not dict or line.count(":") != len(row):
        return _DECODER.decode(line)
    return row


def _elements(file: TextIO) -> Iterator[tuple[int, Any, str]]:
    """Yield the elements of an array one by one, so that no more is in memory."""
    reader = _Reader(file)
    reader.expect("[")
    number = 0
    if reader.peek() != "]":
        while True:
            number += 1
            yield number, reader.value(), ""
            if reader.peek() != ",":
                break
            reader.expect(",")
    reader.expect("]")
    if reader.peek():
        raise _LineError("Extra data behind the array")


class _Reader:
    """Reads values of JSON out of a text of any length."""

    def __init__(self, file: TextIO) -> None:
        self._file, self._buffer, self._at = file, "", 0

    def _more(self) -> bool:
        rest = self._buffer[self._at :]
        piece = self._file.read(max(_PIECE, len(rest)))
        self._buffer, self._at = rest + piece, 0
        return bool(piece)

    def peek(self) -> str:
        """Return the next character that is no space; none at the end."""
        while True:
            self._at = _SPACES.match(self._buffer, self._at).end()  # type: ignore[union-attr]
            if self._at < len(self._buffer) or not self._more():
                return self._buffer[self._at : self._at + 1]

    def expect(self, mark: str) -> None:
        found = self.peek()
        if found != mark:
            raise _LineError(f"{shown(found)} where {mark!r} is due")
        self._at += 1

    def value(self) -> Any:
        self.peek()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._buffer, self._at)
                if end == len(self._buffer) and self._more():
                    continue  # a number may go on
                self._at = min(end, len(self._buffer))
                return value
            except RecursionError as error:
                raise _LineError(str(error)) from None
            except ValueError as error:
                if len(self._buffer) - self._at > LONGEST_LINE or not self._more():
                    raise _LineError(getattr(error, "msg", str(error))) from None
