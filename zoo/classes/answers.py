"""How the classes of one input are shown on the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from zoo.interfaces import Answer

__all__ = ["class_answer"]


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
    return Answer(item, [(one["label"], f"{one['score']:.4f}", cell) for one in classes])
