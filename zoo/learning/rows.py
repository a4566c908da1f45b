"""Rows of a user's data: read, cleaned, and cut into two parts that share no text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from zoo.common.user_warnings import warn_user
from zoo.errors import DataError, InputError, shown
from zoo.schema import DataSource
from zoo.tables.columns import Columns, Reading
from zoo.tables.labels import label_names
from zoo.tables.sources import read_columns

__all__ = ["Data", "Rows", "name_of", "read_rows", "split_rows", "warn", "without"]

Data = Any  # a path or name, a table in memory, or a pair of lists


@dataclass(frozen=True)
class Rows:
    """Rows of one source that are left after cleaning.

    Attributes:
        columns: the source.
        texts: the texts.
        seconds: the label or translation of each.
        places: where each stands.
    """

    columns: Columns
    texts: list[str]
    seconds: list[str]
    places: list[str]

    @property
    def keys(self) -> list[str]:
        """What makes two texts the same: all but case and white space."""
        return [_key(text) for text in self.texts]

    def take(self, rows: Sequence[int]) -> Rows:
        """Return some of the rows."""
        texts, seconds, places = (
            [values[row] for row in rows] for values in (self.texts, self.seconds, self.places)
        )
        return Rows(self.columns, texts, seconds, places)

    def source(self, **used: int) -> DataSource:
        """Return what a record says of the source, given how many rows each part took."""
        return DataSource(
            name=self.columns.name, sha256=self.columns.sha256, rows=len(self.columns), used=used
        )


def split_rows(
    keys: Sequence[str], strata: Sequence[str] | None, share: float | None, seed: int
) -> tuple[list[int], list[int]]:
    """Cut rows into two parts that share no key, with every stratum in its share.

    A stratum of one key stays whole in the first part; of any other each part gets one at least.

    Args:
        keys: rows with the same key stay together.
        strata: what to take shares of, one a row; None takes one of all.
        share: share of the second part; by default a fifth of fewer than 1,000 rows, or a tenth.
        seed: seed of the draws.

    Returns:
        The row numbers of both parts, ascending.

    Raises:
        InputError: the share is not between 0 and 1.

    Example:
        >>> split_rows(["a", "b", "a", "c"], None, 0.34, seed=1)
        ([1, 3], [0, 2])
    """
    if share is None:
        share = 0.2 if len(keys) < 1_000 else 0.1
    if not 0 < share < 1:
        raise InputError(f"Expected a validation share between 0 and 1. Received: {shown(share)}")
    generator = np.random.default_rng(seed)
    members: dict[str, list[str]] = {}
    seen = set()
    for row, key in enumerate(keys):
        if key not in seen:
            seen.add(key)
            members.setdefault("" if strata is None else strata[row], []).append(key)
    second: set[str] = set()
    for stratum in sorted(members):
        drawn = members[stratum]
        count = min(len(drawn) - 1, max(1, round(share * len(drawn))))
        order = generator.permutation(len(drawn))[:count]
        second.update(drawn[index] for index in order)
    inside = [row for row, key in enumerate(keys) if key not in second]
    return inside, [row for row, key in enumerate(keys) if key in second]


def _key(text: str) -> str:
    return " ".join(text.casefold().split())


def read_rows(
    data: Data,
    first: str,
    second: str,
    convert: Callable[[Columns], list[str]],
    reading: Reading | None = None,
) -> Rows:
    """Read a source and leave out what is empty or repeats an earlier row, with a warning.

    Args:
        data: what `read_columns` reads, a table in memory, or a pair of lists.
        first: name of the column of texts.
        second: name of the other column.
        convert: turns the other column into texts.
        reading: how a table in text is to be read.

    Raises:
        DataError: the source cannot be read, or all of its rows are empty.
        InputError: two lists are not of the same length.
    """
    columns = read_columns(data, first, second, reading)
    texts, seconds = columns.texts, convert(columns)
    empty = [
        row
        for row, pair in enumerate(zip(texts, seconds, strict=True))
        if not all(part.strip() for part in pair)
    ]
    if len(empty) == len(texts):
        raise DataError(f"Expected texts in {columns.name}. Received: {len(texts)} empty ones")
    if empty:
        warn(
            f"{len(empty)} of {len(texts)} rows of {columns.name} are empty (the first: "
            f"{columns.places[empty[0]]}) and are left out."
        )
    missing, seen, repeated = set(empty), set(), 0
    rows = []
    several: dict[str, set[str]] = {}
    for row, (text, other) in enumerate(zip(texts, seconds, strict=True)):
        pair = (_key(text), other)
        if row in missing:
            continue
        if pair in seen:
            repeated += 1
            continue
        seen.add(pair)
        several.setdefault(pair[0], set()).add(other)
        rows.append(row)
    if repeated:
        warn(
            f"{repeated} of {len(texts)} rows of {columns.name} repeat an earlier one and are "
            "left out."
        )
    many = sum(len(others) > 1 for others in several.values())
    if many and convert is label_names:
        warn(
            f"{many} texts of {columns.name} stand there with different labels; they are kept, "
            "and each counts for all of its labels."
        )
    return Rows(columns, texts, seconds, list(columns.places)).take(rows)


def warn(message: str) -> None:
    """Warn of what was done to the user's data."""
    warn_user(message)


def name_of(data: Data) -> str:
    """Return what to call data in an error."""
    return str(data) if isinstance(data, str | Path) else "the data given"


def without(rows: Rows, held: Rows, *, classes: bool = True) -> Rows:
    """Return the training rows whose text is not in the validation part.

    Args:
        rows: the training rows.
        held: those of the validation part.
        classes: whether the other column holds classes, of which none may be lost.

    Raises:
        DataError: none of a class is left.
    """
    others = set(held.keys)
    kept = rows.take([row for row, key in enumerate(rows.keys) if key not in others])
    count = len(rows.texts) - len(kept.texts)
    if count:
        warn(
            f"{count} of {len(rows.texts)} texts of {rows.columns.name} are in "
            f"{held.columns.name} too and are left out of training."
        )
    lost = sorted(set(rows.seconds) - set(kept.seconds)) if classes else []
    if lost:
        raise DataError(
            f"Expected training texts of every class that are not in {held.columns.name} too. "
            f"Received: none of the class {shown(lost[0])}"
        )
    return kept
