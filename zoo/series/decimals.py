"""Whether the commas of a table separate two columns, or are the decimal marks of one."""

from __future__ import annotations

import re
from itertools import islice

from zoo.tables.numbers import is_missing

__all__ = ["DECIMAL_ADVICE", "one_column_of_decimals"]

DECIMAL_ADVICE = (
    "Every line holds two whole numbers with a comma between; if they are one number with a "
    "decimal comma, such as 1,05, say so with --delimiter ';'"
)
_LINES = 2_000
_LINE = re.compile(r"[^\r\n]+")
_NUMBER = re.compile(r'"?[+-]?\d+(?:,(\d+))?(?:[eE][+-]?\d+)?"?')


def one_column_of_decimals(text: str) -> bool | None:
    """Return whether every line of a table is one number with a decimal comma.

    That is so where the line above them names one column, or where digits after the comma are
    such as no whole number has.

    Args:
        text: the table.

    Returns:
        None where every line may be two whole numbers as well.

    Example:
        >>> one_column_of_decimals("x\\n1,0\\n1,0596\\n"), one_column_of_decimals("1,0\\n1,05\\n")
        (True, True)
        >>> one_column_of_decimals("1,2\\n3,4\\n"), one_column_of_decimals("x,y\\n1,2\\n")
        (None, False)
    """
    lines = [match[0].strip() for match in islice(_LINE.finditer(text), _LINES)]
    lines = [line for line in lines if line]
    if len(text) > sum(map(len, lines)) and len(lines) == _LINES:
        lines.pop()
    start = next((i for i, line in enumerate(lines) if _NUMBER.fullmatch(line)), len(lines))
    above = lines[start - 1] if start else ""
    lines = [line for line in lines[start:] if not is_missing(line)]
    found = [_NUMBER.fullmatch(line) for line in lines]
    numbers = [match for match in found if match is not None]
    fractions = [match[1] for match in numbers if match[1] is not None]
    if len(numbers) < len(found) or 2 * len(fractions) <= len(numbers):
        return False
    if above:
        return "," not in above
    decimals = any(len(digits) > 1 and digits[0] == "0" for digits in fractions)
    return True if decimals else None
