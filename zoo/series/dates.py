"""Which columns of a table of a series are its dates."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence

from zoo.errors import InputError, shown
from zoo.tables.dates import DateForm, find_forms, without_doubt
from zoo.tables.numbers import is_missing
from zoo.tables.text_tables import plain

__all__ = ["DATE_PARTS", "find_columns", "find_date_columns", "joined"]

_DATE_NAMES = re.compile(
    r"(date|day|datum|fecha|time|timestamp|yyyymmdd|period|month|observation_date|yyyymm|^ts$)"
)
_TIME_NAMES = ("time", "hour", "hr", "hours", "uhrzeit", "zeit", "heure", "hora")
DATE_PARTS = {"year": ("year", "yr", "yyyy"), "month": ("month", "mon", "mo", "mm")}
DATE_PARTS |= {
    "day": ("day", "dd", "dom"),
    "hour": ("hour", "hr", "hh"),
    "minute": ("minute", "min"),
}
_YEAR_NAMES = ("year", "jahr", "annee", "ano", "date", "time", "yr")


def find_columns(wanted: Sequence[str], names: Sequence[str], place: str) -> list[int]:
    """Return the numbers of columns, from 0, that are given by name or by number from 1.

    Args:
        wanted: names, in any case, or numbers; several may stand in one with commas between.
        names: of all columns.
        place: the file, for errors.

    Raises:
        InputError: there is no such column, or there are several, or one is given twice.

    Example:
        >>> find_columns(["pressure", "1,2"], ["Date", "T", "Pressure"], "the file")
        [2, 0, 1]
    """
    folded = [plain(name) for name in names]
    parts = [
        part
        for name in wanted
        for part in ([name] if plain(name) in folded or "," not in name else name.split(","))
    ]
    found = [_find_column(part, names, folded, place) for part in parts]
    if len(set(found)) < len(found) or not found:
        raise InputError(f"Expected columns, each once. Received: {shown(', '.join(wanted), 200)}")
    return found


def _find_column(name: str, names: Sequence[str], folded: Sequence[str], place: str) -> int:
    found = [i for i, own in enumerate(names) if own == name.strip()]
    found = found or [i for i, own in enumerate(folded) if own == plain(name)]
    if not found and name.strip().isdecimal() and 1 <= int(name) <= len(names):
        found = [int(name) - 1]
    if len(found) != 1:
        raise InputError(
            f"Expected columns out of {shown(', '.join(names), 200)}, or their numbers from 1, in "
            f"{place}. Received: {shown(name)}{', which several are' if found else ''}"
        )
    return found[0]


def find_date_columns(
    data: list[list[str]],
    names: Sequence[str],
    kinds: Sequence[bool],
    markers: Collection[str],
    date_column: str | None = None,
) -> tuple[list[int], DateForm | None]:
    """Return the numbers of the columns that together are the date, and how it is written.

    Args:
        data: rows of a table.
        names: of its columns.
        kinds: whether each holds numbers.
        markers: what says that a value is missing.
        date_column: the column by name or number, or several, with commas between; `"none"` for
            none, None to guess.

    Returns:
        Numbers from 0 and a form; none and None where there is no date.

    Raises:
        InputError: there is no such column, or it holds no dates.
    """
    folded = [plain(name) for name in names]
    if date_column is not None:
        if plain(date_column) in ("none", ""):
            return [], None
        columns = find_columns([date_column], names, "the file")
        form = _form_of(data, columns, markers)
        if form is None:
            examples = [cells[columns[0]] for cells in data[:1]]
            raise InputError(
                "Expected dates in one form, such as 2020-01-31 or 31.01.2020 18:00, in the "
                f"column {date_column}. Received: {shown(examples)}"
            )
        return columns, form
    for candidate in _candidates(data, folded, kinds):
        form = _form_of(data, candidate, markers)
        if form is not None:
            return candidate, form
    return [], None


def _candidates(
    data: list[list[str]], names: Sequence[str], kinds: Sequence[bool]
) -> Iterator[list[int]]:
    """Yield sets of columns that may be the dates, the likeliest first."""
    for index, kind in enumerate(kinds):
        if kind and not _DATE_NAMES.search(names[index]):
            continue
        after = [index + 1] if index + 1 < len(kinds) else []
        others = [i for i, name in enumerate(names) if name in _TIME_NAMES and i != index]
        for time in dict.fromkeys([*others, *after]):
            if not kinds[time] or names[time] in _TIME_NAMES or ":" in data[0][time]:
                yield [index, time]
        yield [index]
    parts = [
        next((i for i, name in enumerate(names) if name in known), None)
        for known in DATE_PARTS.values()
    ]
    while len(parts) > 1:
        if None not in parts:
            yield [part for part in parts if part is not None]
        parts.pop()
    named = [i for i, name in enumerate(names) if name in _YEAR_NAMES and kinds[i]]
    if sum(kinds) > 1:
        for index in named or ([0] if kinds[0] else []):
            cells = [row[index] for row in data]
            if len(cells) > 3 and not cells[-1].isdecimal():  # a total
                cells.pop()
            years = all(re.fullmatch(r"1[5-9]\d\d|20\d\d", cell) for cell in cells)
            steps = {int(b) - int(a) for a, b in itertools.pairwise(cells)} if years else set()
            if steps == {1}:
                yield [index]


def joined(cells: Sequence[str]) -> str:
    """Return the parts of a date as one text.

    Args:
        cells: a date; a day and a time; a year; or year, month, day, hour and minute.

    Example:
        >>> joined(["10/03/2004", "18.00.00"]), joined(["2010", "1", "2", "13"])
        ('10/03/2004 18.00.00', '2010-01-02T13:00')
    """
    if len(cells) == 1:
        return f"{cells[0]}-01-01" if re.fullmatch(r"\d{4}", cells[0]) else cells[0]
    if len(cells[0]) == 4 and cells[0].isdecimal() and all(map(_is_whole, cells)):
        year, month, *rest = (int(float(cell)) for cell in cells)
        number, hour, minute = [*rest, *(1, 0, 0)[len(rest) :]]
        return f"{year}-{month:02}-{number:02}T{hour:02}:{minute:02}"
    time = f"{int(float(cells[1])):02}:00" if _is_whole(cells[1]) else cells[1]
    day = cells[0]
    # Some tables write midnight behind every day, and the time beside it.
    for midnight in (" 00:00:00", "T00:00:00", " 0:00"):
        day = day.removesuffix(midnight)
    return f"{day} {time}"


def _is_whole(cell: str) -> bool:
    return re.fullmatch(r"\d{1,4}(\.0)?", cell) is not None


def _form_of(
    data: list[list[str]], columns: list[int], markers: Collection[str]
) -> DateForm | None:
    rows = [[cells[column] for column in columns] for cells in data]
    present = [row for row in rows if not any(is_missing(cell, markers) for cell in row)]
    if 2 * len(present) < len(rows):
        return None
    try:
        cells = [joined(row) for row in present]
    except ValueError:
        return None
    for some in (cells, _usual(cells)):
        if forms := find_forms(some):
            return without_doubt(some, forms)
    return None


def _usual(cells: Sequence[str]) -> list[str]:
    """Return the cells that are written like nearly all: a total must not hide the dates."""
    shapes = [re.sub(r"\d+", "9", re.sub(r"[^\W\d_]+", "a", cell)) for cell in cells]
    counts = Counter(shapes)
    usual = max(counts, key=counts.__getitem__, default="")
    odd = len(cells) - counts[usual]
    few = odd < counts[usual] and odd <= max(3, len(cells) // 10)
    return [cell for cell, shape in zip(cells, shapes, strict=True) if few and shape == usual]
