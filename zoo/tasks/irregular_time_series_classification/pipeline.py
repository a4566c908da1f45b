"""Classes of irregular series from a checkpoint with NumPy, without Keras."""

from __future__ import annotations

from typing import Any

import numpy as np

from zoo.classes.ranking import BEST, class_results, labels_asked
from zoo.common.counts import checked_batch_size
from zoo.common.notebook import line
from zoo.formats import Checkpoint
from zoo.schema import ModelInfo
from zoo.series.irregular import IrregularSeries, check_irregular, pad_irregular
from zoo.sessions.session import Session, Streaming, fingerprint
from zoo.tasks.irregular_time_series_classification.network import IrregularNetwork
from zoo.tasks.irregular_time_series_classification.streaming import (
    IrregularState,
    IrregularStream,
)

__all__ = ["IrregularClassificationPipeline", "graph_inputs"]


class IrregularClassificationPipeline(Streaming):
    """Classifies irregular series with the weights of a checkpoint.

    Made by `zoo.pipeline`.

    Args:
        source: a verified checkpoint of the task `irregular-time-series-classification`.

    Attributes:
        info: the checkpoint's record.
        model: the classifier; its `names` are what it calls what it reads.

    Example:
        >>> import zoo
        >>> stay = {"times": [0, 0.7], "values": {"HR": [80, None], "Temp": [None, 36.6]}}
        >>> zoo.pipeline("grud-physionet2012")(stay)[0].keys()
        dict_keys(['label', 'score'])
    """

    def __init__(self, source: Checkpoint) -> None:
        self.info: ModelInfo = source.info
        self.model = IrregularNetwork(source.tensors, source.backbone, source.head)
        self._graph = source.graphs.get("onnx/model.onnx")
        self._stream = IrregularStream(self.model, fingerprint(source.info), source.info.labels)

    def __repr__(self) -> str:
        return line(self, self.info.name, task=self.info.task)

    def __call__(self, series: Any, top_k: int | None = BEST, batch_size: int = 256) -> list[Any]:
        """Classify irregular series.

        A series without any measurement is answered from its static features, and by the fact that
        nothing was measured.

        Args:
            series: a series or a list of them, each an `IrregularSeries`, or a dictionary of
                `times`; `values`, by name or as an array of shape (steps, variables), with None or
                NaN for what was not measured then; and perhaps `static`, by name or as an array.
            top_k: how many labels to return for each series, best first; None returns all.
            batch_size: series computed at once; it changes the speed, not the answers.

        Returns:
            For one series a list of `{"label", "score"}`. For a list of series one such
            dictionary a series, or one list of them a series when `top_k` is given.

        Raises:
            InputError: `series` is not as described, a name is unknown, times repeat or run
                backwards, or `top_k` or `batch_size` is not a positive number.
        """
        checked, single = check_irregular(series, self.model.names)
        labels_asked(top_k, self.info.labels)  # which is refused before anything is computed
        probabilities = self.predict_proba(checked, batch_size)
        return class_results(self.info.labels, probabilities, top_k, single=single)

    def session(self) -> Session[IrregularState]:
        """Return a session for a series whose measurements arrive one after another.

        `step` takes a time and what was measured then, or several steps in the form of a series,
        and returns what the pipeline says of the series so far: `{"label", "score"}` of all labels,
        best first. Static features may come with any step.

        Example:
            >>> import zoo
            >>> session = zoo.pipeline("grud-physionet2012").session()
            >>> _ = session.step({"times": [], "values": {}, "static": {"Age": 54}})
            >>> session.step((0.5, {"HR": 80, "Temp": 36.6}))[0]["label"]
            'survived'
        """
        return Session(self._stream, self._stream.first)

    def predict_proba(self, series: Any, batch_size: int = 256) -> np.ndarray:
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
        checked, _ = check_irregular(series, self.model.names)
        if self._graph is not None:
            return _of_graph(self._graph, checked, size)
        return self.model.predict_proba(checked, size)


def _of_graph(graph: bytes, series: list[IrregularSeries], batch_size: int) -> np.ndarray:
    """Return the probabilities that an ONNX graph gives, float64 as those of the network."""
    from zoo.graphs.session import make_session  # which no other answer of this pipeline needs

    session, parts = make_session(graph), []
    for start in range(0, len(series), batch_size):
        feed = graph_inputs(series[start : start + batch_size])
        parts.append(session.run(["probabilities"], feed)[0])
    return np.concatenate(parts).astype(np.float64)


def graph_inputs(series: list[IrregularSeries]) -> dict[str, np.ndarray]:
    """Return series as the inputs of the ONNX graph.

    Args:
        series: what `check_irregular` returned.
    """
    arrays = pad_irregular(series)
    lengths = arrays.pop("padding_mask").sum(axis=1).astype(np.int32)
    if not arrays["static"].shape[1]:
        del arrays["static"]
    return {**arrays, "lengths": lengths}
