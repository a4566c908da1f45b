"""Irregular series as a network reads them in training, and how it is scored on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from zoo.classes.probabilities import class_scores
from zoo.classes.scores import ClassificationScores
from zoo.series.irregular import (
    IrregularDataset,
    IrregularSeries,
    Names,
    check_irregular,
    pad_irregular,
)
from zoo.series.irregular_features import Scaling, fit_scaling, summarise

__all__ = ["Facts", "IrregularExamples", "examples_of", "padded", "probabilities_of", "scores_of"]

# The least length that batches are padded to; the others are its doubles: few, for the compiling
# backends.
_SHORTEST = 16


@dataclass(frozen=True)
class IrregularExamples:
    """Irregular series and their targets, one row a series; batches are made as they are read.

    Attributes:
        series: the series, checked.
        targets: class numbers, or the share of every class.
        weights: of every series in the loss, or None.
    """

    series: Sequence[IrregularSeries]
    targets: np.ndarray
    weights: np.ndarray | None = None

    @property
    def lengths(self) -> np.ndarray:
        """How many steps each has."""
        return np.array([item.steps for item in self.series])

    def batch(self, rows: np.ndarray) -> tuple[Any, ...]:
        """Return features, targets and weights of some rows.

        Args:
            rows: which.
        """
        features = padded([self.series[row] for row in rows])
        if self.weights is None:
            return features, self.targets[rows]
        return features, self.targets[rows], self.weights[rows]


def padded(series: Sequence[IrregularSeries]) -> dict[str, np.ndarray]:
    """Return series as a network's inputs, padded to one of few lengths.

    Args:
        series: the series.
    """
    arrays = pad_irregular(series)
    steps = arrays["times"].shape[1]
    more = max(_SHORTEST, 1 << (steps - 1).bit_length()) - steps
    arrays["times"] = np.pad(arrays["times"], ((0, 0), (0, more)), mode="edge")
    arrays["values"] = np.pad(arrays["values"], ((0, 0), (0, more), (0, 0)), constant_values=np.nan)
    arrays["padding_mask"] = np.pad(arrays["padding_mask"], ((0, 0), (0, more)))
    if not arrays["static"].shape[1]:
        del arrays["static"]
    return arrays


def examples_of(
    data: IrregularDataset, names: Names, targets: np.ndarray, weights: np.ndarray | None = None
) -> IrregularExamples:
    """Return a data set as examples.

    Args:
        data: the series.
        names: what the model calls what it reads.
        targets: as in `IrregularExamples`.
        weights: as there.
    """
    return IrregularExamples(check_irregular(data.series, names)[0], targets, weights)


def probabilities_of(
    model: Any, examples: IrregularExamples, classes: int, batch_size: int = 128
) -> np.ndarray:
    """Return what a classifier makes of examples as it is, float32 (series, classes).

    Args:
        model: a compiled classifier.
        examples: the series.
        classes: number of classes.
        batch_size: series computed at once.
    """
    order = np.argsort(examples.lengths, kind="stable")
    probabilities = np.empty((len(order), classes), np.float32)
    for start in range(0, len(order), batch_size):
        rows = order[start : start + batch_size]
        probabilities[rows] = model.predict_on_batch(padded([examples.series[r] for r in rows]))
    return probabilities


def scores_of(
    probabilities: np.ndarray, labels: np.ndarray, weights: np.ndarray | None = None
) -> dict[str, float]:
    """Return AUC, accuracy, and the mean cross-entropy in nats.

    Args:
        probabilities: float array of shape (series, classes).
        labels: int array of shape (series,), the true classes, of which there are two or more.
        weights: weight of every series in the cross-entropy.
    """
    *_, auc = ClassificationScores(probabilities, labels)(np.ones(len(labels)))
    return {"auc": auc, **class_scores(probabilities, labels, weights)}


@dataclass(frozen=True)
class Facts:
    """What the head of a network is to hear of series beside the state, before it is scaled.

    Attributes:
        scaling: of the values.
        static: of the static features, or None where there are none.

    Call with series; returns a float64 array of shape (series, facts).
    """

    scaling: Scaling
    static: Scaling | None

    @classmethod
    def fit(cls, series: Sequence[IrregularSeries]) -> Facts:
        """Return the facts whose scalings suit series.

        Args:
            series: the training series.
        """
        static = np.array([item.static for item in series])
        values = np.concatenate([item.values for item in series])
        return cls(fit_scaling(values), fit_scaling(static) if static.shape[1] else None)

    def __call__(self, series: Sequence[IrregularSeries]) -> np.ndarray:
        found = [summarise(series, self.scaling)]
        if self.static is not None:
            found += self.static(np.array([item.static for item in series]))
        return np.concatenate(found, axis=1)

    def tensors(self, heard: np.ndarray) -> dict[str, np.ndarray]:
        """Return the weights that scale what a network reads.

        Args:
            heard: the facts of the training series.
        """
        deviation = heard.std(axis=0)
        found = {f"scaling/{name}": value for name, value in self.scaling._asdict().items()}
        if self.static is not None:
            own = self.static._asdict().items()
            found |= {f"static_scaling/{name}": value for name, value in own}
        found["facts_scaling/mean"] = heard.mean(axis=0)
        found["facts_scaling/scale"] = np.where(deviation > 1e-3, deviation, 1.0)
        return {name: value.astype(np.float32) for name, value in found.items()}
