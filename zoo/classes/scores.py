"""The figures of a classifier on weighted examples, quickly enough for a thousand resamples."""

from __future__ import annotations

import numpy as np

__all__ = ["ClassificationScores"]


class ClassificationScores:
    """Accuracy, precision, recall, F1 and AUC of fixed predictions, for any weights of examples.

    The figures are scikit-learn's. What does not depend on the weights is computed once: a
    bootstrap asks a thousand times, and most of a call to `roc_auc_score` is sorting and checks.

    With two classes, precision, recall and F1 are those of the second one; with more, all are
    averaged with equal weight over the classes that occur, AUC one class against the rest.

    Args:
        probabilities: float array of shape (examples, classes).
        labels: integer array of shape (examples,), the true class numbers.
        auc: whether there is an AUC, which takes a pass over all examples for every class.

    Call with a float array of shape (examples,), the weight of every example; returns a list of
    the five figures, or four. Every class that occurs must have weight.

    Example:
        >>> scores = np.array([[0.9, 0.1], [0.2, 0.8], [0.4, 0.6], [0.7, 0.3]])
        >>> ClassificationScores(scores, np.array([0, 1, 1, 1]))(np.ones(4))[0]
        0.75
    """

    def __init__(self, probabilities: np.ndarray, labels: np.ndarray, auc: bool = True) -> None:
        self._classes = probabilities.shape[1]
        self._labels = labels.astype(np.int64)
        self._predicted = predicted = probabilities.argmax(axis=1)
        present = np.unique(labels)
        # Classes that are neither true nor predicted anywhere have no precision or recall.
        self._averaged = np.union1d(present, predicted)
        ranked = [] if not auc else [1] if self._classes == 2 else present.tolist()
        self._rankings = [_Ranking(probabilities[:, label], labels == label) for label in ranked]

    def __call__(self, weights: np.ndarray) -> list[float]:
        true, predicted = (
            np.bincount(numbers, weights, self._classes)
            for numbers in (self._labels, self._predicted)
        )
        correct = self._labels == self._predicted
        right = np.bincount(self._labels, np.where(correct, weights, 0.0), self._classes)
        per_class = np.stack(
            [
                _divide(right, predicted),
                _divide(right, true),
                _divide(2 * right, true + predicted),
            ]
        )
        averaged = per_class[:, 1] if self._classes == 2 else per_class[:, self._averaged].mean(1)
        figures = [float(right.sum() / weights.sum()), *averaged.tolist()]
        if self._rankings:
            figures.append(float(np.mean([ranking.auc(weights) for ranking in self._rankings])))
        return figures


def _divide(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)


class _Ranking:
    """The order of the examples by one class' score, those of one score together."""

    def __init__(self, scores: np.ndarray, positive: np.ndarray) -> None:
        self._order = np.argsort(scores, kind="stable")
        ordered = scores[self._order]
        self._starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
        self._positive = positive[self._order]

    def auc(self, weights: np.ndarray) -> float:
        """Return the share of pairs that are in order, a pair of one score counting half."""
        ordered = weights[self._order]
        positive = np.add.reduceat(np.where(self._positive, ordered, 0.0), self._starts)
        negative = np.add.reduceat(np.where(self._positive, 0.0, ordered), self._starts)
        below = np.cumsum(negative) - negative / 2
        return float((positive * below).sum() / (positive.sum() * negative.sum()))
