"""Classification of numeric series by a trained network, through ONNX Runtime, without Keras."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from zoo.common.cores import cores
from zoo.common.costs import rows_at_once
from zoo.errors import CheckpointError
from zoo.formats import Checkpoint
from zoo.graphs.session import batches_by_length, in_parallel, make_session, shared_rows
from zoo.series.arrays import pad_series
from zoo.tasks.time_series_classification.trained_graph import classifier_graph

__all__ = ["TrainedClassifier", "network_of"]


class TrainedClassifier:
    """Classifies series by what a trained network makes of all their steps.

    Args:
        source: a verified checkpoint.

    Attributes:
        channels: number of channels.
        scaling: mean and scale of the channels.
    """

    def __init__(self, source: Checkpoint) -> None:
        self._backbone, self._classes = source.backbone, source.head.num_classes
        self.channels = source.backbone.channels
        mean, scale = (
            source.tensors[f"scaling/{part}"].astype(np.float64) for part in ("mean", "scale")
        )
        self.scaling = (mean, scale)
        try:
            # Channels are scaled here, in float64: of large numbers small changes stay.
            self._session = make_session(classifier_graph(source, scaled=True))
        except Exception as error:  # ONNX Runtime's exceptions share no public base class
            raise CheckpointError(f"ONNX Runtime refuses {source.path}: {error}") from error

    def predict_proba(self, series: Sequence[np.ndarray], batch_size: int = 64) -> np.ndarray:
        """Return the probability of every class for every series.

        Args:
            series: float arrays of shape (time, channels), of any lengths.
            batch_size: series computed at once; it changes the speed, not the answers.

        Returns:
            float64 array of shape (series, classes).
        """
        mean, scale = self.scaling
        lengths = [len(item) for item in series]
        activations = self._backbone.activations(max(lengths))
        size, threads = rows_at_once(batch_size, cores(), activations)
        size = shared_rows(len(series), size, threads)
        probabilities = np.empty((len(series), self._classes))

        def compute(rows: np.ndarray) -> None:
            padded, mask = pad_series([(series[row] - mean) / scale for row in rows])
            feed = {"series": padded, "lengths": mask.sum(axis=1).astype(np.int32)}
            probabilities[rows] = self._session.run(["probabilities"], feed)[0]

        in_parallel(compute, batches_by_length(lengths, size), threads)
        return probabilities


def network_of(source: Checkpoint) -> TrainedClassifier:
    """Return what computes the classes of series.

    Args:
        source: a verified checkpoint over a network that is trained.
    """
    return TrainedClassifier(source)
