"""Cells of long tables of irregular series: times that are numbers or dates, and values."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from zoo.errors import DataError, shown
from zoo.tables.dates import DateForm, find_forms, without_doubt
from zoo.tables.numbers import decimal_mark, to_number
from zoo.tables.text_tables import TextTable

__all__ = ["moment_of", "number_of", "writing_of"]


def writing_of(table: TextTable, at: Sequence[int]) -> tuple[str, DateForm | None]:
    """Return the decimal mark of a long table, and how its dates are written that are no ISO 8601.

    Args:
        table: the table.
        at: numbers of the columns `id`, `time`, `name` and `value`.
    """
    rows = table.rows()
    next(rows, None)
    whole = [cells for _, cells in rows if len(cells) > max(at)]
    cells = (cells[index].strip() for cells in whole for index in (at[1], at[3]))
    mark = decimal_mark(cells, table.delimiter)
    times = list(dict.fromkeys(time for cells in whole if (time := cells[at[1]].strip())))
    if all(to_number(time, mark) is not None or _is_iso(time) for time in times):
        return mark, None
    forms = find_forms(times)
    return mark, without_doubt(times, forms) if forms else None


def _is_iso(cell: str) -> bool:
    try:
        datetime.fromisoformat(cell)
    except ValueError:
        return False
    return True


def moment_of(cell: str, place: str, mark: str, form: DateForm | None) -> tuple[float, str]:
    """Return a time, of a date in microseconds since 1970, and in what form it stands there.

    Args:
        cell: the time.
        place: where it stands, for errors.
        mark: the decimal mark.
        form: how dates are written; None where they are ISO 8601 or there are none.

    Raises:
        DataError: it is neither a number nor such a date.
    """
    value = to_number(cell, mark)
    if form is None and value is not None and math.isfinite(value):
        return value, "number"
    try:
        moment = datetime.fromisoformat(cell) if form is None else form.parse(cell)
        zoned = moment.tzinfo is not None
        since = (moment if zoned else moment.replace(tzinfo=UTC)) - datetime.fromtimestamp(0, UTC)
    except (ValueError, OverflowError):
        raise DataError(
            f"{place}: expected a number or a date as the time, such as 0.5 or 2024-01-31T18:00, "
            f"in one form throughout. Received: {shown(cell)}"
        ) from None
    return float(since // timedelta(microseconds=1)), "zoned" if zoned else "date"


def number_of(cell: str, expected: str, mark: str) -> float:
    """Return the number that a cell holds.

    Args:
        cell: the cell.
        expected: what is said first where it holds none.
        mark: the decimal mark.

    Raises:
        DataError: it holds none.
    """
    value = to_number(cell, mark)
    if value is None or not math.isfinite(value):
        raise DataError(f"{expected}, such as 0.5. Received: {shown(cell)}")
    return value
