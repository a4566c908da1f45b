"""The average precision of a classifier, with its interval."""

from __future__ import annotations

import numpy as np

from zoo.schema import Metric
from zoo.statistics import Progress, bootstrap, figure

__all__ = ["AveragePrecision", "average_precision_metric"]

_NAME = "average_precision"


class AveragePrecision:
    """The average precision of fixed scores, for any weights of examples, as scikit-learn's.

    Args:
        scores: float array of shape (examples,).
        positive: boolean array of shape (examples,).

    Call with a float array of shape (examples,), the weight of every example, some of which is on
    the positive ones; returns the mean over these of the share of positives among all that score as
    high.

    Example:
        >>> scores = np.array([0.9, 0.8, 0.1])
        >>> round(AveragePrecision(scores, np.array([True, False, True]))(np.ones(3)), 4)
        0.8333
    """

    def __init__(self, scores: np.ndarray, positive: np.ndarray) -> None:
        self._order = np.argsort(-scores, kind="stable")
        ordered = scores[self._order]
        # Those of one score count together.
        self._ends = np.flatnonzero(np.r_[ordered[1:] != ordered[:-1], True])
        self._positive = positive[self._order]

    def __call__(self, weights: np.ndarray) -> float:
        ordered = weights[self._order]
        found = np.cumsum(np.where(self._positive, ordered, 0.0))[self._ends]
        taken = np.cumsum(ordered)[self._ends]
        precision = np.divide(found, taken, out=np.zeros_like(found), where=taken > 0)
        return float(np.sum(np.diff(found, prepend=0.0) * precision) / found[-1])


def average_precision_metric(
    probabilities: np.ndarray, labels: np.ndarray, split: str, progress: Progress | None = None
) -> Metric | None:
    """Return the average precision with a 95 % bootstrap interval; None where there is one class.

    With two classes it is that of the second one; with more the mean over those that occur.

    Args:
        probabilities: float array of shape (examples, classes).
        labels: integer array of shape (examples,), the true class numbers.
        split: what the examples are, for the record.
        progress: called with the number of bootstrap samples done.

    Example:
        >>> scores = np.array([[0.9, 0.1], [0.2, 0.8], [0.4, 0.6]])
        >>> average_precision_metric(scores, np.array([0, 1, 1]), "test").value
        1.0
    """
    count, present = len(labels), np.unique(labels)
    if len(present) < 2:
        return None
    classes = [1] if probabilities.shape[1] == 2 else present.tolist()
    every = [AveragePrecision(probabilities[:, label], labels == label) for label in classes]

    def mean(weights: np.ndarray) -> float:
        return float(np.mean([one(weights) for one in every]))

    ends = bootstrap(
        lambda rows: mean(np.bincount(rows, minlength=count).astype(np.float64)),
        count,
        classes=labels,
        progress=progress,
    )
    return figure(_NAME, split, mean(np.ones(count)), ends, count)
