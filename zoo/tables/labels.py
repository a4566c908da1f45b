"""What the cells of a column of labels are taken for: one reading for the whole column."""

from __future__ import annotations

import ast
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from zoo.errors import DataError, shown
from zoo.tables.columns import Columns, is_missing, tell, whole

__all__ = ["class_numbers", "label_name", "label_names", "sort_labels"]

MAX_LABEL = 1_000  # characters: a column of texts is often taken for that of the labels
_WHOLE_FLOAT = re.compile(r"([+-]?\d+)\.0+")
_NUMBER = re.compile(r"[+-]?\d{1,18}")


def label_name(value: Any, place: str) -> str:
    """Return the name of a class: texts as they are, `1` and `1.0` as "1", `True` as "true".

    A cell with a weight for every class, such as `{"A": 1.0, "B": 0.0}`, is the class with the
    largest weight; the weights sum to 1.

    Args:
        value: the cell: a text, a whole number, a boolean, or weights.
        place: where it stands, for the error.

    Raises:
        DataError: it is missing, too long, or not the name or number of a class.

    Example:
        >>> [label_name(value, "here") for value in (" good ", 1, 1.0, "1.0", True)]
        ['good', '1', '1', '1', 'true']
        >>> label_name('{"A": 1.0, "B": 0.0}', "here")
        'A'
    """
    if isinstance(value, np.generic):
        value = value.item()
    value = _heaviest(value, place)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    name = "" if is_missing(value) else _spelled(value).strip()
    if not name:
        raise DataError(
            f"{place}: expected a label. Received: {shown(value)}. Leave out the row, or label it"
        )
    if not isinstance(value, str | int):
        raise DataError(
            f"{place}: expected a class, by name or whole number, such as 'good' or 1. "
            f"Received: {shown(value)}"
        )
    if len(name) > MAX_LABEL:
        raise DataError(
            f"{place}: expected a label of at most {MAX_LABEL:,} characters. "
            f"Received: {len(name):,}, {shown(name, 40)}. Name the column of the labels with "
            "--label-column"
        )
    number = _WHOLE_FLOAT.fullmatch(name)
    return whole(number[1] if number else name, place)


def _spelled(value: Any) -> str:
    try:
        return str(value)
    except ValueError:  # Python spells out no whole number of more than 4,300 digits
        return f"{value:#x}"


def _heaviest(value: Any, place: str) -> Any:
    """Return the class of the largest weight, of a cell that has weights; any other as it is."""
    weights = value
    if isinstance(value, str) and value.lstrip()[:1] == "{" and len(value) <= 100_000:
        try:
            weights = json.loads(value)
        except (ValueError, RecursionError):
            try:
                weights = ast.literal_eval(value.strip())
            except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
                return value
    if not isinstance(weights, Mapping) or len(weights) < 2:
        return value
    if not all(isinstance(weight, int | float) and 0 <= weight <= 1 for weight in weights.values()):
        return value
    if abs(sum(weights.values()) - 1) > 0.01:
        return value
    largest = max(weights.values())
    names = [name for name, weight in weights.items() if weight == largest]
    if len(names) > 1:
        raise DataError(
            f"{place}: expected one class with the largest weight, such as "
            '{"good": 1.0, "bad": 0.0}. '
            f"Received: {shown(value)}"
        )
    return names[0]


def label_names(columns: Columns) -> list[str]:
    """Return the name of the class of every row.

    Names that differ in the way Unicode composes their letters alone are one. A warning tells
    that, and names that differ in case alone, which stay apart.

    Args:
        columns: the second one holds the labels.

    Raises:
        DataError: a cell is not a label.
    """
    names, weighted = [], 0
    for row, cell in enumerate(columns.second):
        cell = cell.item() if isinstance(cell, np.generic) else cell
        if columns.classes and isinstance(cell, int) and not isinstance(cell, bool):
            if not 0 <= cell < len(columns.classes):
                raise DataError(
                    f"{columns.at(row)}: expected a class number from 0 to "
                    f"{len(columns.classes) - 1}. Received: {cell}. Leave out the row"
                )
            cell = columns.classes[cell]
        names.append(label_name(cell, columns.at(row)))
        weighted += isinstance(cell, Mapping) or str(cell).lstrip()[:1] == "{" != names[-1][:1]
    if weighted:
        tell(
            f"{weighted} labels of {columns.name} are weights of classes: each is taken for the "
            "class with the largest weight."
        )
    composed = {name: unicodedata.normalize("NFC", name) for name in set(names)}
    if len(set(composed.values())) < len(composed):
        twin = next(name for name, same in composed.items() if name != same and same in composed)
        tell(
            f"Labels of {columns.name} are spelled in two ways that look the same, such as "
            f"{composed[twin]!r} ({composed[twin]!a} and {twin!a}): they are taken for "
            "one class."
        )
    names = [composed[name] for name in names]
    folded: dict[str, str] = {}
    for name in sorted(set(names)):
        other = folded.setdefault(_fold(name), name)
        if other != name:
            tell(
                f"{columns.name} has the classes {shown(other)} and {shown(name)}, which differ in "
                "case or spaces alone: they are two classes. If they should be one, write them "
                "alike."
            )
            break
    return names


def class_numbers(columns: Columns, labels: Sequence[str]) -> np.ndarray:
    """Return the class number of every row, for a model that has its classes already.

    The whole column is read in one way: as names of the model's classes, or else as numbers of
    them, counted from 0, unless the model's classes are called by numbers themselves.

    Args:
        columns: the second one holds the labels.
        labels: names of the model's classes, in the order of their numbers.

    Returns:
        int32 array of shape (rows,).

    Raises:
        DataError: a label is not one of the classes, or some are names and some are numbers.
    """
    names = label_names(columns)
    found = set(names)
    exact = {unicodedata.normalize("NFC", name): number for number, name in enumerate(labels)}
    if found <= exact.keys():
        return np.array([exact[name] for name in names], np.int32)
    folded = {_fold(name): number for number, name in enumerate(labels)}
    if len(folded) == len(labels) and {_fold(name) for name in found} <= folded.keys():
        tell(f"Labels of {columns.name} are read as {shown(', '.join(labels))} whatever the case.")
        return np.array([folded[_fold(name)] for name in names], np.int32)
    if columns.classes and len(columns.classes) == len(labels):
        pairs = ", ".join(" as ".join(pair) for pair in zip(columns.classes, labels, strict=True))
        tell(f"Labels of {columns.name} are read by their numbers: {shown(pairs, 200)}.")
        numbers = {name: number for number, name in enumerate(columns.classes)}
        return np.array([numbers[name] for name in names], np.int32)
    # A class that is called 1 need not be the class with the number 1.
    by_number = not any(_NUMBER.fullmatch(name) for name in labels)
    numbers = {str(number): number for number in range(len(labels))} if by_number else {}
    if found <= numbers.keys():
        return np.array([numbers[name] for name in names], np.int32)
    fitting = exact if found & exact.keys() else numbers
    row = next(row for row, name in enumerate(names) if name not in fitting)
    instead = f", or all of them 0 to {len(labels) - 1}" if by_number else ""
    raise DataError(
        f"{columns.at(row)}: expected a label out of {shown(', '.join(labels), 200)}{instead}. "
        f"Received: {shown(columns.second[row])}"
    )


def sort_labels(names: set[str]) -> tuple[str, ...]:
    """Return names of classes in order: by their numbers if all are numbers.

    Args:
        names: the names.

    Example:
        >>> sort_labels({"10", "9"}), sort_labels({"10", "9", "+-1"})
        (('9', '10'), ('+-1', '10', '9'))
    """
    if all(_NUMBER.fullmatch(name) for name in names):
        return tuple(sorted(names, key=lambda name: (int(name), name)))
    return tuple(sorted(names))


def _fold(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())
