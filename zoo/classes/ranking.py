"""The classes of an input by their probability, as pipelines and streams give them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from zoo.common.counts import whole
from zoo.errors import InputError, shown

__all__ = ["BEST", "best_first", "class_results", "labels_asked"]

# What `top_k` is where the best class is asked for by itself, and not in a list of one.
BEST: Any = object()


def labels_asked(top_k: Any, labels: Sequence[str]) -> int:
    """Return how many classes of an input are asked for.

    Args:
        top_k: what a caller gives: a number, None for all, or `BEST`.
        labels: all classes.

    Raises:
        InputError: it is none of these.

    Example:
        >>> labels_asked(None, ["a", "b"])
        2
    """
    if top_k is BEST:
        return 1
    count = len(labels) if top_k is None else whole(top_k)
    if count is None or count < 1:
        raise InputError(
            f"Expected top_k=None for all labels, or at least 1. Received: {shown(top_k)}"
        )
    return count


def best_first(
    labels: Sequence[str], probabilities: np.ndarray, count: int | None = None
) -> list[dict[str, Any]]:
    """Return the classes of one input, the most probable first.

    Args:
        labels: all classes.
        probabilities: float array of shape (classes,).
        count: how many of them; None for all.

    Example:
        >>> best_first(["a", "b"], np.array([0.25, 0.75]), 1)
        [{'label': 'b', 'score': 0.75}]
    """
    return [
        {"label": labels[index], "score": float(probabilities[index])}
        for index in np.argsort(-probabilities, kind="stable")[:count]
    ]


def class_results(
    labels: Sequence[str], probabilities: Iterable[np.ndarray], top_k: Any, *, single: bool
) -> list[Any]:
    """Return the classes of inputs in the form in which a pipeline gives them.

    Args:
        labels: all classes.
        probabilities: float array of shape (classes,) of every input.
        top_k: as for `labels_asked`.
        single: whether there is one input, that is in no list.

    Returns:
        Of a single input the list of its classes; else one such list an input, or where `top_k` is
        `BEST` the best class of each.

    Example:
        >>> class_results(["a", "b"], [np.array([0.25, 0.75])], BEST, single=False)
        [{'label': 'b', 'score': 0.75}]
    """
    count = labels_asked(top_k, labels)
    results = [best_first(labels, row, count) for row in probabilities]
    if single:
        return results[0]
    return [result[0] for result in results] if top_k is BEST else results
