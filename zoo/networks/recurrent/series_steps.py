"""What a recurrent network reads of a series that arrives in pieces, with NumPy."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from zoo.networks.recurrent.series_graph import LEAST_SQUARE
from zoo.networks.recurrent.series_spec import SeriesRecurrentBackboneSpec, point_pairs

__all__ = ["SeriesFeatureSteps"]


class SeriesFeatureSteps:
    """Makes of scaled steps what the network reads of them: a pure function of them and the last.

    Args:
        spec: arguments of the backbone.
        tensors: the weights by name, in any precision.

    Attributes:
        kept: how many of the last steps it must be given again.

    Example:
        >>> spec = SeriesRecurrentBackboneSpec(channels=1, cell="gru", units=3)
        >>> features, recent = SeriesFeatureSteps(spec, {})(np.ones((2, 1)), np.zeros((0, 1)))
        >>> features.shape, recent.shape
        ((2, 1), (0, 1))
    """

    def __init__(
        self, spec: SeriesRecurrentBackboneSpec, tensors: Mapping[str, np.ndarray]
    ) -> None:
        self._spec = spec
        self.kept = max(spec.lags, default=0)
        self._scaling = None
        if spec.scaled_twice:
            self._scaling = [
                tensors[f"feature_scaling/{part}"].astype(np.float32) for part in ("mean", "scale")
            ]

    def __call__(self, scaled: np.ndarray, recent: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the features of steps, and the last steps for the next call.

        Args:
            scaled: steps with scaled channels, float32 (steps, channels), at least one.
            recent: what the last call gave; none at first.

        Returns:
            float32 arrays of shape (steps, features) and (kept, channels).
        """
        spec, count = self._spec, len(scaled)
        if self.kept and not len(recent):
            # Before the first step there is what it was.
            recent = np.repeat(scaled[:1], self.kept, axis=0)
        all_ = np.concatenate([recent, scaled])
        parts = [scaled]
        for lag in spec.lags:
            start = len(recent) - lag
            parts.append(scaled - all_[start : start + count])
        if spec.point_dims:
            one, other = (scaled[:, channels] for channels in point_pairs(spec))
            squares = np.square(one - other).reshape(count, -1, spec.point_dims)
            parts.append(np.sqrt(squares.sum(axis=-1) + np.float32(LEAST_SQUARE)))
        features = np.concatenate(parts, axis=1)
        if self._scaling is not None:
            mean, scale = self._scaling
            features = (features - mean) / scale
        return features, all_[len(all_) - self.kept :].copy()
