"""Precision, recall and confusion of a classifier, class by class, as text and as a picture."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from zoo.classes.names import CONFUSION
from zoo.common.escape import cut, terminal

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from zoo.interfaces import Scoring

__all__ = ["ClassReport", "class_report", "draw_confusion_matrix", "show_classes"]

_MATRIX = 12  # classes up to which the matrix is printed as a whole
_MISTAKES = 20
_LINES = 100  # classes up to which each is printed, and how many are of more
_DRAWN = 40  # classes up to which all are drawn, and how many are of more
_NUMBERS = 20  # classes up to which a picture has room for numbers
_NAME = 24  # characters of a label that are shown


@dataclass(frozen=True)
class ClassReport:
    """Scores of every class.

    Attributes:
        labels: names of the classes.
        true: int array of shape (texts,), the true classes.
        taken: int array of shape (texts,), what they were taken for.
        precision: float array of shape (classes,), 0 where nothing was taken for the class.
        recall: float array of shape (classes,), 0 where the class has no text.
        f1: float array of shape (classes,).
        noun: what is classified, in the plural.
    """

    labels: tuple[str, ...]
    true: np.ndarray
    taken: np.ndarray
    precision: np.ndarray
    recall: np.ndarray
    f1: np.ndarray
    noun: str = "texts"

    @property
    def accuracy(self) -> float:
        """Accuracy: the share of the texts whose label is predicted."""
        return float(np.mean(self.true == self.taken))

    @property
    def counts(self) -> np.ndarray:
        """Int array of shape (classes,): the texts of every class."""
        return np.bincount(self.true, minlength=len(self.labels))

    def confusion(self, classes: np.ndarray | None = None) -> np.ndarray:
        """Return how many of the texts of a class (rows) were taken for which (columns).

        Args:
            classes: numbers of the classes of rows and columns; all by default, whose matrix has
                as many numbers as there are classes, squared.
        """
        classes = np.arange(len(self.labels)) if classes is None else classes
        place = np.full(len(self.labels), -1)
        place[classes] = np.arange(len(classes))
        rows, columns = place[self.true], place[self.taken]
        inside = (rows >= 0) & (columns >= 0)
        matrix = np.zeros((len(classes), len(classes)), int)
        np.add.at(matrix, (rows[inside], columns[inside]), 1)
        return matrix

    def mistakes(self) -> list[tuple[int, int, int]]:
        """Return every mistake: how often, a true class, what was taken for; most often first."""
        wrong = self.true != self.taken
        pairs, often = np.unique(
            np.stack([self.true[wrong], self.taken[wrong]], axis=1), axis=0, return_counts=True
        )
        order = np.argsort(-often, kind="stable")
        return [(int(often[at]), int(pairs[at][0]), int(pairs[at][1])) for at in order]

    def most_mistaken(self, count: int) -> np.ndarray:
        """Return the numbers of the classes of the most frequent mistakes, ascending; all of few.

        Args:
            count: how many at most.
        """
        if len(self.labels) <= count:
            return np.arange(len(self.labels))
        ranked = dict.fromkeys(one for _, *pair in self.mistakes() for one in pair)
        ranked |= dict.fromkeys(np.argsort(-self.counts, kind="stable").tolist())
        return np.sort(list(ranked)[:count])

    @property
    def text(self) -> str:
        """The scores and the confusion matrix as lines, of no more than 100 classes."""
        counts, shown = self.counts, self.most_mistaken(_LINES)
        width = max(9, *(len(_short(self.labels[index])) for index in shown))
        lines = [f"{'':{width}}  precision  recall      f1  {self.noun:>6}"]
        for index in shown:
            figures = (self.precision[index], self.recall[index], self.f1[index])
            lines.append(
                f"{_short(self.labels[index]):{width}}  {figures[0]:9.4f}  {figures[1]:6.4f}  "
                f"{figures[2]:6.4f}  {counts[index]:6d}"
            )
        means = [values.mean() for values in (self.precision, self.recall, self.f1)]
        lines.append(
            f"{'mean':{width}}  {means[0]:9.4f}  {means[1]:6.4f}  {means[2]:6.4f}  "
            f"{counts.sum():6d}"
        )
        if len(shown) < len(self.labels):
            lines += [
                "",
                f"the {len(shown)} of {len(self.labels):,} classes of the most frequent mistakes",
            ]
        lines += ["", f"accuracy {self.accuracy:.4f}", ""]
        return "\n".join([*lines, *self._confusions(width)]) + "\n"

    def _confusions(self, width: int) -> list[str]:
        if len(self.labels) > _MATRIX:
            return [
                f"most frequent mistakes: {self.noun} of a class, and what they were taken for",
                *(
                    f"{often:6d}  {_short(self.labels[true])} -> {_short(self.labels[taken])}"
                    for often, true, taken in self.mistakes()[:_MISTAKES]
                ),
            ]
        column = max(6, *(len(_short(label)) for label in self.labels))
        names = "  ".join(f"{_short(label):>{column}}" for label in self.labels)
        return [
            "confusion matrix: rows are the true classes, columns what they were taken for",
            f"{'':{width}}  {names}",
            *(
                f"{_short(label):{width}}  " + "  ".join(f"{count:{column}d}" for count in row)
                for label, row in zip(self.labels, self.confusion(), strict=True)
            ),
        ]


def _short(label: str, limit: int = _NAME) -> str:
    return cut(label, limit)


def class_report(labels: tuple[str, ...], true: np.ndarray, taken: np.ndarray) -> ClassReport:
    """Score a classifier class by class.

    Args:
        labels: names of the classes.
        true: int array of shape (texts,), the true classes.
        taken: int array of shape (texts,), the classes that were chosen.

    Example:
        >>> report = class_report(("bad", "good"), np.array([0, 1, 1]), np.array([0, 1, 0]))
        >>> report.confusion().tolist(), round(report.accuracy, 3)
        ([[1, 0], [1, 1]], 0.667)
    """
    from sklearn.metrics import precision_recall_fscore_support

    numbers = np.arange(len(labels))
    precision, recall, f1, _ = precision_recall_fscore_support(
        true, taken, labels=numbers, average=None, zero_division=0
    )
    return ClassReport(labels, np.asarray(true), np.asarray(taken), precision, recall, f1)


def show_classes(
    labels: tuple[str, ...],
    true: np.ndarray,
    probabilities: np.ndarray,
    how: Scoring,
    noun: str = "texts",
) -> None:
    """Tell and show how every class is told, as far as anybody wants to know.

    Args:
        labels: names of the classes.
        true: int array of shape (examples,), the true classes.
        probabilities: float array of shape (examples, classes).
        how: who is told, and shown pictures.
        noun: what is classified, in the plural.
    """
    if how.tell is None and how.show is None:
        return
    report = replace(class_report(labels, true, probabilities.argmax(axis=1)), noun=noun)
    if how.tell is not None:
        how.tell(report.text)
    if how.show is not None:
        how.show(CONFUSION, draw_confusion_matrix(report))


def draw_confusion_matrix(report: ClassReport) -> Figure:
    """Draw a confusion matrix: a row a true class, shaded by the share of its texts.

    Of more than 40 classes those of the most frequent mistakes are drawn.

    Args:
        report: the scores.
    """
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    classes = report.most_mistaken(_DRAWN)
    count = len(classes)
    confusion = report.confusion(classes)
    shares = confusion / np.maximum(1, report.counts[classes])[:, None]
    names = [terminal(_short(report.labels[index])) for index in classes]
    # Room for the names of the classes beside the matrix, and below it, where they are slanted.
    longest = max(map(len, names))
    side = (0.5 if count <= _NUMBERS else 0.3) * max(count, 6)
    slant = 45 if longest > 6 or count > 6 else 0
    figure = Figure(
        figsize=(side + 1.9 + 0.09 * longest, side + 1.2 + 0.07 * longest * (slant > 0)),
        layout=ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.12),
    )
    axes = figure.subplots()
    image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    # A dollar sign in a label is one, and no formula.
    axes.set_xticks(
        np.arange(count),
        names,
        rotation=slant,
        ha="right" if slant else "center",
        rotation_mode="anchor" if slant else "default",
        parse_math=False,
    )
    axes.set_yticks(np.arange(count), names, parse_math=False)
    axes.set_xlabel("predicted class")
    axes.set_ylabel("true class")
    if count <= _NUMBERS:
        for (row, column), number in np.ndenumerate(confusion):
            colour = "white" if shares[row, column] > 0.5 else "black"
            axes.text(column, row, str(number), ha="center", va="center", color=colour)
    figure.colorbar(image, label="share of the true class", fraction=0.05)
    total = len(report.labels)
    of = (
        ""
        if count == total
        else f"\nthe {count} of {total:,} classes of the most frequent mistakes"
    )
    axes.set_title(f"Confusion matrix, accuracy {report.accuracy:.4f}{of}", fontsize=11)
    return figure
