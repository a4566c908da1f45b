"""Figures of errors on numeric series, with bootstrap intervals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from zoo import statistics
from zoo.interfaces import Scoring
from zoo.schema import Metric
from zoo.series.files import SeriesReading
from zoo.tables.columns import Reading

__all__ = ["bootstrapped", "error_metric", "root_mean_square", "series_reading_of"]


def root_mean_square(errors: np.ndarray) -> float:
    """Return the root mean square of errors.

    Args:
        errors: float array of any shape.
    """
    return float(np.sqrt(np.mean(np.square(errors))))


def error_metric(name: str, split: str, errors: np.ndarray) -> Metric:
    """Return the root mean square of errors with its 95 % bootstrap interval.

    Args:
        name: the metric's name.
        split: what the examples are, for the record.
        errors: float array of shape (examples,).
    """
    return bootstrapped(name, split, errors, root_mean_square)


def bootstrapped(
    name: str, split: str, values: np.ndarray, statistic: Callable[[np.ndarray], Any]
) -> Metric:
    """Return a statistic of examples with its 95 % bootstrap interval.

    Args:
        name: the metric's name.
        split: what the examples are, for the record.
        values: float array of shape (examples,).
        statistic: returns the figure of some of them.
    """
    samples = [statistic(values[rows]) for rows in statistics.resamples(len(values))]
    ends = statistics.interval(samples)
    # Errors span many orders of magnitude.
    return statistics.figure(name, split, statistic(values), ends, len(values), orders=True)


def series_reading_of(how: Scoring) -> SeriesReading | None:
    """Return how tables of series are to be read.

    Args:
        how: what says it, maybe as for a table of texts.
    """
    if isinstance(how.reading, Reading):
        return SeriesReading(encoding=how.reading.encoding, delimiter=how.reading.delimiter)
    reading: SeriesReading | None = how.reading
    return reading
