"""Columns of a user's data, and what their cells are taken for."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from zoo.errors import DataError, shown

__all__ = ["Columns", "label_name", "text_of"]


@dataclass(frozen=True)
class Columns:
    """Two columns of a table, as they stand in it.

    Attributes:
        name: of the file, folder or data set.
        sha256: of its content.
        first: the cells of the first column.
        second: the cells of the second column.
        places: where every row stands, such as `"line 3"`.
    """

    name: str
    sha256: str
    first: list[Any]
    second: list[Any]
    places: Sequence[str]

    def __len__(self) -> int:
        return len(self.first)

    def at(self, row: int) -> str:
        """Return where a row stands, for errors."""
        return f"{self.name}, {self.places[row]}"


def text_of(value: Any, place: str) -> str:
    """Return a cell as a text; one that is missing is an empty text.

    Args:
        value: the cell.
        place: where it stands, for the error.

    Raises:
        DataError: it is not a text.
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if not isinstance(value, str):
        raise DataError(
            f"{place}: expected a text, such as 'A moving film.'. "
            f"Received: {shown(value)} ({type(value).__name__})"
        )
    return _whole(value, place)


def label_name(value: Any, place: str) -> str:
    """Return the name of a class: texts as they are, `1` and `1.0` as "1", `True` as "true".

    Args:
        value: the cell: a text, a whole number, a boolean.
        place: where it stands, for the error.

    Raises:
        DataError: it is missing, or not the name or number of a class.

    Example:
        >>> [label_name(value, "here") for value in (" good ", 1, 1.0, "1.0", True)]
        ['good', '1', '1', '1', 'true']
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    name = "" if value is None else str(value).strip()
    if not name or value != value:  # NaN is what some tables put for nothing
        raise DataError(
            f"{place}: expected a label. Received: {shown(value)}. Leave out the row, or label it"
        )
    if isinstance(value, float | list | dict):
        raise DataError(
            f"{place}: expected a class, by name or whole number, such as 'good' or 1. "
            f"Received: {shown(value)}"
        )
    number = re.fullmatch(r"([+-]?\d+)\.0+", name)
    return _whole(number[1] if number else name, place)


def _whole(text: str, place: str) -> str:
    try:
        if not text.isascii():
            text.encode("utf-8")
    except UnicodeEncodeError as error:  # an escape of JSON can spell half a character
        raise DataError(
            f"{place}: expected valid text. Received: {shown(text, 40)} ({error.reason})"
        ) from None
    return text
