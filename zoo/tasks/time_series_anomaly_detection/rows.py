"""What is done around a network: how rows of a series are read, and scored by the forecasts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import numpy as np

from zoo.tasks.time_series_anomaly_detection.scaling import (
    SCALING_SIZE,
    place_of,
    read_on,
    scaled_target,
)
from zoo.tasks.time_series_anomaly_detection.specs import AnomalyDetectorSpec
from zoo.tasks.time_series_anomaly_detection.surprise import SURPRISE_SIZE, Surprise, mixture_of

__all__ = ["Scorer", "batched", "read_rows", "scored"]


class Scorer:
    """What is done after a network: rows are scored by the forecasts of them.

    Args:
        spec: arguments of the task.
    """

    def __init__(self, spec: AnomalyDetectorSpec) -> None:
        self._spec = spec
        self._surprise = Surprise(spec)

    def row(
        self,
        row: int,
        x: float,
        forecast: Sequence[float],
        scaling: tuple[float, ...],
        surprise: Sequence[float],
        recent: list[float],
    ) -> tuple[float, Sequence[float]]:
        """Score a row; `recent` is changed.

        Args:
            row: its number, from 0.
            x: its value.
            forecast: outputs of the head after the row before.
            scaling: as in `DetectorState`, before the row.
            surprise: as in `DetectorState`.
            recent: as in `DetectorState`.

        Returns:
            The score, and the new surprise.
        """
        mixture = mixture_of(forecast, place_of(scaling)) if row else ()
        surprise, found = self._surprise.step(surprise, scaling, mixture, x, row)
        score = self._surprise.score(found, max(recent))
        recent[row % self._spec.hold] = found
        return score, surprise


def batched(values: Iterable[float], size: int) -> Iterator[tuple[float, ...]]:
    """Yield values in batches; Python has this from 3.12 on.

    Args:
        values: the values.
        size: of a batch.
    """
    given = iter(values)
    while some := tuple(islice(given, size)):
        yield some


def read_rows(values: np.ndarray, spec: AnomalyDetectorSpec) -> tuple[np.ndarray, np.ndarray]:
    """Return what the network reads of a series, and what it is to forecast after every row.

    Args:
        values: float array of shape (time,).
        spec: arguments of the task.

    Returns:
        float64 arrays of shape (time, 2) and (time,); after the last row there is nothing to
        forecast, and its target is where that row lies itself.
    """
    given = values.tolist()
    read, scalings = read_on(given, (0.0,) * SCALING_SIZE, 0, spec.scaling_rows)
    following = zip(scalings[1:], given[1:], strict=False)
    targets = [scaled_target(scaling, x) for scaling, x in following]
    return np.array(read).reshape(-1, 2), np.array([*targets, read[-1][0]])


def scored(values: np.ndarray, forecasts: np.ndarray, spec: AnomalyDetectorSpec) -> np.ndarray:
    """Return the scores of a series whose forecasts are known, such as from a Keras model.

    Args:
        values: float array of shape (time,).
        forecasts: float array of shape (time, outputs), outputs of the head after every row.
        spec: arguments of the task.

    Returns:
        float64 array of shape (time,).
    """
    scorer, recent, given = Scorer(spec), [0.0] * spec.hold, values.tolist()
    _, scalings = read_on(given, (0.0,) * SCALING_SIZE, 0, spec.scaling_rows)
    surprise: Sequence[float] = [0.0] * SURPRISE_SIZE
    before = [[0.0] * spec.outputs, *forecasts.astype(np.float64).tolist()]
    scores = []
    for row, (x, forecast, scaling) in enumerate(zip(given, before, scalings, strict=False)):
        score, surprise = scorer.row(row, x, forecast, scaling, surprise, recent)
        scores.append(score)
    return np.array(scores)
