"""How a classifier of numeric series is scored, and series of a user's own are read."""

from __future__ import annotations

from typing import Any

import numpy as np

from zoo.classes.metrics import classification_metrics
from zoo.classes.report import show_classes
from zoo.errors import DataError, shown
from zoo.interfaces import Scoring
from zoo.schema import Metric
from zoo.series.arrays import check_classes, check_series
from zoo.series.examples import SeriesDataset
from zoo.series.scoring import long_tables_of, series_reading_of
from zoo.series.sources import read_source
from zoo.tasks.time_series_classification.pipeline import SeriesClassificationPipeline

__all__ = ["evaluate", "read"]

# Series after which it is told how far the scoring is.
_AT_ONCE = 64


def read(model: SeriesClassificationPipeline, data: Any, how: Scoring) -> SeriesDataset:
    """Return series of a user's own with the numbers of their classes.

    Args:
        model: the pipeline, whose labels there are.
        data: a folder with a folder of files for every class, a table of many series, or a pair of
            series and labels.
        how: its options say how tables are to be read.

    Raises:
        DataError: a class is none of the model's.
    """
    source = read_source(
        data,
        classes=True,
        channels=model.model.channels,
        reading=series_reading_of(how.options, model.info),
        long=long_tables_of(how.options),
    )
    labels = model.info.labels
    if unknown := sorted(set(source.labels) - set(labels)):
        raise DataError(
            f"Expected classes out of {shown(', '.join(labels), 200)}, as names of folders or "
            f"labels. Received: {shown(unknown[0])} in {source.name}"
        )
    numbers = [labels.index(label) for label in source.labels]
    return SeriesDataset(source.series, np.array(numbers, np.int32))


def evaluate(
    model: SeriesClassificationPipeline, data: SeriesDataset, how: Scoring
) -> tuple[Metric, ...]:
    """Return accuracy, precision, recall, F1 and AUC with 95 % bootstrap intervals.

    Args:
        model: the pipeline.
        data: series with class numbers.
        how: the split, and who is told of the progress.

    Raises:
        InputError: the series are of another number of channels.
    """
    series, _ = check_series(data.series, model.model.channels)
    labels = check_classes(data.labels, len(series), len(model.info.labels))
    parts = []
    for start in range(0, len(series), _AT_ONCE):
        parts.append(model.predict_proba(series[start : start + _AT_ONCE]))
        how.advance("series", min(start + _AT_ONCE, len(series)), len(series))
    probabilities = np.concatenate(parts)
    show_classes(model.info.labels, labels, probabilities, how, "series")
    return classification_metrics(probabilities, labels, how.split, how.advance)
