"""Which line of a table names its columns, and which of them are the wanted ones."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from zoo.errors import DataError, InputError, shown
from zoo.tables.text_tables import plain

__all__ = ["Choice", "check_columns", "choose_columns", "header_at"]

Row = tuple[int, list[str]]

# Names that stand for "not said"; with others nothing is guessed.
_DEFAULTS = {"text", "label"}
_LINES = 50
_HINT = "--text-column or --label-column"
_LONGEST_LABEL = 60
_LEAST_WORDS = 3
_MOST_WORDS = 4  # of the name of a column


@dataclass(frozen=True)
class Choice:
    """What was chosen of a table.

    Attributes:
        line: the line of the header; 0 where there is none.
        at: where the wanted columns stand, from 0.
        width: how many columns there are.
        told: what was guessed, in words.
    """

    line: int
    at: tuple[int, ...]
    width: int
    told: tuple[str, ...] = ()


def check_columns(place: str, present: Sequence[Any], wanted: Sequence[str]) -> list[int]:
    """Return where columns stand; case and spaces around a name count where they must.

    Args:
        place: what has the columns, for errors.
        present: names of the columns there.
        wanted: names of those looked for.

    Raises:
        DataError: one is missing, or there several times.
        InputError: one is looked for twice.

    Example:
        >>> check_columns("here", ["id", " Text "], ["text"])
        [1]
    """
    found: list[int] = []
    for column in wanted:
        same = [index for index, name in enumerate(present) if name == column]
        like = same or [i for i, name in enumerate(present) if plain(str(name)) == plain(column)]
        if not like:
            raise DataError(
                f"Expected a column {column!r} in {place}. Received the columns: "
                f"{shown(', '.join(map(str, present)) or 'none', 200)}. Name it with {_HINT}"
            )
        if len(like) > 1:
            raise DataError(f"Expected one column {column!r} in {place}. Received: several")
        found.append(like[0])
    _check_different(place, found, wanted)
    return found


def _check_different(place: str, at: Sequence[int], wanted: Sequence[str]) -> None:
    """Refuse one column for both: a model would learn to say what it is given."""
    if len(set(at)) < len(at):
        raise InputError(
            f"Expected two columns of {place}, such as --text-column 1 --label-column 2. "
            f"Received: one for both, {shown(' and '.join(wanted), 80)}"
        )


def header_at(rows: Sequence[Sequence[Any]], wanted: Sequence[str]) -> int | None:
    """Return which of the first rows of a table names columns, from 0; None where none does.

    Args:
        rows: the first rows.
        wanted: names of the columns, all of which the row has, in any case.

    Example:
        >>> header_at([["as of May"], ["Text", "Label"], ["A moving film.", "good"]], ["label"])
        1
    """
    names = {plain(column) for column in wanted}
    for number, cells in enumerate(rows[:_LINES]):
        if names <= {plain(str(cell)) for cell in cells}:
            return number
    return None


def choose_columns(
    name: str,
    first: Sequence[Row],
    sample: Callable[[], Sequence[Row]],
    wanted: Sequence[str],
    header: bool | None = None,
) -> Choice:
    """Return which columns of a table are the wanted ones.

    A line that has all their names is the header. Where they are numbers they count from 1. Where
    they are "text" and "label", as by default, and the table has no such names, they are guessed:
    that of the labels repeats a few short values, that of the texts has by far the longest.

    Args:
        name: the table's name, for errors.
        first: its first rows, with their lines.
        sample: gives rows from all over it, when they are needed.
        wanted: names of the columns looked for.
        header: whether a line names the columns; by default that is found out.

    Raises:
        DataError: a column is not there.
        InputError: columns are named, and there is no header; or one is asked for twice.
    """
    if not first:
        raise DataError(f"Expected at least one row of data in {name}. Received: none")
    numbers = [int(column) for column in wanted if re.fullmatch(r"[1-9]\d{0,4}", column)]
    by_number = len(numbers) == len(wanted)
    if header is not False:
        skipped = header_at([cells for _, cells in first], wanted)
        if skipped is not None:
            line, cells = first[skipped]
            at = check_columns(name, cells, wanted)
            told = (f"the {skipped} lines before its header left out",) if skipped else ()
            return Choice(line, tuple(at), _width(cells), told)
    rows = [(line, cells) for line, cells in sample()]
    width = Counter(_width(cells) for _, cells in rows).most_common(1)[0][0]
    width = max(width, _width(first[0][1])) if header is not False else width
    if by_number:
        if max(numbers) > width:
            raise DataError(
                f"Expected columns from 1 to {width} in {name}. Received: {max(numbers)}"
            )
        at = [number - 1 for number in numbers]
        _check_different(name, at, wanted)
    elif header is False and not set(wanted) <= _DEFAULTS:
        raise InputError(
            "Expected the numbers of columns, from 1, of a table without a header, such as "
            f"--text-column 1 --label-column 2. Received: {shown(', '.join(wanted))}"
        )
    else:
        at = _guess(name, first, rows, wanted, width, header)
    line, cells = first[0]
    guessed = header is None
    if header is None:
        header = _names(first[0], rows, at, wanted)
    told = (
        ()
        if by_number
        else (
            " and ".join(
                f"column {index + 1}{f' ({shown(cells[index].strip(), 40)})' if header else ''} "
                f"for the {column}s"
                for index, column in zip(at, wanted, strict=True)
            ),
        )
    )
    if not header:
        # What was asked for is not told.
        return Choice(0, tuple(at), width, (*told, "no header") if guessed else told)
    return Choice(line, tuple(at), _width(cells), (*told, f"line {line} for the header"))


def _width(cells: Sequence[str]) -> int:
    """Return how many columns a row has; empty ones at its end are none."""
    return max((index + 1 for index, cell in enumerate(cells) if cell.strip()), default=0)


def _names(first: Row, rows: Sequence[Row], at: Sequence[int], wanted: Sequence[str]) -> bool:
    """Return whether the first row names the columns: it is short, and its label is no label."""
    line, cells = first
    if any(index >= len(cells) or len(cells[index].split()) > _MOST_WORDS for index in at):
        return False
    if len(wanted) < 2:
        return True
    labels = {row[at[-1]].strip() for number, row in rows if number != line and len(row) > at[-1]}
    return cells[at[-1]].strip() not in labels


def _guess(
    name: str,
    first: Sequence[Row],
    rows: Sequence[Row],
    wanted: Sequence[str],
    width: int,
    header: bool | None,
) -> list[int]:
    """Return where texts and labels stand, by what they look like, or refuse with advice."""
    present = first[0][1]
    known = {
        column: [index for index, cell in enumerate(present) if plain(cell) == plain(column)]
        for column in wanted
    }
    body = [cells for line, cells in rows if line != first[0][0]] or [first[0][1]]
    columns = [
        [cells[index].strip() for cells in body if len(cells) > index] for index in range(width)
    ]
    guessed: dict[str, list[int]] = {"text": _long(columns), "label": _few(columns)}
    found: list[int] = []
    for column in wanted:
        at = known[column] if header is not False and known[column] else guessed.get(column, [])
        if len(at) != 1 or at[0] in found:
            _refuse(name, first, wanted, column)
        found.append(at[0])
    return found


def _refuse(name: str, first: Sequence[Row], wanted: Sequence[str], column: str) -> None:
    cells = [cell.strip()[:30] for cell in first[0][1][:20]]
    options = ("--text-column", "--label-column")[: len(wanted)]
    advice = " ".join(f"{option} {number}" for number, option in enumerate(options, 1))
    raise DataError(
        f"Expected a column {column!r} in {name}. Received the columns: "
        f"{shown(', '.join(cells) or 'none', 200)}. Name it with {_HINT}; if that line is no "
        f"header, give numbers, such as {advice} --no-header; and if columns are not separated so, "
        "--delimiter"
    )


def _few(columns: Sequence[Sequence[str]]) -> list[int]:
    """Return which columns repeat a few short values, as labels do."""
    found = []
    for index, cells in enumerate(columns):
        values = set(cells)
        if (
            "" not in values
            and 2 <= len(values) <= max(2, len(cells) // 2)
            and max(map(len, values)) <= _LONGEST_LABEL
        ):
            found.append(index)
    return found


def _long(columns: Sequence[Sequence[str]]) -> list[int]:
    """Return the column with by far the longest texts, if there is one."""
    lengths = sorted(
        (
            (sum(map(len, cells)) / len(cells), index)
            for index, cells in enumerate(columns)
            if cells and sum(cell.count(" ") + 1 for cell in cells) >= _LEAST_WORDS * len(cells)
        ),
        reverse=True,
    )
    if len(lengths) > 1 and lengths[0][0] < 2 * lengths[1][0]:
        return []
    return [index for _, index in lengths[:1]]
