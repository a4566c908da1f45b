"""What is said of a table of a series in which there is no number."""

from __future__ import annotations

from collections.abc import Sequence

from zoo.errors import shown
from zoo.tables.dates import find_forms
from zoo.tables.numbers import is_missing

__all__ = ["without_numbers"]


def without_numbers(name: str, rows: Sequence[tuple[int, list[str]]]) -> str:
    """Say of a table without any number what there is, and what to do about it.

    Args:
        name: of the table.
        rows: its lines that are not blank, with their numbers.
    """
    expected = f"Expected at least one line of numbers in {name}. Received: "
    if not rows:
        return f"{expected}no line at all"
    if len(rows) == 1:
        return f"{expected}one line alone, {shown(','.join(rows[0][1]), 60)}"
    own = [(line, cell) for line, cells in rows[1:] for cell in cells if not find_forms([cell])]
    line, cell = next((one for one in own if not is_missing(one[1])), (rows[1][0], ""))
    if not cell:
        example = shown(",".join(rows[1][1]), 60)
        return f"{expected}lines whose values are all missing, such as {example}"
    return (
        f"{expected}{shown(cell, 60)} in line {line}. Write values as numbers alone, such as "
        "20.07, without currencies, units or signs such as %; true and false as 1 and 0"
    )
