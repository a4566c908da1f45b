"""What a classifier gets right and wrong, class by class, as text and as a picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from zoo.escape import cut

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["ClassReport", "class_report", "draw_confusion_matrix"]

_MATRIX = 12  # classes up to which the matrix is printed as a whole
_MISTAKES = 20
_NUMBERS = 20  # classes up to which a picture has room for numbers


@dataclass(frozen=True)
class ClassReport:
    """Scores of every class.

    Attributes:
        labels: names of the classes.
        confusion: int array of shape (classes, classes): how many of the texts of a class (rows)
            were taken for which (columns).
        precision: float array of shape (classes,), 0 where nothing was taken for the class.
        recall: float array of shape (classes,), 0 where the class has no text.
        f1: float array of shape (classes,).
    """

    labels: tuple[str, ...]
    confusion: np.ndarray
    precision: np.ndarray
    recall: np.ndarray
    f1: np.ndarray

    @property
    def accuracy(self) -> float:
        """Share of the texts that are told right."""
        return float(np.trace(self.confusion) / self.confusion.sum())

    @property
    def text(self) -> str:
        """The scores and the confusion matrix as lines."""
        counts = self.confusion.sum(axis=1)
        width = max(9, *(len(_short(label)) for label in self.labels))
        lines = [f"{'':{width}}  precision  recall      f1   texts"]
        for index, label in enumerate(self.labels):
            figures = (self.precision[index], self.recall[index], self.f1[index])
            lines.append(
                f"{_short(label):{width}}  {figures[0]:9.4f}  {figures[1]:6.4f}  "
                f"{figures[2]:6.4f}  {counts[index]:6d}"
            )
        means = [values.mean() for values in (self.precision, self.recall, self.f1)]
        lines.append(
            f"{'mean':{width}}  {means[0]:9.4f}  {means[1]:6.4f}  {means[2]:6.4f}  "
            f"{counts.sum():6d}"
        )
        lines += ["", f"accuracy {self.accuracy:.4f}", ""]
        return "\n".join([*lines, *self._confusions(width)]) + "\n"

    def _confusions(self, width: int) -> list[str]:
        if len(self.labels) > _MATRIX:
            wrong = self.confusion * (1 - np.eye(len(self.labels), dtype=int))
            order = np.argsort(-wrong, axis=None, kind="stable")[:_MISTAKES]
            pairs = [np.unravel_index(index, wrong.shape) for index in order]
            return [
                "most frequent mistakes: texts of a class, and what they were taken for",
                *(
                    f"{wrong[true, taken]:6d}  {_short(self.labels[true])} -> "
                    f"{_short(self.labels[taken])}"
                    for true, taken in pairs
                    if wrong[true, taken]
                ),
            ]
        column = max(6, *(len(_short(label)) for label in self.labels))
        names = "  ".join(f"{_short(label):>{column}}" for label in self.labels)
        return [
            "confusion matrix: rows are the true classes, columns what they were taken for",
            f"{'':{width}}  {names}",
            *(
                f"{_short(label):{width}}  " + "  ".join(f"{count:{column}d}" for count in row)
                for label, row in zip(self.labels, self.confusion, strict=True)
            ),
        ]


def _short(label: str, limit: int = 24) -> str:
    return cut(label, limit)


def class_report(labels: tuple[str, ...], true: np.ndarray, taken: np.ndarray) -> ClassReport:
    """Score a classifier class by class.

    Args:
        labels: names of the classes.
        true: int array of shape (texts,), the true classes.
        taken: int array of shape (texts,), the classes that were chosen.

    Example:
        >>> report = class_report(("bad", "good"), np.array([0, 1, 1]), np.array([0, 1, 0]))
        >>> report.confusion.tolist(), round(report.accuracy, 3)
        ([[1, 0], [1, 1]], 0.667)
    """
    from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

    numbers = np.arange(len(labels))
    precision, recall, f1, _ = precision_recall_fscore_support(
        true, taken, labels=numbers, average=None, zero_division=0
    )
    confusion = confusion_matrix(true, taken, labels=numbers)
    return ClassReport(labels, confusion, precision, recall, f1)


def draw_confusion_matrix(report: ClassReport) -> Figure:
    """Draw a confusion matrix: a row a true class, shaded by the share of its texts.

    Args:
        report: the scores.
    """
    from matplotlib.figure import Figure

    count = len(report.labels)
    inches = min(16.0, 2.5 + 0.5 * count)
    figure = Figure(figsize=(inches + 1, inches), layout="constrained")
    axes = figure.subplots()
    totals = np.maximum(1, report.confusion.sum(axis=1, keepdims=True))
    shares = report.confusion / totals
    image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    names = [_short(label, 16) for label in report.labels]
    slant = 45 if count > 2 else 0
    side = "right" if slant else "center"
    # A dollar sign in a label is one, and no formula.
    axes.set_xticks(np.arange(count), names, rotation=slant, ha=side, parse_math=False)
    axes.set_yticks(np.arange(count), names, parse_math=False)
    axes.set_xlabel("taken for")
    axes.set_ylabel("true class")
    if count <= _NUMBERS:
        for (row, column), number in np.ndenumerate(report.confusion):
            colour = "white" if shares[row, column] > 0.5 else "black"
            axes.text(column, row, str(number), ha="center", va="center", color=colour)
    figure.colorbar(image, label="share of the true class")
    axes.set_title(f"accuracy {report.accuracy:.4f}")
    return figure
