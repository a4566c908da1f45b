"""Which column of a table puts the steps of a series in order, and whether it holds many series."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from zoo.errors import DataError, shown
from zoo.tables.numbers import to_number

__all__ = ["ROW_NAMES", "check_one_series", "counts_on", "find_order", "is_clock"]

# fmt: off
ROW_NAMES = ("", "index", "no", "no.", "nr", "id", "row", "#", "instant", "obs", "unnamed: 0")
_CLOCK = frozenset((
    "t", "time", "times", "timestamp", "ts", "step", "steps", "timestep", "tick", "frame",
    "seconds", "second", "sec", "secs", "ms", "elapsed", "epoch", "zeit", "cycle",
))
_WHOSE = frozenset((
    "id", "ids", "uid", "uuid", "sensor", "device", "unit", "subject", "station", "patient",
    "series", "machine", "item", "store", "symbol", "ticker", "user", "person", "participant",
    "trial", "recording", "session", "run", "site", "engine", "node", "sku", "product",
))
# fmt: on
_FEWEST = 3
_EVEN = 0.9
_RUN = 5  # steps of a series at least, on average, whose name stands in a column of any name


def _words(name: str) -> list[str]:
    """Return the words of a column's name: `timeStep (s)` is of three; T is a temperature."""
    words = re.findall(r"[A-Za-z]+", re.sub(r"([a-z])([A-Z])", r"\1 \2", name))
    return [word.lower() for word in words if word != "T"]


def is_clock(name: str) -> bool:
    """Return whether a column is called like one that puts steps in order.

    Args:
        name: of the column.

    Example:
        >>> [is_clock(name) for name in ("time_s", "timeStep", "index", "pressure")]
        [True, True, True, False]
    """
    return name.strip().lower() in ROW_NAMES or not _CLOCK.isdisjoint(_words(name))


def counts_on(cells: Sequence[str], mark: str = ".") -> bool:
    """Return whether numbers grow from line to line, or do so evenly in another order of the lines.

    Args:
        cells: of a column.
        mark: the decimal mark.

    Example:
        >>> counts_on(["0", "0.5", "7"]), counts_on(["2", "0", "1"]), counts_on(["2", "0", "2"])
        (True, True, False)
    """
    found = [to_number(cell, mark) for cell in cells]
    if None in found:
        return False
    numbers = np.array(found, np.float64)
    if (np.diff(numbers) > 0).all():
        return True
    steps = np.diff(np.sort(numbers))
    if not (steps > 0).all():
        return False
    usual = float(np.median(steps))
    whole = np.abs(steps / usual - np.round(steps / usual)) < 0.01
    return bool((whole & (steps > 0.5 * usual)).mean() >= _EVEN)


def find_order(
    names: Sequence[str],
    series: Sequence[Sequence[Sequence[str]]],
    candidates: Iterable[int],
    mark: str = ".",
) -> int | None:
    """Return the column whose numbers say in which order the steps come, or None.

    It is called like a time or a counter, and grows within every series, whatever the order of
    the lines is.

    Args:
        names: of the columns.
        series: the rows of every series.
        candidates: numbers of columns that it may be.
        mark: the decimal mark.
    """
    if max(map(len, series), default=0) < _FEWEST:
        return None
    for index in candidates:
        if is_clock(names[index]) and all(
            counts_on([cells[index] for cells in rows], mark) for rows in series
        ):
            return index
    return None


def check_one_series(
    place: str,
    names: Sequence[str],
    rows: Sequence[Sequence[str]],
    channels: Sequence[int],
    dates: Sequence[int],
    date_of: Callable[[Sequence[str]], str],
) -> str:
    """Refuse the lines of many series where they are to be one.

    They are where times come again and again, and a column tells apart those that are the same.

    Args:
        place: the file, for errors.
        names: of the columns.
        rows: some lines.
        channels: numbers of the columns that were chosen by name.
        dates: numbers of the columns that are the date.
        date_of: returns the date of a row.

    Returns:
        What to warn of: a column that may tell series apart; empty where there is none.

    Raises:
        DataError: they are of many.
    """
    whose = _that_repeat(names, rows, {*channels, *dates})
    clocks: list[tuple[str, list[Any]]] = [
        (names[index], [cells[index] for cells in rows])
        for index in range(len(names))
        if index not in (*channels, *dates)
        and is_clock(names[index])
        and not _is_whose(names[index])
    ]
    if dates:
        named = " and ".join(names[index] for index in dates)
        clocks.insert(0, (named, [date_of(cells) for cells in rows]))
    advice = (
        "with --id-column {}, where the command takes it, the lines of each are a series; or give "
        "a file for every series"
    )
    for clock, times in clocks:
        if len(set(times)) > _EVEN * len(times):
            continue
        for index, cells in whose.items():
            if len(set(zip(cells, times, strict=True))) < len(times):
                continue
            raise DataError(
                f"Expected one series in {place}. Received: lines of several, which the column "
                f"{names[index]} ({shown(cells[0])} first) tells apart where {clock} is the same: "
                f"{advice.format(names[index])}. With --date-column none all lines are one series, "
                "as they stand"
            )
    for index, cells in whose.items():
        if not (_is_whose(names[index]) or _lie_together(cells)):
            continue
        return (
            f"the column {names[index]} may tell series apart ({len(set(cells)):,} values, such "
            f"as {shown(cells[0])}), and all lines are taken for one. If it does, "
            f"{advice.format(names[index])}"
        )
    return ""


def _that_repeat(
    names: Sequence[str], rows: Sequence[Sequence[str]], others: set[int]
) -> dict[int, list[str]]:
    """Return the cells of columns that may say which series a line is of, by their numbers."""
    found = {}
    for index, name in enumerate(names):
        if index in others or (is_clock(name) and not _is_whose(name)):
            continue
        cells = [row[index] for row in rows]
        if not 2 <= len(set(cells)) <= len(cells) / 2 or not all(cells):
            continue
        if _is_whose(name) or any(to_number(cell) is None for cell in cells):
            found[index] = cells
    return found


def _is_whose(name: str) -> bool:
    return not _WHOSE.isdisjoint(_words(name))


def _lie_together(cells: Sequence[str]) -> bool:
    """Return whether every value stands in one run of lines, as names of series do."""
    values = len(set(cells))
    turns = 1 + sum(a != b for a, b in itertools.pairwise(cells))
    return turns == values >= _FEWEST and len(cells) >= _RUN * values
