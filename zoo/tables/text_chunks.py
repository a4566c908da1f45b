"""Rows of tables in text, some at a time: CSV, TSV, or a text a line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TextIO

from zoo.common.answering import Field
from zoo.common.counts import counted
from zoo.errors import DataError
from zoo.tables.chunks import Chunk, Table, batched, digest_of, unique_names
from zoo.tables.columns import Reading, printable
from zoo.tables.header import choose_columns
from zoo.tables.scanning import LONGEST_LINE, Scan, open_text, open_unpacked, scan
from zoo.tables.text_tables import (
    TextTable,
    check_archive,
    plain,
    quoted_rows,
    split_line,
    table_of_text,
)

__all__ = ["open_text_table", "text_chunks"]

_FIRST = 60
_SAMPLE = 1_000


def open_text_table(path: Path, column: str, reading: Reading) -> Table:
    """Return what is known of a table in text: all of it is read, and its rows not yet.

    Args:
        path: the file.
        column: the column of the texts, by name or number from 1.
        reading: how it is to be read.

    Raises:
        DataError: it is no table in text, or lacks the column.
        InputError: there is no such encoding or separator.
    """
    with open_unpacked(path) as file:
        check_archive(file.read(8), str(path))
    found = scan(path, reading.encoding)
    is_lines = column == "text" and path.name.lower().removesuffix(".gz").endswith(".txt")
    names = () if reading.header is False and not is_lines else (column,)
    head = table_of_text(
        found.head, str(path), found.guessed, reading.delimiter, names, cut=found.cut
    )
    if is_lines and "text" not in map(plain, next(head.rows(), (0, []))[1]):
        return Table(
            path=str(path),
            form="lines",
            fields=(Field("text"),),
            at=0,
            key="text",
            encoding=found.encoding,
            total=found.lines,
            told=_told(path, [part for part in head.detected if part.startswith("encoding")]),
        )
    first = list(islice(head.rows(), _FIRST))
    choice = choose_columns(str(path), first, lambda: _sample(head), (column,), reading.header)
    header = next((row for line, row in first if line == choice.line), None)
    told = [*head.detected, *choice.told]
    if header is None:
        called = [f"column_{number + 1}" for number in range(choice.width)]
    else:
        header = header[: choice.width]
        called = unique_names(header)
        told += [
            f"the column {new} for the second {old}"
            for old, new in zip(header, called, strict=True)
            if old != new
        ]
    return Table(
        path=str(path),
        form="text",
        fields=tuple(map(Field, called)),
        at=choice.at[0],
        key=called[choice.at[0]],
        encoding=found.encoding,
        delimiter=head.delimiter,
        quoting=_quoting(path, found, head),
        header=choice.line,
        total=found.lines,
        told=_told(path, told),
    )


def _quoting(path: Path, found: Scan, head: TextTable) -> str:
    """Return how quotes are meant: of all rows, where a standard does not say."""
    if not (found.cut and found.quotes) or head.delimiter in ("", " ", *",;|"):
        return head.quoting
    alone = _odd_rows(path, found, head.delimiter, "none")
    quoted = _odd_rows(path, found, head.delimiter, "csv") if alone else None
    return "csv" if quoted is not None and alone is not None and quoted < alone else "none"


def _odd_rows(path: Path, found: Scan, delimiter: str, quoting: str) -> int | None:
    """Return how many rows have another number of columns than most; None if it is malformed."""
    with open_text(path, found.encoding) as file:
        rows = (
            _plain_rows(file, delimiter)
            if quoting == "none"
            else quoted_rows(file, delimiter, quoting, str(path), LONGEST_LINE)
        )
        try:
            counts = Counter(len(cells) for _, cells in rows if cells)
        except DataError:
            return None
    return counts.total() - max(counts.values(), default=0)


def _told(path: Path, found: list[str]) -> tuple[str, ...]:
    if not found:
        return ()
    return (
        f"{printable(path.name)} is read as: {', '.join(found)}. If that is wrong, say so by "
        "--encoding, --delimiter, --no-header or --text-column.",
    )


def _sample(table: TextTable) -> list[tuple[int, list[str]]]:
    return list(islice(table.rows(), _SAMPLE))


def text_chunks(table: Table, rows: int) -> Iterator[Chunk]:
    """Yield the rows of a table in text.

    Args:
        table: what is known of it.
        rows: the most rows at a time.

    Raises:
        DataError: a row has another number of columns, or its quotes are not in pairs.
    """
    with open_text(table.path, table.encoding) as file:
        blank: Counter[str] = Counter()
        found = _lines(file) if table.form == "lines" else _rows(table, file, blank)
        start = 0
        for batch in batched(found, rows):
            cells = [row for _, row in batch]
            yield Chunk(
                start=start,
                inputs=[row[table.at] for row in cells],
                columns=[list(column) for column in zip(*cells, strict=True)],
                digest=digest_of(cells),
                blank=blank.pop("rows", 0),
                done=batch[-1][0],
            )
            start += len(batch)


Row = tuple[tuple[int, list[str]], int]


def _lines(file: TextIO) -> Iterator[Row]:
    for number, line in enumerate(file, 1):
        yield (number, [line.rstrip("\r\n")]), len(line)


def _rows(table: Table, file: TextIO, blank: Counter[str]) -> Iterator[Row]:
    """Yield every row that is not blank with the line it begins in, and its length.

    Blank rows are counted in `blank` when a row follows them: at its end a file may have any.
    """
    width, at, header = len(table.fields), table.at, table.header
    found = (
        _plain_rows(file, table.delimiter)
        if table.quoting == "none"
        else quoted_rows(file, table.delimiter, table.quoting, table.path, LONGEST_LINE)
    )
    passed = 0
    for row in found:
        line, cells = row
        if line <= header:
            continue
        if not (len(cells) == width and cells[at]) and not "".join(cells).strip():
            passed += 1
            continue
        if len(cells) != width:
            cells = _of_width(table, line, cells, width)
            row = line, cells
        blank["rows"] += passed
        passed = 0
        yield row, sum(map(len, cells)) + width


def _plain_rows(file: TextIO, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    for number, line in enumerate(file, 1):
        line = line.rstrip("\r\n")
        yield number, split_line(line, delimiter) if line else []


def _of_width(table: Table, line: int, cells: list[str], width: int) -> list[str]:
    """Return a row without blank cells beyond the width of the others."""
    columns = counted(width, "column")
    if len(cells) < width:
        raise DataError(f"{table.path}, line {line}: expected {columns}. Received: {len(cells)}")
    if any(cell.strip() for cell in cells[width:]):
        mark = table.delimiter
        raise DataError(
            f"{table.path}, line {line}: expected {columns}. Received: {len(cells)}. "
            f"Put texts that hold the separator {mark!r} in quotes, such as "
            f'"a film{mark} moving"'
        )
    return cells[:width]
