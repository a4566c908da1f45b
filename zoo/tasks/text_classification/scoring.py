"""How a text classifier is scored, and texts with labels of a user's own are read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from zoo.classes.metrics import classification_metrics
from zoo.classes.report import show_classes
from zoo.interfaces import Scoring
from zoo.schema import Metric
from zoo.tables.columns import Reading, reading_of
from zoo.tables.labels import class_numbers
from zoo.tables.sources import read_columns
from zoo.tasks.text_classification.pipeline import TextClassificationPipeline
from zoo.text.doubts import Doubts
from zoo.text.examples import TextDataset

__all__ = ["evaluate", "read", "read_labelled"]


def read(model: TextClassificationPipeline, data: Any, how: Scoring) -> TextDataset:
    """Return texts and labels of a user's own.

    Args:
        model: the pipeline, whose labels there are.
        data: whatever `read_labelled` takes.
        how: its options name the columns, and say how a table is to be read.
    """
    options = how.options
    return read_labelled(
        data,
        options.get("text_column") or "text",
        options.get("label_column") or "label",
        model.info.labels,
        reading_of(options),
    )


def read_labelled(
    data: Any,
    text_column: str,
    label_column: str,
    labels: Sequence[str],
    reading: Reading | None = None,
) -> TextDataset:
    """Read texts and labels from a file, in any form that `read_columns` takes, or a table.

    The labels are names of the classes, or all of them their numbers from 0.

    Args:
        data: the file, folder or data set, a table in memory, or a pair of lists.
        text_column: name of the column of texts.
        label_column: name of the column of labels.
        labels: names of the classes, in the order of their numbers.
        reading: how a table in text is to be read.

    Raises:
        DataError: the file is missing, or not a table; a column is missing; or a label is not one
            of the classes.

    Example:
        >>> read_labelled((["a film"], ["good"]), "text", "label", ["bad", "good"]).labels.tolist()
        [1]
    """
    columns = read_columns(data, text_column, label_column, reading)
    return TextDataset(columns.texts, class_numbers(columns, labels))


def evaluate(
    model: TextClassificationPipeline, data: TextDataset, how: Scoring
) -> tuple[Metric, ...]:
    """Return accuracy, precision, recall, F1 and AUC with 95 % bootstrap intervals.

    Args:
        model: the pipeline.
        data: texts and labels.
        how: the split, and who is told of the progress.
    """
    count = len(data.texts)
    probabilities = np.empty((count, len(model.info.labels)), np.float32)
    # Like lengths together, here as in the pipeline, but in chunks that progress can show.
    order = np.argsort([len(text) for text in data.texts], kind="stable")
    doubts = Doubts()
    for start in range(0, count, 1_000):
        rows = order[start : start + 1_000]
        probabilities[rows], more = model.score_with_doubts([data.texts[row] for row in rows])
        doubts.add(more, rows)
        how.advance("texts", start + len(rows), count)
    metrics = classification_metrics(probabilities, data.labels, how.split, how.advance)
    show_classes(model.info.labels, data.labels, probabilities, how)
    # The cards say what is read of the long reviews of a published data set.
    (doubts if how.own else doubts.only("empty text", "unknown words", "unknown characters")).warn()
    return metrics
