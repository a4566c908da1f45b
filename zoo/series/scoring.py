"""What the scores of tasks on numeric series share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from zoo.errors import InputError, shown
from zoo.schema import Metric, ModelInfo
from zoo.series.files import SeriesReading
from zoo.series.inputs import series_reading
from zoo.series.known import known_by
from zoo.series.long import LongTables
from zoo.statistics import bootstrap, figure
from zoo.tables.columns import Reading

__all__ = [
    "bootstrapped",
    "error_metric",
    "long_tables_of",
    "root_mean_square",
    "series_reading_of",
]

# How tables of series are read.
_OPTIONS = ("header", "columns", "date_column", "fill", "missing", "encoding", "delimiter")


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
    ends = bootstrap(lambda rows: statistic(values[rows]), len(values))
    # Errors span many orders of magnitude.
    return figure(name, split, statistic(values), ends, len(values), orders=True)


def series_reading_of(options: Mapping[str, Any], info: ModelInfo) -> SeriesReading:
    """Return how tables of series are to be read.

    Args:
        options: `reading`, a `SeriesReading`, or a `Reading` as for a table of texts; or what
            `series_reading` takes.
        info: the record of the model that is scored or tuned, which may know the columns.

    Raises:
        InputError: `reading` is something else, or an option has no meaning for series.
    """
    reading = options.get("reading")
    if reading is None:
        return series_reading(**{name: options.get(name) for name in _OPTIONS}, info=info)
    if isinstance(reading, Reading):
        reading = SeriesReading(encoding=reading.encoding, delimiter=reading.delimiter)
    if not isinstance(reading, SeriesReading):
        raise InputError(
            "Expected a reading that is a SeriesReading, such as SeriesReading(fill='linear'). "
            f"Received: {type(reading).__name__}"
        )
    return replace(reading, known=known_by(info))


def long_tables_of(options: Mapping[str, Any], *, classes: bool = True) -> LongTables | None:
    """Return which columns of a table say what its series are; None where every series is a file.

    Args:
        options: `id_column` and `label_column`, "label" by default, as they were given.
        classes: whether the series have classes.

    Raises:
        InputError: there is a column of classes, and none that tells the series apart.
    """
    name, label = options.get("id_column"), options.get("label_column")
    if name is None:
        if label is not None:
            raise InputError(
                "Expected an id_column beside label_column, which says which series a line of a "
                f"table is of. Received: label_column={shown(label)} alone"
            )
        return None
    if not classes:
        return LongTables(str(name))
    return LongTables(str(name), "label" if label is None else str(label))
