"""Columns of a user's data, and what their cells are taken for."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zoo.common.user_warnings import warn_user
from zoo.errors import DataError, InputError, shown

__all__ = [
    "Columns",
    "Places",
    "Reading",
    "is_missing",
    "printable",
    "reading_of",
    "source_name",
    "tell",
    "text_of",
    "whole",
]


@dataclass(frozen=True)
class Reading:
    """How a table in text is to be read; what is None is found out.

    Attributes:
        encoding: of the text.
        delimiter: what separates columns.
        header: whether a line names the columns; without one they go by number, from 1.
    """

    encoding: str | None = None
    delimiter: str | None = None
    header: bool | None = None


def reading_of(options: Mapping[str, Any]) -> Reading:
    """Return how a table in text is to be read.

    Args:
        options: `reading`, a `Reading`, or its fields.

    Raises:
        InputError: `reading` is something else.

    Example:
        >>> reading_of({"encoding": "cp1252"}).encoding
        'cp1252'
    """
    reading = options.get("reading")
    if reading is None:
        return Reading(*(options.get(name) for name in ("encoding", "delimiter", "header")))
    if not isinstance(reading, Reading):
        raise InputError(
            "Expected a reading that is a Reading, such as Reading(encoding='cp1252'). "
            f"Received: {type(reading).__name__}"
        )
    return reading


@dataclass(frozen=True)
class Columns:
    """Two columns of a table, as they stand in it.

    Attributes:
        name: of the file, folder or data set.
        sha256: of its content.
        first: the cells of the first column.
        second: the cells of the second column; empty where none was asked for.
        places: where every row stands, such as `"line 3"`.
        classes: names of the class numbers in the second column, where the source has them.
    """

    name: str
    sha256: str
    first: list[Any]
    second: list[Any]
    places: Sequence[str]
    classes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.first)

    def at(self, row: int) -> str:
        """Return where a row stands, for errors."""
        return f"{self.name}, {self.places[row]}"

    @property
    def texts(self) -> list[str]:
        """The first column as texts."""
        return [text_of(cell, self.at(row)) for row, cell in enumerate(self.first)]


class Places(Sequence[str]):
    """Where rows stand that are just counted: `"row 1"`, `"row 2"` and so on.

    Args:
        what: they are called.
        numbers: of every one.

    Example:
        >>> list(Places("row", range(1, 3)))
        ['row 1', 'row 2']
    """

    def __init__(self, what: str, numbers: Sequence[int]) -> None:
        self._what, self._numbers = what, numbers

    def __len__(self) -> int:
        return len(self._numbers)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [f"{self._what} {number}" for number in self._numbers[index]]
        return f"{self._what} {self._numbers[index]}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)


def printable(name: str) -> str:
    """Return a file's name as a record can hold it: on Linux a name need not be text.

    Args:
        name: the name.

    Example:
        >>> printable("caf\\udce9.csv")
        'caf\\\\xe9.csv'
    """
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def source_name(source: str | Path) -> str:
    """Return what a record calls a file, folder or data set: without the folders it lies in.

    Args:
        source: its path or name.

    Example:
        >>> source_name("imdb_reviews:train")
        'imdb_reviews:train'
    """
    try:
        exists = os.path.lexists(source)
    except ValueError:  # a null character in it
        exists = False
    # The folder that "." is has a name of its own.
    name = Path(source).name or Path(source).resolve().name or str(source)
    return printable(name if exists else str(source))


def tell(message: str) -> None:
    """Warn of what was found out about the user's data, or done to it."""
    warn_user(message)


def is_missing(value: Any) -> bool:
    """Return whether a cell holds nothing: None, NaN, or pandas' NA and NaT.

    Args:
        value: the cell.

    Example:
        >>> [is_missing(value) for value in (None, float("nan"), "", 0)]
        [True, True, False, False]
    """
    if value is None:
        return True
    try:
        return bool(value != value)
    except TypeError:  # pandas' NA is neither equal nor unequal to itself
        return True
    except ValueError:  # an array has no one answer
        return False


def text_of(value: Any, place: str) -> str:
    """Return a cell as a text; one that is missing is an empty text.

    Args:
        value: the cell.
        place: where it stands, for the error.

    Raises:
        DataError: it is not a text.
    """
    if is_missing(value):
        return ""
    if not isinstance(value, str):
        raise DataError(
            f"{place}: expected a text, such as 'A moving film.'. "
            f"Received: {shown(value)} ({type(value).__name__})"
        )
    return whole(value, place)


def whole(text: str, place: str) -> str:
    """Return a text that can be written; an escape of JSON can spell half a character.

    Args:
        text: the text.
        place: where it stands, for the error.

    Raises:
        DataError: it holds half a character.
    """
    try:
        if not text.isascii():
            text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise DataError(
            f"{place}: expected valid text. Received: {shown(text, 40)} ({error.reason})"
        ) from None
    return str(text)
