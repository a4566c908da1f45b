"""Scores of a classifier while it is trained."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from zoo.fitting.loop import Examples

__all__ = ["all_right", "class_probabilities", "class_scores"]

_NO_LOSS = 1e-4


def class_probabilities(
    model: Any, examples: Examples, classes: int, batch_size: int = 128
) -> np.ndarray:
    """Return what a classifier makes of examples as it is.

    Args:
        model: a compiled classifier.
        examples: token ids of texts.
        classes: number of classes.
        batch_size: texts computed at once.

    Returns:
        float32 array of shape (texts, classes).
    """
    order = np.argsort(examples.lengths, kind="stable")
    probabilities = np.empty((len(order), classes), np.float32)
    for start in range(0, len(order), batch_size):
        rows = order[start : start + batch_size]
        features, *_ = examples.batch(rows)
        probabilities[rows] = model.predict_on_batch(features)
    return probabilities


def class_scores(
    probabilities: np.ndarray, labels: np.ndarray, weights: np.ndarray | None = None
) -> dict[str, float]:
    """Return the accuracy, and the mean cross-entropy in nats.

    Args:
        probabilities: float array of shape (texts, classes).
        labels: int array of shape (texts,), the true classes.
        weights: weight of every text in the cross-entropy.

    Example:
        >>> class_scores(np.array([[0.5, 0.5], [0.0, 1.0]]), np.array([0, 1]))["accuracy"]
        1.0
    """
    chosen = probabilities[np.arange(len(labels)), labels]
    losses = -np.log(np.maximum(chosen, 1e-7))
    return {
        "accuracy": float(np.mean(probabilities.argmax(axis=1) == labels)),
        "log_loss": float(np.average(losses, weights=weights)),
    }


def all_right(best: Mapping[str, float]) -> bool:
    """Return whether every example is right, and as sure as four decimals show.

    Args:
        best: the best scores so far.

    Example:
        >>> all_right({"accuracy": 1.0, "log_loss": 0.2})
        False
    """
    return best["accuracy"] == 1.0 and best["log_loss"] < _NO_LOSS
