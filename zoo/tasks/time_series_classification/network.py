"""Classification of numeric series without Keras."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from zoo.common.costs import rows_at_once
from zoo.formats import Checkpoint
from zoo.networks.echo_state.spec import EchoStateBackboneSpec
from zoo.networks.echo_state.states import echo_states
from zoo.tasks.time_series_classification.specs import SequenceClassifierSpec

__all__ = ["ReservoirClassifier", "network_of", "softmax"]


class ReservoirClassifier:
    """Classifies series by the states of a reservoir at points spread over them.

    Args:
        tensors: the weights by the names of a checkpoint.
        backbone: arguments of the reservoir.
        head: arguments of the readout.

    Attributes:
        channels: number of channels.

    Example:
        >>> import zoo
        >>> zoo.pipeline("esn-japanese-vowels").model.channels  # doctest: +SKIP
        12

    Reference:
        [Jaeger et al., 2007](https://doi.org/10.1016/j.neunet.2007.04.016)
    """

    def __init__(
        self,
        tensors: Mapping[str, np.ndarray],
        backbone: EchoStateBackboneSpec,
        head: SequenceClassifierSpec,
    ) -> None:
        self.channels = backbone.channels
        self.points = head.points
        self.states = echo_states(tensors, backbone)
        self._mean = tensors["scaling/mean"].astype(np.float64)
        self._scale = tensors["scaling/scale"].astype(np.float64)
        if "readout/kernel" in tensors:
            self._kernel = tensors["readout/kernel"].astype(np.float64)
            self._bias = tensors["readout/bias"].astype(np.float64)

    @property
    def scaling(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean and standard deviation of the channels of the series that it was fitted to."""
        return self._mean, self._scale

    def points_of(self, lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return where the points lie, spread over series.

        Args:
            lengths: number of steps of each, int (series,).

        Returns:
            The step before each point, int (series, points), and how much of the way to the next
            one it lies further, float64 of that shape.
        """
        parts = max(1, self.points - 1)
        index = np.arange(parts + 1)[-self.points :] * (lengths[:, None] - 1)
        before = index // parts
        return before, (index - before * parts) / parts

    def read(self, steps: np.ndarray, last: np.ndarray | None = None) -> np.ndarray:
        """Return the states and scaled inputs of steps of one series, side by side.

        Args:
            steps: float array of shape (time, channels).
            last: those of the step before them; None where they begin the series.

        Returns:
            float64 array of shape (time, units + channels).
        """
        scaled = (steps - self._mean) / self._scale
        state = None if last is None else last[: self.states.units]
        return np.concatenate([self.states.run(scaled, state), scaled], axis=1)

    def features(self, series: Sequence[np.ndarray]) -> np.ndarray:
        """Return the states and inputs at the points, interpolated linearly between steps.

        Only the steps beside a point are kept: memory does not depend on the lengths.

        Args:
            series: float arrays of shape (time, channels), of any lengths.

        Returns:
            float64 array of shape (series, points, units + channels).
        """
        # The longest come first, so that those still running are always the first columns.
        order = np.argsort([-len(item) for item in series], kind="stable")
        lengths = np.array([len(series[row]) for row in order])
        before, share = self.points_of(lengths)
        units = self.states.units
        sampled = np.zeros((len(series), self.points, units + self.channels))
        state = self.states.zeros(len(series))
        for step in range(lengths[0]):
            running = int(np.searchsorted(-lengths, -step, side="left"))
            inputs = np.stack([series[row][step] for row in order[:running]])
            scaled = (inputs - self._mean) / self._scale
            state = self.states.update(state[:, :running], scaled.T)
            for weights, steps in ((1.0 - share, before), (share, before + 1)):
                rows, points = np.nonzero((steps[:running] == step) & (weights[:running] > 0))
                weight = weights[rows, points][:, None]
                sampled[rows, points, :units] += weight * state.T[rows]
                sampled[rows, points, units:] += weight * scaled[rows]
        back = np.empty_like(order)
        back[order] = np.arange(len(order))
        return sampled[back]

    def predict_proba(self, series: Sequence[np.ndarray], batch_size: int = 64) -> np.ndarray:
        """Return the probability of every class for every series.

        Args:
            series: float arrays of shape (time, channels), of any lengths.
            batch_size: series computed at once; it changes the speed, not the answers.

        Returns:
            float64 array of shape (series, classes).
        """
        width = self.points * (self.states.units + self.channels)
        batch_size, _ = rows_at_once(batch_size, 1, 2 * width)  # in float64
        order = np.argsort([len(item) for item in series], kind="stable")
        probabilities = np.empty((len(series), len(self._bias)))
        for start in range(0, len(order), batch_size):
            rows = order[start : start + batch_size]
            probabilities[rows] = self.classify(self.features([series[row] for row in rows]))
        return probabilities

    def classify(self, features: np.ndarray) -> np.ndarray:
        """Return the probability of every class for what stands at the points.

        Args:
            features: float64 array of shape (series, points, units + channels).

        Returns:
            float64 array of shape (series, classes).
        """
        return softmax(features.reshape(len(features), -1) @ self._kernel + self._bias)


def network_of(source: Checkpoint) -> ReservoirClassifier:
    """Return what computes the classes of series.

    Args:
        source: a verified checkpoint over a reservoir.
    """
    return ReservoirClassifier(source.tensors, source.backbone, source.head)


def softmax(logits: np.ndarray) -> np.ndarray:
    """Return the softmax over the last axis.

    Args:
        logits: float array.

    Example:
        >>> softmax(np.zeros((1, 2))).tolist()
        [[0.5, 0.5]]
    """
    scores = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return scores / scores.sum(axis=-1, keepdims=True)
