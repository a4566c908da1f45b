"""Many series in one table: a line a step, a column that says which series it is of."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from zoo.errors import DataError, InputError, shown
from zoo.files import read_regular
from zoo.series.dates import find_columns, find_date_columns
from zoo.series.files import SeriesReading, parse_series
from zoo.series.gaps import Series
from zoo.series.order import find_order
from zoo.tables.numbers import MISSING, decimal_mark, to_number
from zoo.tables.text_tables import MAX_BYTES, TextTable, parse_text_table

__all__ = ["LongTable", "LongTables", "read_long"]

_NOTHING = "nan"


@dataclass(frozen=True)
class LongTables:
    """Which columns of a table say what its series are.

    Attributes:
        id_column: the column that says which series a line is of, by name or number from 1.
        label_column: the column of the series' class; None where they have none.
    """

    id_column: str
    label_column: str | None = None


@dataclass(frozen=True)
class LongTable:
    """The series of a table.

    Attributes:
        sha256: of the table's bytes.
        ids: which series each is.
        series: the series, in the order in which they begin.
        labels: the class of each; empty where they have none.
    """

    sha256: str
    ids: list[str]
    series: list[Series]
    labels: list[str]


def read_long(
    path: str | Path,
    form: LongTables,
    channels: int | None = None,
    reading: SeriesReading | None = None,
    content: bytes | None = None,
) -> LongTable:
    """Read the series of a table in text that names its columns in its first line.

    The lines of a series are its steps, and need not lie together. They are put in the order of
    their dates, or of a column of numbers that is called like a time or a counter and grows within
    every series; else they are in that of the lines. What holds of a table of one series, as
    `parse_series` reads it, holds of the lines of each.

    Args:
        path: the table, or what its content is called.
        form: which columns say what its series are.
        channels: how many channels there must be; None takes the columns of numbers.
        reading: how the table is to be read.
        content: the bytes of the table; None reads the file.

    Raises:
        DataError: it cannot be read, a line has no id, or the lines of a series have several
            classes.
        InputError: there is no such column, or a series is not as the model needs it.
    """
    reading = reading or SeriesReading()
    named = {"--id-column": form.id_column, "--label-column": form.label_column}
    options = {option: name for option, name in named.items() if name is not None}
    wanted = list(options.values())
    table = parse_text_table(
        read_regular(path, MAX_BYTES) if content is None else content,
        str(path),
        encoding=reading.encoding,
        delimiter=reading.delimiter,
        names=wanted,
    )
    rows = table.rows()
    _, header = next(rows, (0, []))
    names = [name.strip() for name in header]
    found = [_column(name, names, table, option) for option, name in options.items()]
    kept = [number for number in range(len(names)) if number not in found]
    lines: dict[str, list[tuple[int, list[str]]]] = {}
    labels: dict[str, tuple[str, int]] = {}
    for line, cells in rows:
        if len(cells) != len(names):
            raise DataError(
                f"{table.name}, line {line}: expected {len(names)} columns, as in the first line. "
                f"Received: {len(cells)}"
            )
        name, *label = (cells[number].strip() for number in found)
        if not name or label == [""]:
            missing = wanted[0] if not name else wanted[1]
            raise DataError(
                f"{table.name}, line {line}: expected a value in the column {shown(missing)}. "
                "Received: none. Fill it, or leave the line out"
            )
        # A line that is blank without its id is a step all the same.
        own = [cells[number].strip() or _NOTHING for number in kept]
        lines.setdefault(name, []).append((line, own))
        first = labels.setdefault(name, ("".join(label), line))
        if label and first[0] != label[0]:
            raise DataError(
                f"{table.name}, line {line}: expected one class a series, {shown(first[0])} of "
                f"{shown(name)} as in line {first[1]}. Received: {shown(label[0])}"
            )
    if not lines:
        raise DataError(
            f"Expected lines below the names of columns in {table.name}. Received: none"
        )
    own_names = [names[number] for number in kept]
    date_column = reading.date_column or _order(
        own_names, [[own for _, own in steps] for steps in lines.values()], table, reading
    )
    series = [
        parse_series(
            _written([own_names, *(own for _, own in steps)]),
            f"{table.name}, {names[found[0]]} {name}",
            channels,
            SeriesReading(reading.columns, date_column, reading.fill, reading.missing),
            [1, *(line for line, _ in steps)],
        )
        for name, steps in lines.items()
    ]
    classes = [labels[name][0] for name in lines] if form.label_column is not None else []
    return LongTable(table.sha256, list(lines), series, classes)


def _order(
    names: list[str],
    series: list[list[list[str]]],
    table: TextTable,
    reading: SeriesReading,
) -> str | None:
    """Return the column that puts the steps of every series in order, which one may not tell."""
    first = series[0]
    mark = decimal_mark((cell for cells in first for cell in cells), table.delimiter)
    kinds = [
        all(to_number(cells[i], mark) is not None for cells in first) for i in range(len(names))
    ]
    if find_date_columns(first, names, kinds, MISSING)[1] is not None:
        return None
    chosen = [] if reading.columns is None else find_columns(reading.columns, names, table.name)
    numeric = [number for number, kind in enumerate(kinds) if kind and number not in chosen]
    found = find_order(names, series, numeric, mark)
    return None if found is None or names.count(names[found]) > 1 else names[found]


def _column(name: str, names: list[str], table: TextTable, option: str) -> int:
    """Return the number of a column, from 0, by its name or its number from 1."""
    if name in names:
        return names.index(name)
    if name.isascii() and name.isdigit() and 1 <= int(name) <= len(names):
        return int(name) - 1
    raise InputError(
        f"Expected for {option} a column out of {shown(', '.join(names), 200)}, or its number, in "
        f"{table.name}. Received: {shown(name)}"
    )


def _written(rows: list[list[str]]) -> bytes:
    text = io.StringIO()
    # A row is a line, whatever its cells hold.
    whole = ([" ".join(cell.splitlines()) for cell in row] for row in rows)
    csv.writer(text, lineterminator="\n").writerows(whole)
    return text.getvalue().encode()
