"""The figures of a classifier, each with its interval."""

from __future__ import annotations

import numpy as np

from zoo.classes.scores import ClassificationScores
from zoo.schema import Metric
from zoo.statistics import Progress, bootstrap, figure
from zoo.tables.columns import tell

__all__ = ["METRICS", "classification_metrics"]

METRICS = ("accuracy", "precision", "recall", "f1", "auc")
_MOST_RANKED = 2_000_000  # probabilities up to which there is an AUC


def classification_metrics(
    probabilities: np.ndarray,
    labels: np.ndarray,
    split: str,
    progress: Progress | None = None,
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
    """
    count = len(labels)
    if len(np.unique(labels)) > 1:
        scores = ClassificationScores(probabilities, labels, auc=probabilities.size <= _MOST_RANKED)
        values = scores(np.ones(count))
        # A sample without one of the classes has no AUC.
        low, high = bootstrap(
            lambda rows: scores(np.bincount(rows, minlength=count).astype(np.float64)),
            count,
            classes=labels,
            progress=progress,
        )
    else:
        tell(
            f"All {count} examples are of one class, so that there is accuracy alone: "
            f"{', '.join(METRICS[1:])} need examples of two."
        )
        right = probabilities.argmax(axis=1) == labels
        values = [float(right.mean())]
        low, high = bootstrap(lambda rows: [right[rows].mean()], count, progress=progress)
    return tuple(
        figure(name, split, values[index], (low[index], high[index]), count)
        for index, name in enumerate(METRICS[: len(values)])
    )
