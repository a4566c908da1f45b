"""What TensorBoard shows of a classifier of series at work on a few of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from zoo.common.counts import counted
from zoo.common.quiet import import_keras
from zoo.common.user_warnings import warn_user
from zoo.datasets.common import DataSet
from zoo.errors import DataError
from zoo.formats import Checkpoint
from zoo.series.arrays import check_series
from zoo.series.asked import example_series
from zoo.series.gaps import Series

__all__ = ["shown_series", "write_board"]

_STEPS = 60


def write_board(board: Any, source: Checkpoint, dataset: DataSet | None) -> None:
    """Write what decides the answers to a few series, and the states of the network on one.

    They are of the test split of the data set that the network was trained on first, one of every
    class, where that is at hand and of as many channels; else a series of waves.

    Args:
        board: where to, a `zoo.boards.record.Board`.
        source: a verified checkpoint.
        dataset: the data set, if it is one of the zoo's.
    """
    import_keras()
    from zoo.fitting.building import from_checkpoint
    from zoo.fitting.saliency import SeriesSaliencyReport, write_states
    from zoo.tasks.time_series_classification.explaining import attribution, inspect

    model, labels = from_checkpoint(source), source.info.labels
    mean, scale = (np.asarray(part, np.float64) for part in model._scaling())
    given = shown_series(source, dataset, mean, scale)
    arrays, _ = check_series(given, source.backbone.channels)
    report = SeriesSaliencyReport(
        lambda one, index: attribution(model, one, labels, index, quick=True),
        [Series("", array) for array in arrays],
        [None] * len(arrays),
    )
    report(board, board.end)
    write_states(board, inspect(model, arrays[-1]), board.end)


def shown_series(
    source: Checkpoint, dataset: DataSet | None, mean: np.ndarray, scale: np.ndarray
) -> list[Any]:
    """Return the series that a classifier is shown at work on.

    Args:
        source: a verified checkpoint.
        dataset: what it was trained on first, if that is a data set of the zoo.
        mean: of the channels that it reads.
        scale: their standard deviations.
    """
    from zoo.fitting.saliency import of_every_class

    waves = [example_series(mean, scale, _STEPS)]
    if dataset is None:
        return waves
    try:
        found = dataset.load("test", False)
    except DataError:  # it is not at hand, and nothing is fetched for a picture
        return waves
    channels = found.series[0].shape[1]
    if channels == source.backbone.channels:
        return [found.series[row] for row in of_every_class(found.labels)]
    # One that was tuned on series of a user's own.
    warn_user(
        f"{dataset.info.title} has {counted(channels, 'channel')}, and {source.info.name} reads "
        f"{source.backbone.channels}: the pictures are of a made-up series of waves. zoo explain "
        "and zoo inspect draw a series of yours"
    )
    return waves
