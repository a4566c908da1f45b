"""Read numeric series from files: tables with or without dates, and NumPy's arrays."""

from __future__ import annotations

import io
import logging
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from msgspec import structs
from numpy.lib import format as npy

from zoo.common.answering import Note
from zoo.common.counts import counted
from zoo.common.user_warnings import warn_user
from zoo.errors import DataError, InputError, shown
from zoo.files import read_regular
from zoo.series.arrays import check_series
from zoo.series.decimals import DECIMAL_ADVICE, one_column_of_decimals
from zoo.series.gaps import FILLS, Series, mend
from zoo.series.tables import Layout, find_layout
from zoo.series.typed import TYPED, as_table_in_text
from zoo.tables.numbers import to_number
from zoo.tables.text_tables import MAX_BYTES, TextTable, parse_text_table

__all__ = [
    "SUFFIXES",
    "SeriesReading",
    "load_series",
    "noted",
    "parse_series",
    "read_series",
    "tell",
]

# What is read of a folder: others may be notes on the data.
SUFFIXES = (".csv", ".tsv", ".tab", ".npy", ".csv.gz", ".tsv.gz", ".tab.gz", *TYPED)
_CHUNK = 10_000


@dataclass(frozen=True)
class SeriesReading:
    """How a table of a series is to be read; what is None is found out.

    Attributes:
        columns: the channels, by name or by number from 1.
        date_column: the column of dates, or two with a comma between; `"none"` for none.
        fill: how missing values are filled: `"linear"` or `"previous"`. None refuses them.
        missing: what else stands for a missing value, such as `"-200"`; `"none"` alone says that
            every number is one.
        encoding: of the text.
        delimiter: what separates columns.

    Raises:
        InputError: there is no such way to fill.
    """

    columns: Sequence[str] | None = None
    date_column: str | None = None
    fill: str | None = None
    missing: Sequence[str] | None = None
    encoding: str | None = None
    delimiter: str | None = None

    def __post_init__(self) -> None:
        for name in ("columns", "missing"):
            value = getattr(self, name)
            if isinstance(value, str):
                object.__setattr__(self, name, (value,))
            elif value is not None:
                object.__setattr__(self, name, tuple(str(item) for item in value))
        if self.fill is not None and self.fill not in FILLS:
            raise InputError(
                f"Expected fill out of {' and '.join(FILLS)}. Received: {shown(self.fill)}"
            )


def read_series(
    path: str | Path, channels: int | None = None, reading: SeriesReading | None = None
) -> np.ndarray:
    """Read one series from a file: a table, a line a step and a column a channel, or NPY.

    What was guessed is logged, and what was left out is warned of.

    Args:
        path: the file; `.npy` is NumPy's own format, `.parquet` and `.jsonl` are tables with types,
            and all else is a table in text, perhaps packed with gzip.
        channels: how many there must be; None takes the columns of numbers.
        reading: how the table is to be read.

    Returns:
        float64 array of shape (time, channels).

    Raises:
        DataError: the file is missing, too large, or not numbers in columns.
        InputError: it has another number of channels, or values are missing.

    Example:
        >>> read_series("series.csv").shape  # doctest: +SKIP
        (500, 1)
    """
    series = load_series(path, channels, reading)
    tell([series])
    return series.values


def load_series(
    path: str | Path, channels: int | None = None, reading: SeriesReading | None = None
) -> Series:
    """Read one series from a file as `read_series` does, with its dates, and say nothing.

    Args:
        path: the file.
        channels: how many there must be.
        reading: how the table is to be read.

    Raises:
        DataError: as for `read_series`.
        InputError: as for `read_series`.
    """
    path = Path(path)
    if path.name.lower().endswith(TYPED):
        typed = replace(reading or SeriesReading(), encoding="utf-8", delimiter=",")
        return parse_series(as_table_in_text(path), str(path), channels, typed)
    content = read_regular(path, MAX_BYTES)
    if path.suffix.lower() == ".npy":
        return Series(str(path), _parse_npy(content, path, channels))
    return parse_series(content, str(path), channels, reading)


def _parse_npy(content: bytes, path: Path, channels: int | None) -> np.ndarray:
    file = io.BytesIO(content)
    try:
        version = npy.read_magic(file)
        read_header = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
        if version not in read_header:
            raise ValueError(f"it has the version {version}")
        shape, _, dtype = read_header[version](file)
        # A header alone must not make room for more than follows it.
        size, rest = dtype.itemsize * math.prod(shape), len(content) - file.tell()
        if dtype.hasobject or size > rest:
            raise ValueError(f"{rest} bytes follow its header, of the shape {shape} of {dtype}")
        file.seek(0)
        # Without pickle nothing in the file can run.
        array = npy.read_array(file, allow_pickle=False)
    except (ValueError, OSError, EOFError, OverflowError) as error:
        raise DataError(f"{path} is not an array in NumPy's format: {error}") from error
    (series, *more), _ = check_series(array, channels)
    if more:
        raise DataError(
            f"Expected one series of shape (time, channels). Received: {path}, of the shape "
            f"{array.shape}"
        )
    return series


def parse_series(
    content: bytes,
    place: str,
    channels: int | None = None,
    reading: SeriesReading | None = None,
    lines: Sequence[int] | None = None,
) -> Series:
    """Read one series from the bytes of a table.

    A header is a line without any number; what stands above it is not read. Columns that do not
    hold numbers are left out, one of them perhaps the date.

    Args:
        content: the lines, a step each.
        place: where they come from, for errors.
        channels: how many there must be; None takes the columns of numbers.
        reading: how the table is to be read.
        lines: of a table that is a part of another, a line a row: the lines of that.

    Returns:
        The series, and what there is to say about it.

    Raises:
        DataError: a line is not numbers, or has another number of columns.
        InputError: there is another number of channels, or values are missing.

    Example:
        >>> parse_series(b"x,y\\n1,2\\n3,4\\n", "example").values.tolist()
        [[1.0, 2.0], [3.0, 4.0]]
    """
    reading = reading or SeriesReading()
    delimiter = reading.delimiter
    if delimiter is None and _is_plain(content, place):
        delimiter = ","
    table = parse_text_table(content, place, encoding=reading.encoding, delimiter=delimiter)
    ambiguous = False
    if reading.delimiter is None and table.delimiter in (",", "") and channels in (None, 1):
        decimal = one_column_of_decimals(table.text)
        ambiguous = decimal is None
        if decimal:
            table = TextTable(**{**vars(table), "delimiter": "", "quoting": "none"})
    if table.delimiter == "" and _by_spaces(table.text):
        table = parse_text_table(content, place, encoding=reading.encoding, delimiter=" ")
        if reading.delimiter is None:
            table = TextTable(
                **{**vars(table), "detected": (*table.detected, "separator white space")}
            )
    table = replace(table, lines=lines)
    missing = [text for text in reading.missing or () if text.lower() != "none"]
    try:
        layout = find_layout(table, channels, reading.columns, reading.date_column, missing)
    except InputError as error:
        if not ambiguous:
            raise
        raise InputError(f"{error}. {DECIMAL_ADVICE}") from None
    if ambiguous and len(layout.channels) == 1:
        layout.warned.append(DECIMAL_ADVICE)
    values, places, dates = _convert(table, layout)
    names = [layout.names[index] for index in layout.channels]
    series = Series(place, values, tuple(names), None, tuple(layout.said), tuple(layout.warned))
    guess = reading.missing is None
    return mend(series, layout, places, dates, fill=reading.fill, guess_missing=guess)


def _is_plain(content: bytes, place: str) -> bool:
    """Return whether nothing need be found out: numbers with commas between, of one width."""
    if place.lower().removesuffix(".gz").endswith((".tsv", ".tab")):
        return False
    lines = content[: 1 << 14].split(b"\n")[1:-1][-50:]
    try:
        rows = [line.decode("ascii").strip().split(",") for line in lines if line.strip()]
    except UnicodeDecodeError:
        return False
    return len({len(cells) for cells in rows}) == 1 and all(
        len(cells) > 1 and all(to_number(cell.strip()) is not None for cell in cells)
        for cells in rows
    )


def _by_spaces(text: str) -> bool:
    """Return whether the first lines hold several numbers with white space between."""
    lines = [line for line in text[: 1 << 14].splitlines()[1:50] if line.strip()]
    return bool(lines) and all(
        len(line.split()) > 1 and all(to_number(cell) is not None for cell in line.split())
        for line in lines[-10:-1] or lines
    )


def _convert(table: TextTable, layout: Layout) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Return the channels with NaN where a value is missing, the rows' lines, and their dates.

    Where there are no dates, it is the numbers that put the rows in order, if there are any.
    """
    width = len(layout.names)
    columns = counted(width, "column")
    pieces: list[np.ndarray] = []
    piece: list[list[float]] = []
    lines: list[int] = []
    dates: list[str] = []
    below: list[tuple[int, list[str]]] = []
    for line, cells in layout.rows:
        while len(cells) > width and not cells[-1]:
            cells = cells[:-1]
        if len(cells) != width:
            below.append((line, cells))
            continue
        if below:
            line, cells = below[0]
            raise DataError(
                f"{table.name}, line {line}: expected {columns}. Received: {len(cells)}"
            )
        piece.append([_number(cells[i], line, i, table, layout) for i in layout.channels])
        lines.append(line)
        if layout.dates:
            dates.append(layout.date_of(cells))
        elif layout.order is not None:
            dates.append(cells[layout.order])
        if len(piece) == _CHUNK:
            pieces.append(np.array(piece))
            piece = []
    for line, cells in below:
        if any(to_number(cell, layout.mark) is not None for cell in cells) or width == 1:
            raise DataError(
                f"{table.name}, line {line}: expected {columns}. Received: {len(cells)}"
            )
    if below:
        number = "a line" if len(below) == 1 else f"{len(below)} lines"
        layout.warned.append(
            f"{number} below the last step left unread, such as "
            f"{shown(table.delimiter.join(below[0][1]))}"
        )
    values = np.concatenate([*pieces, np.array(piece).reshape(-1, len(layout.channels))])
    return values, np.array(lines), dates


def _number(cell: str, line: int, column: int, table: TextTable, layout: Layout) -> float:
    number = to_number(cell, layout.mark)
    if cell.lower() in layout.markers:
        return math.nan
    if number is None:
        name = layout.names[column]
        where = f"column {name}: " if len(layout.names) > 1 else ""
        raise DataError(
            f"{table.name}, line {line}: {where}expected numbers, such as 0.5. "
            f"Received: {shown(cell)}. If it stands for a missing value, name it with --missing"
        )
    return number


def tell(series: Sequence[Series]) -> None:
    """Log what was guessed of series and warn of what was left out: once for many alike.

    Args:
        series: what was read.
    """
    told: dict[tuple[bool, str], list[tuple[str, str]]] = {}
    for item in series:
        texts = [(False, "; ".join(item.said))] if item.said else []
        for warns, text in [*texts, *((True, text) for text in item.warned)]:
            told.setdefault((warns, _kind(text)), []).append((item.name, text))
    for (warns, _), items in told.items():
        (name, text), more = items[0], len(items) - 1
        message = f"{name}: {text}"
        if more:
            same = all(other == text for _, other in items)
            message = (
                f"{name} and {more} more: {text}" if same else f"{message}; the like of {more} more"
            )
        if warns:
            warn_user(message)
        else:
            logging.getLogger("zoo").info("%s", message)


def _kind(text: str) -> str:
    """Return what messages have in common that differ in numbers and quoted examples alone."""
    plain = re.sub(r"'[^']*'|\d[\d.,:\- ]*", "# ", text)
    # Of one, or of several.
    return re.sub(r"(?<=# )(\w+?)s?( is| are| occurs?|\b)", r"\1", plain)


def noted(series: Sequence[Series]) -> list[Note]:
    """Return what `tell` would say of files that are a part of all; of those alike it is one note.

    Args:
        series: what was read.
    """
    notes: dict[str, Note] = {}
    for number, item in enumerate(series):
        told = [("read", "; ".join(item.said), False)] if item.said else []
        told += [(_kind(text), text, True) for text in item.warned]
        for kind, text, warns in told:
            escaped = text.replace("{", "{{").replace("}", "}}")
            note = notes.get(kind)
            notes[kind] = (
                Note(kind, f"{{place}}{{more}}: {escaped}", 1, number, warns)
                if note is None
                else structs.replace(note, count=note.count + 1)
            )
    return list(notes.values())
