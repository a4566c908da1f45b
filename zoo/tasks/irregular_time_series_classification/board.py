"""What TensorBoard shows of a classifier of irregular series at work on a few of them."""

from __future__ import annotations

from functools import partial
from typing import Any

from zoo.common.quiet import import_keras
from zoo.datasets.common import DataSet
from zoo.errors import DataError
from zoo.formats import Checkpoint
from zoo.series.irregular import check_irregular
from zoo.series.irregular_examples import irregular_around

__all__ = ["write_board"]

_SERIES = 3


def write_board(board: Any, source: Checkpoint, dataset: DataSet | None) -> None:
    """Write what decides the answers to a few series, and the states of the network on one.

    They are of the test split of the data set that the network was trained on first, where that is
    at hand; else they are made up around the usual values.

    Args:
        board: where to, a `zoo.boards.record.Board`.
        source: a verified checkpoint.
        dataset: the data set, if it is one of the zoo's.
    """
    import_keras()
    from zoo.fitting.building import from_checkpoint
    from zoo.fitting.saliency import SeriesSaliencyReport, write_states
    from zoo.tasks.irregular_time_series_classification.explaining import (
        attribution,
        trace_series,
    )

    model, made_up = from_checkpoint(source), irregular_around(source)[-_SERIES:]
    given: Any = made_up
    if dataset is not None:
        try:
            found = dataset.load("test", False).series[: 10 * _SERIES]
            given = [one for one in found if one.steps > 1 and _fits(one, made_up[0])][:_SERIES]
            given = given or made_up
        except DataError:  # it is not at hand, and nothing is fetched for a picture
            pass
    series, _ = check_irregular(given, source.backbone.names)
    explain = partial(attribution, model, quick=True)
    report = SeriesSaliencyReport(
        lambda one, index: explain(one, source.info.labels, index), series, [None] * len(series)
    )
    report(board, board.end)
    write_states(board, trace_series(model, series[-1]), board.end)


def _fits(series: Any, like: Any) -> bool:
    """Return whether a series is of as many variables and static features as another."""
    return series.values.shape[1] == like.values.shape[1] and len(series.static) == len(like.static)
