"""The labels of a classifier, of which one is to be explained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zoo.errors import InputError, shown

__all__ = ["label_number", "labels_of"]


def labels_of(model: Any) -> tuple[str, ...]:
    """Return the names of the classes of a Keras model.

    Args:
        model: a classifier, from `zoo.load`.

    Raises:
        InputError: nothing says what its classes are called.
    """
    info = getattr(model, "info", None)
    if info is None:
        raise InputError(
            "Expected a classifier with its labels, as zoo.load returns it. "
            f"Received: {type(model).__name__}"
        )
    labels: tuple[str, ...] = info.labels
    return labels


def label_number(label: str | None, labels: Sequence[str]) -> int | None:
    """Return the number of a class by its name; None for None.

    Args:
        label: the name.
        labels: those of all classes.

    Raises:
        InputError: no class has that name.

    Example:
        >>> label_number("died", ("survived", "died"))
        1
    """
    if label is None:
        return None
    if label not in labels:
        raise InputError(
            f"Expected a label out of {shown(list(labels), 200)}. Received: {shown(label)}"
        )
    return list(labels).index(label)
