"""Accuracy, precision, recall, F1 and AUC, each with a bootstrap interval."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from zoo import statistics
from zoo.classes.scores import ClassificationScores
from zoo.schema import Metric
from zoo.tables.columns import tell

__all__ = ["METRICS", "classification_metrics"]

METRICS = ("accuracy", "precision", "recall", "f1", "auc")
_MOST_RANKED = 2_000_000  # probabilities up to which there is an AUC


def classification_metrics(
    probabilities: np.ndarray,
    labels: np.ndarray,
    split: str,
    progress: Callable[[int], None] | None = None,
) -> tuple[Metric, ...]:
    """Return accuracy, precision, recall, F1 and AUC, each with a 95 % bootstrap interval.

    With two classes, precision, recall and F1 are those of the second one; with more, all are
    averaged over the classes with equal weight, and AUC is one class against the rest. Where there
    are very many classes and examples AUC is left out: it would take hours. Where only one class
    occurs there is accuracy alone, and a warning: the others compare classes.

    Args:
        probabilities: float array of shape (examples, classes).
        labels: integer array of shape (examples,), the true class numbers.
        split: what the examples are, for the record.
        progress: called with the number of bootstrap samples done.

    Example:
        >>> scores = np.array([[0.9, 0.1], [0.2, 0.8], [0.4, 0.6], [0.7, 0.3]])
        >>> classification_metrics(scores, np.array([0, 1, 1, 1]), "test")[0].value
        0.75

    Reference:
        [Efron & Tibshirani, 1993](https://doi.org/10.1201/9780429246593) (percentile bootstrap)
    """
    present = np.unique(labels)
    names = METRICS if len(present) > 1 else METRICS[:1]
    if len(present) < 2:
        tell(
            f"All {len(labels)} examples are of one class, so that there is accuracy alone: "
            f"{', '.join(METRICS[1:])} need examples of two."
        )
    scores = (
        ClassificationScores(probabilities, labels, auc=probabilities.size <= _MOST_RANKED)
        if len(present) > 1
        else _accuracy(probabilities, labels)
    )
    by_class = np.argsort(labels, kind="stable")
    _, starts, sizes = np.unique(labels[by_class], return_index=True, return_counts=True)
    values = scores(np.ones(len(labels)))
    drawing = statistics.generator()
    samples: list[Sequence[float] | np.ndarray] = []
    drawn_in_vain = 0
    while len(samples) < statistics.RESAMPLES:
        if drawn_in_vain < statistics.RESAMPLES:
            drawn = drawing.integers(0, len(labels), len(labels))
            if len(np.unique(labels[drawn])) < len(present):
                drawn_in_vain += 1  # a sample without one of the classes has no AUC
                continue
        else:  # some class is so rare that most samples lack it: draw within the classes
            places = drawing.random(len(labels)) * np.repeat(sizes, sizes)
            drawn = by_class[np.repeat(starts, sizes) + places.astype(np.int64)]
        weights = np.bincount(drawn, minlength=len(labels)).astype(np.float64)
        samples.append(scores(weights))
        if progress is not None:
            progress(len(samples))
    low, high = statistics.interval(samples)
    return tuple(
        statistics.figure(name, split, values[index], (low[index], high[index]), len(labels))
        for index, name in enumerate(names[: len(values)])
    )


def _accuracy(probabilities: np.ndarray, labels: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    right = probabilities.argmax(axis=1) == labels
    return lambda weights: np.array([np.average(right, weights=weights)])
