"""Layers around a network of numeric series: scaling of the channels, samples in time."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

__all__ = ["SeriesSampling", "SeriesScaling"]


@keras.saving.register_keras_serializable(package="zoo")
class SeriesScaling(keras.layers.Layer):
    """Scales every channel by fixed figures: (x - mean) / scale, or back again.

    Attributes:
        mean: float variable of shape (channels,), zeros until it is set.
        scale: float variable of shape (channels,), ones until it is set.

    Call with `inputs` of shape (..., channels); `invert=True` undoes the scaling. Returns a
    tensor of that shape.

    Example:
        >>> SeriesScaling()(np.ones((1, 2, 3))).shape
        (1, 2, 3)
    """

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("trainable", False)
        super().__init__(**kwargs)
        self.supports_masking = True

    def build(self, input_shape: Sequence[int | None]) -> None:
        shape = (input_shape[-1],)
        self.mean = self.add_weight(shape=shape, initializer="zeros", name="mean")
        self.scale = self.add_weight(shape=shape, initializer="ones", name="scale")
        self.built = True

    def call(self, inputs: Any, invert: bool = False) -> Any:
        if invert:
            return inputs * self.scale + self.mean
        return (inputs - self.mean) / self.scale

    def compute_output_spec(self, inputs: Any, invert: bool = False) -> keras.KerasTensor:
        return keras.KerasTensor(inputs.shape, dtype=self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config()}


@keras.saving.register_keras_serializable(package="zoo")
class SeriesSampling(keras.layers.Layer):
    """Makes one vector of a series: what it is at points spread evenly from start to end.

    Between two steps the values are interpolated linearly; one point alone is the end.

    Args:
        points: number of points.

    Call with `inputs` of shape (batch, time, features) and `padding_mask`, boolean of shape
    (batch, time), True first and then False. Returns a tensor of shape (batch, points * features),
    the points one after another; zeros for a row without any True.

    Example:
        >>> mask = np.array([[True, True, False]])
        >>> SeriesSampling(points=3)(np.ones((1, 3, 4)), mask).shape
        (1, 12)

    Reference:
        [Jaeger et al., 2007](https://doi.org/10.1016/j.neunet.2007.04.016)
    """

    def __init__(self, points: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True
        self.points = points

    def build(self, inputs_shape: Any, padding_mask_shape: Any = None) -> None:
        self.built = True

    def call(self, inputs: Any, padding_mask: Any) -> Any:
        steps = ops.sum(ops.cast(padding_mask, "int32"), axis=1, keepdims=True)
        last = ops.maximum(steps - 1, 0)
        # Whole numbers decide between which steps a point lies, so that rounding cannot.
        parts = max(1, self.points - 1)
        index = ops.expand_dims(ops.arange(parts + 1, dtype="int32")[-self.points :], 0) * last
        before = index // parts
        after = ops.minimum(before + 1, last)
        share = ops.cast(index - before * parts, inputs.dtype) / parts
        share = ops.expand_dims(share, -1)
        first = ops.take_along_axis(inputs, ops.expand_dims(before, -1), axis=1)
        second = ops.take_along_axis(inputs, ops.expand_dims(after, -1), axis=1)
        sampled = first * (1.0 - share) + second * share
        sampled = ops.where(ops.expand_dims(steps > 0, -1), sampled, ops.zeros_like(sampled))
        return ops.reshape(sampled, (-1, self.points * inputs.shape[-1]))

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> None:
        return None

    def compute_output_shape(
        self, inputs_shape: Sequence[int | None], padding_mask_shape: Sequence[int | None]
    ) -> tuple[int | None, int]:
        features = inputs_shape[-1]
        assert features is not None
        return (inputs_shape[0], self.points * features)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "points": self.points}
