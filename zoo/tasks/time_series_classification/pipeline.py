"""Classes of numeric series from a checkpoint, without Keras."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from zoo.classes.ranking import BEST, class_results, labels_asked
from zoo.common.counts import checked_batch_size
from zoo.common.notebook import line
from zoo.formats import Checkpoint
from zoo.schema import ModelInfo
from zoo.series.arrays import check_series, pad_series
from zoo.sessions.session import Session, Streaming
from zoo.tasks.time_series_classification.parts import part_of

__all__ = ["SeriesClassificationPipeline"]


class SeriesClassificationPipeline(Streaming):
    """Classifies numeric series with the weights of a checkpoint.

    Made by `zoo.pipeline`.

    Args:
        source: a verified checkpoint of the task `time-series-classification`.

    Attributes:
        info: the checkpoint's record.
        backbone: arguments of the network.
        model: what computes: the `channels` that it reads, and their `scaling`.

    Example:
        >>> import zoo
        >>> zoo.pipeline("esn-japanese-vowels")([np.zeros((20, 12))])[0].keys()
        dict_keys(['label', 'score'])
    """

    def __init__(self, source: Checkpoint) -> None:
        self.info: ModelInfo = source.info
        self.backbone, self._source = source.backbone, source
        self.model = part_of(source.backbone, "network").network_of(source)
        self._graph = source.graphs.get("onnx/model.onnx")

    def __reduce__(self) -> Any:
        # Sessions of ONNX Runtime cannot be copied: they are made anew from what was read.
        return type(self), (self._source,)

    def __repr__(self) -> str:
        return line(self, self.info.name, task=self.info.task)

    def __call__(self, series: Any, top_k: int | None = BEST, batch_size: int = 64) -> list[Any]:
        """Classify series.

        Args:
            series: a series of shape (time, channels), or (time,) where there is one channel; or
                a list of them, of any lengths.
            top_k: how many labels to return for each series, best first; None returns all.
            batch_size: series computed at once; it changes the speed, not the answers.

        Returns:
            For one series a list of `{"label", "score"}`. For a list of series one such
            dictionary a series, or one list of them a series when `top_k` is given.

        Raises:
            InputError: `series` is not as described or holds NaN, or `top_k` or `batch_size` is
                not a positive number.
        """
        arrays, single = check_series(series, self.model.channels)
        labels_asked(top_k, self.info.labels)  # which is refused before anything is computed
        probabilities = self.predict_proba(arrays, batch_size)
        return class_results(self.info.labels, probabilities, top_k, single=single)

    @cached_property
    def _stream(self) -> Any:
        return part_of(self.backbone, "streaming").stream_of(self._source, self.model)

    def session(self) -> Session[Any]:
        """Return a session for a series that arrives step by step.

        `step` takes a step, of shape (channels,), or several, of shape (time, channels), and
        returns what the pipeline says of the series so far: `{"label", "score"}` of all labels,
        best first. Over a reservoir the points that are classified are spread over the whole
        series, so that a state holds all of it.

        Raises:
            InputError: the network reads from the end of a series too.

        Example:
            >>> import zoo
            >>> session = zoo.pipeline("esn-japanese-vowels").session()
            >>> len(session.step(np.zeros(12)))
            9
        """
        return Session(self._stream, self._stream.first)

    def predict_proba(self, series: Any, batch_size: int = 64) -> np.ndarray:
        """Return the probability of every class for every series.

        Args:
            series: as for calling the pipeline.
            batch_size: series computed at once.

        Returns:
            float64 array of shape (series, classes), the classes in the order of `info.labels`.

        Raises:
            InputError: as for calling the pipeline.
        """
        size = checked_batch_size(batch_size)
        arrays, _ = check_series(series, self.model.channels)
        if self._graph is not None:
            return _of_graph(self._graph, arrays, size)
        probabilities: np.ndarray = self.model.predict_proba(arrays, size)
        return probabilities


def _of_graph(graph: bytes, series: list[np.ndarray], batch_size: int) -> np.ndarray:
    """Return the probabilities that an ONNX graph gives, float64 as those of the network."""
    from zoo.graphs.session import make_session  # which no other answer of this pipeline needs

    session, parts = make_session(graph), []
    for start in range(0, len(series), batch_size):
        rows, mask = pad_series(series[start : start + batch_size])
        feed = {"series": rows.astype(np.float32), "lengths": mask.sum(axis=1).astype(np.int32)}
        parts.append(session.run(["probabilities"], feed)[0])
    return np.concatenate(parts).astype(np.float64)
