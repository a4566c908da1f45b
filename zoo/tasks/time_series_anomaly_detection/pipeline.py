"""Anomaly scores of series from a checkpoint with NumPy, without Keras."""

from __future__ import annotations

from typing import Any

import numpy as np

from zoo.common.notebook import line
from zoo.errors import CheckpointError, InputError
from zoo.formats import Checkpoint
from zoo.schema import ModelInfo
from zoo.series.arrays import check_series
from zoo.sessions.session import Session, Streaming, fingerprint
from zoo.tasks.time_series_anomaly_detection.network import (
    Detection,
    DetectorState,
    RowDetector,
)
from zoo.tasks.time_series_anomaly_detection.scaling import check_sizes
from zoo.tasks.time_series_anomaly_detection.streaming import DetectionStream
from zoo.tasks.time_series_anomaly_detection.together import LEAST_SERIES, scored_together

__all__ = ["AnomalyDetectionPipeline"]


class AnomalyDetectionPipeline(Streaming):
    """Scores the rows of numeric series by how unusual they are, with the weights of a checkpoint.

    Made by `zoo.pipeline`. A row is scored from the rows before it and itself, never from those
    that follow.

    Args:
        source: a verified checkpoint of the task `time-series-anomaly-detection`.

    Attributes:
        info: the checkpoint's record.
        model: the detector, with its pure step.
        threshold: score from which on a row is an alarm.

    Raises:
        CheckpointError: the network reads something else than a row after the other.

    Example:
        >>> import zoo
        >>> series = np.sin(0.1 * np.arange(1_000.0))
        >>> series[700] = 5.0
        >>> scores = zoo.pipeline("gru-nab")(series)
        >>> scores.shape, int(scores[100:].argmax()) + 100
        ((1000,), 700)
    """

    def __init__(self, source: Checkpoint) -> None:
        self.info: ModelInfo = source.info
        try:
            self.model = RowDetector(source.tensors, source.backbone, source.head)
        except InputError as error:
            raise CheckpointError(f"{source.path}: {error}") from None
        self.threshold = self.model.threshold
        self._stream = DetectionStream(self.model, fingerprint(source.info))

    def __repr__(self) -> str:
        return line(self, self.info.name, task=self.info.task)

    def __call__(self, series: Any) -> Any:
        """Score every row of series.

        Args:
            series: a series of shape (time,) or (time, 1); or a list of them, of any lengths.

        Returns:
            float64 array of shape (time,), in [0, 1]; for a list, a list of them. Rows from
            `threshold` on are alarms. Four series or more are computed side by side, which changes
            no more than the last digits.

        Raises:
            InputError: `series` is not as described, or holds NaN.
        """
        arrays, single = check_series(series, 1)
        check_sizes(arrays)
        rows = [item[:, 0] for item in arrays]
        if len(rows) >= LEAST_SERIES:
            found = {index: scored.scores for index, scored in scored_together(self.model, rows)}
            return [found[index] for index in range(len(rows))]
        scores = [np.array(self.model.run(self.model.zeros(), row.tolist())[1]) for row in rows]
        return scores[0] if single else scores

    def detect(self, series: Any) -> Any:
        """Score every row of series, and say what was expected of it.

        Args:
            series: as for a call.

        Returns:
            A `Detection`; for a list, a list of them.

        Raises:
            InputError: `series` is not as described, or holds NaN.
        """
        arrays, single = check_series(series, 1)
        check_sizes(arrays)
        found: list[Detection] = [self.model.detect(item[:, 0]) for item in arrays]
        return found[0] if single else found

    def session(self) -> Session[DetectorState]:
        """Return a session for a series that arrives row by row.

        `step` takes a row, a number, and returns its score; or several, of shape (time, 1), and
        returns an array of that shape. It needs the same little memory however long it runs.

        Example:
            >>> import zoo
            >>> session = zoo.pipeline("gru-nab").session()
            >>> session.step(1.2)
            0.0
        """
        return Session(self._stream, self._stream.first)
