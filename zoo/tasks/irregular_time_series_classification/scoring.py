"""How a classifier of irregular series is scored, and series of a user's own are read."""

from __future__ import annotations

from typing import Any

import numpy as np

from zoo.classes.average_precision import average_precision_metric
from zoo.classes.metrics import classification_metrics
from zoo.classes.report import show_classes
from zoo.errors import DataError, shown
from zoo.interfaces import Scoring
from zoo.schema import Metric
from zoo.series.arrays import check_classes
from zoo.series.irregular import IrregularDataset, check_irregular
from zoo.series.irregular_files import read_irregular, tell_all
from zoo.tasks.irregular_time_series_classification.pipeline import IrregularClassificationPipeline

__all__ = ["evaluate", "read"]

_AT_ONCE = 512


def read(model: IrregularClassificationPipeline, data: Any, how: Scoring) -> IrregularDataset:
    """Return series of a user's own with the numbers of their classes.

    Args:
        model: the pipeline, whose labels there are.
        data: a file, a folder of files, or a pair of series and labels.
        how: its options say how tables are read.

    Raises:
        DataError: a series has no label, or one that is none of the model's.
        InputError: a series is not as the model needs it.
    """
    source = read_irregular(data, model.model.names, **how.options)
    tell_all(source)
    labels = model.info.labels
    for name, label in zip(source.ids, source.labels, strict=True):
        if label not in labels:
            raise DataError(
                f"{source.name}, series {shown(name)}: expected a label out of "
                f"{shown(', '.join(labels), 200)}, in a long table a row without a time such as "
                f"{shown(f'{name},,label,{labels[0]}')}, in JSON a key label. "
                f"Received: {'none' if label is None else shown(label)}"
            )
    numbers = [labels.index(str(label)) for label in source.labels]
    return IrregularDataset.of(source.series, np.array(numbers, np.int32))


def evaluate(
    model: IrregularClassificationPipeline, data: IrregularDataset, how: Scoring
) -> tuple[Metric, ...]:
    """Return AUC, average precision, accuracy, precision, recall and F1 with 95 % intervals.

    AUC comes first: where one class is rare, accuracy says little.

    Args:
        model: the pipeline.
        data: series with class numbers.
        how: the split, and who is told of the progress.

    Raises:
        InputError: the series are of other variables.
    """
    series, _ = check_irregular(data.series, model.model.names)
    labels = check_classes(data.labels, len(series), len(model.info.labels))
    parts = []
    for start in range(0, len(series), _AT_ONCE):
        parts.append(model.predict_proba(series[start : start + _AT_ONCE]))
        how.advance("series", min(start + _AT_ONCE, len(series)), len(series))
    probabilities = np.concatenate(parts)
    show_classes(model.info.labels, labels, probabilities, how, "series")
    *figures, last = classification_metrics(probabilities, labels, how.split, how.advance)
    if not figures:  # of one class there is accuracy alone
        return (last,)
    ranked = average_precision_metric(probabilities, labels, how.split, how.advance)
    return (last, *filter(None, [ranked]), *figures)
