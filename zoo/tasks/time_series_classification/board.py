"""What TensorBoard shows of a classifier of series at work on a few of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from zoo.common.quiet import import_keras
from zoo.datasets.common import DataSet
from zoo.errors import DataError
from zoo.formats import Checkpoint
from zoo.series.arrays import check_series
from zoo.series.asked import example_series
from zoo.series.gaps import Series

__all__ = ["write_board"]

_STEPS = 60


def write_board(board: Any, source: Checkpoint, dataset: DataSet | None) -> None:
    """Write what decides the answers to a few series, and the states of the network on one.

    They are of the test split of the data set that the network was trained on first, one of every
    class, where that is at hand; else a series of waves.

    Args:
        board: where to, a `zoo.boards.record.Board`.
        source: a verified checkpoint.
        dataset: the data set, if it is one of the zoo's.
    """
    import_keras()
    from zoo.fitting.building import from_checkpoint
    from zoo.fitting.saliency import SeriesSaliencyReport, of_every_class, write_states
    from zoo.tasks.time_series_classification.explaining import attribution, inspect

    model, labels = from_checkpoint(source), source.info.labels
    mean, scale = (np.asarray(part, np.float64) for part in model._scaling())
    given: list[Any] = [example_series(mean, scale, _STEPS)]
    if dataset is not None:
        try:
            found = dataset.load("test", False)
            given = [found.series[row] for row in of_every_class(found.labels)]
        except DataError:  # it is not at hand, and nothing is fetched for a picture
            pass
    arrays, _ = check_series(given, source.backbone.channels)
    report = SeriesSaliencyReport(
        lambda one, index: attribution(model, one, labels, index, quick=True),
        [Series("", array) for array in arrays],
        [None] * len(arrays),
    )
    report(board, board.end)
    write_states(board, inspect(model, arrays[-1]), board.end)
