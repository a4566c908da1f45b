"""Numbers as tables have them: decimal points or commas, signs for what is missing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import numpy as np

__all__ = ["MISSING", "decimal_mark", "find_sentinels", "is_missing", "to_number"]

# What tables write where a value is missing, in lower case.
# fmt: off
MISSING = frozenset((
    "", "na", "n/a", "n.a.", "nan", "null", "none", "nil", "nd", "-", "--", "---", "?", ".", "..",
    "*", "**", "***", "#n/a", "#na", "#value!", "(null)", "<na>", "\\n", "missing",
))
# fmt: on
# Numbers that stand for a missing value, where they lie apart from all others.
_SENTINELS = (-99.0, -99.9, -99.99, -200.0, -999.0, -999.9, -999.99, -9999.0, -9999.9, -99999.0)
_POINT = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_COMMA = re.compile(r"[+-]?(?:\d+,\d*|,\d+)(?:[eE][+-]?\d+)?")
_POINTED_COMMA = re.compile(r"[+-]?\d{1,3}(?:\.\d{3})+(?:,\d+)?")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")


def is_missing(cell: str, markers: Iterable[str] = MISSING) -> bool:
    """Return whether a cell says that its value is missing.

    Args:
        cell: a text without spaces around.
        markers: what says so, in lower case.

    Example:
        >>> is_missing("N/A"), is_missing("0")
        (True, False)
    """
    return cell.lower() in markers


def to_number(cell: str, mark: str = ".") -> float | None:
    """Return the number that a cell holds, or None.

    Args:
        cell: a text without spaces around.
        mark: the decimal mark, a point or a comma.

    Example:
        >>> to_number("1.234,5", ","), to_number("1,234.5"), to_number("1_0"), to_number("inf")
        (1234.5, 1234.5, None, None)
    """
    cell = cell.replace("\u2212", "-")
    if mark == ",":
        if _POINTED_COMMA.fullmatch(cell):
            cell = cell.replace(".", "").replace(",", ".")
        elif _COMMA.fullmatch(cell):
            cell = cell.replace(",", ".")
    elif _THOUSANDS.fullmatch(cell):
        cell = cell.replace(",", "")
    if not _POINT.fullmatch(cell):
        return None
    number = float(cell)
    return number if np.isfinite(number) else None


def decimal_mark(cells: Iterable[str], delimiter: str) -> str:
    """Return which decimal mark the numbers of a table have: a point or a comma.

    Args:
        cells: some of its cells.
        delimiter: what separates its columns. Where that is a comma, and all commas stand before
            three digits, they are taken for marks of thousands.

    Example:
        >>> decimal_mark(["2,6", "1360"], ";"), decimal_mark(["1,360", "12,500"], ",")
        (',', '.')
    """
    decimal = possible = False
    for cell in cells:
        if "," not in cell:
            continue
        if _THOUSANDS.fullmatch(cell):
            if "." in cell or cell.count(",") > 1:
                return "."
            possible = True
            decimal |= cell.lstrip("+-").startswith("0,")
        elif _COMMA.fullmatch(cell) or _POINTED_COMMA.fullmatch(cell):
            decimal = True
    return "," if decimal or (possible and delimiter != ",") else "."


def find_sentinels(columns: Sequence[np.ndarray]) -> list[float]:
    """Return the numbers that stand for missing values, such as -200.

    They are well-known ones that lie below all others of a column: as far as those reach, or where
    those are never negative.

    Args:
        columns: float arrays, NaN where a value is missing already.

    Example:
        >>> find_sentinels([np.array([13.6, -200.0, 12.9, 11.0])])
        [-200.0]
    """
    found = set()
    for column in columns:
        values = column[np.isfinite(column)]
        low = values.min(initial=np.inf)
        if low not in _SENTINELS:
            continue
        others = values[values > low]
        if len(others) and (others.min() >= 0 or others.min() - low > np.ptp(others)):
            found.add(float(low))
    return sorted(found)
