"""How the classes of one input are shown on the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from zoo.common.answering import Answer, Field

__all__ = ["class_answer", "class_cells", "class_fields"]


def class_answer(kind: str, given: str, classes: Sequence[Mapping[str, Any]], cell: str) -> Answer:
    """Return how the classes of an input are shown.

    Args:
        kind: what the input is, such as `"text"`.
        given: the input as JSON holds it.
        classes: `{"label", "score"}` of each class that was asked for, best first.
        cell: the input as a cell of the table.

    Example:
        >>> class_answer("text", "a", [{"label": "b", "score": 0.5}], "a").rows
        [('b', '0.5000', 'a')]
    """
    item = {kind: given, **classes[0]} if len(classes) == 1 else {kind: given, "labels": classes}
    rows = [(one["label"], f"{one['score']:.4f}", cell) for one in classes]
    return Answer(item, rows, (class_cells(classes),))


def class_cells(classes: Sequence[Mapping[str, Any]]) -> tuple[Any, ...]:
    """Return the classes of an input as a row of a table that is written.

    Args:
        classes: as for `class_answer`.

    Example:
        >>> class_cells([{"label": "b", "score": 0.5}])
        ('b', 0.5)
    """
    if len(classes) == 1:  # of millions
        return classes[0]["label"], classes[0]["score"]
    return tuple(value for one in classes for value in (one["label"], one["score"]))


def class_fields(labels: Sequence[str], top_k: int = 1) -> tuple[Field, ...]:
    """Return the columns of classes in a table that is written.

    Args:
        labels: all classes.
        top_k: how many of them were asked for.

    Example:
        >>> [field.name for field in class_fields(["a", "b"], 2)]
        ['label_1', 'score_1', 'label_2', 'score_2']
    """
    count = min(top_k, len(labels))
    ends = [""] if top_k == 1 else [f"_{number}" for number in range(1, count + 1)]
    return tuple(
        field for end in ends for field in (Field(f"label{end}"), Field(f"score{end}", "number"))
    )
