"""Layers that make of a series what a recurrent network reads of it."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

__all__ = ["LEAST_SQUARE", "FrameMask", "SeriesFeatures", "SeriesFrames"]

# Added to squared distances: where two points meet the root has a gradient too.
LEAST_SQUARE = 1e-6


@keras.saving.register_keras_serializable(package="zoo")
class SeriesFeatures(keras.layers.Layer):
    """Puts beside the channels of a series how they change, and how far points lie apart.

    Args:
        lags: in steps: the differences to so many steps earlier; of the steps before that, to the
            first one.
        pairs: two lists of channels, coordinates of points, whose distances are taken.
        point_dims: coordinates of a point; 0 where there are no points.

    Call with `inputs` of shape (batch, time, channels). Returns a tensor of shape (batch, time,
    channels * (1 + lags) + pairs of points).

    Example:
        >>> SeriesFeatures(lags=[1])(np.array([[[1.0], [4.0]]]))[0, :, 1].tolist()
        [0.0, 3.0]
    """

    def __init__(
        self,
        lags: Sequence[int] = (),
        pairs: Sequence[Any] = ((), ()),
        point_dims: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True
        self.lags = tuple(lags)
        self.pairs = tuple(np.asarray(part, np.int32) for part in pairs)
        self.point_dims = point_dims

    def build(self, input_shape: Any) -> None:
        self.built = True

    def call(self, inputs: Any) -> Any:
        parts = [inputs]
        for lag in self.lags:
            first = ops.repeat(inputs[:, :1], lag, axis=1)
            earlier = ops.concatenate([first, inputs], axis=1)[:, : ops.shape(inputs)[1]]
            parts.append(inputs - earlier)
        if self.point_dims:
            one, other = (ops.take(inputs, part, axis=2) for part in self.pairs)
            squares = ops.square(one - other)
            count = len(self.pairs[0]) // self.point_dims
            shape = (*ops.shape(inputs)[:2], count, self.point_dims)
            total = ops.sum(ops.reshape(squares, shape), axis=-1)
            parts.append(ops.sqrt(total + LEAST_SQUARE))
        return ops.concatenate(parts, axis=-1)

    def compute_output_shape(self, input_shape: Sequence[int | None]) -> tuple[int | None, ...]:
        channels = input_shape[-1]
        assert channels is not None
        pairs = len(self.pairs[0]) // self.point_dims if self.point_dims else 0
        return (*input_shape[:-1], channels * (1 + len(self.lags)) + pairs)

    def compute_output_spec(self, inputs: Any) -> keras.KerasTensor:
        return keras.KerasTensor(self.compute_output_shape(inputs.shape), self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "lags": list(self.lags),
            "pairs": [part.tolist() for part in self.pairs],
            "point_dims": self.point_dims,
        }


@keras.saving.register_keras_serializable(package="zoo")
class SeriesFrames(keras.layers.Layer):
    """Makes one step of several consecutive ones; past a series' end there are zeros.

    Args:
        frame: how many.

    Call with `inputs` of shape (batch, time, features) and `padding_mask`, boolean of shape
    (batch, time), True first and then False. Returns a tensor of shape (batch, time / frame,
    rounded up, frame * features).

    Example:
        >>> mask = np.ones((1, 3), bool)
        >>> SeriesFrames(2)(np.array([[[1.0], [2.0], [3.0]]]), mask).shape
        (1, 2, 2)
    """

    def __init__(self, frame: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True
        self.frame = frame

    def build(self, inputs_shape: Any, padding_mask_shape: Any = None) -> None:
        self.built = True

    def call(self, inputs: Any, padding_mask: Any) -> Any:
        inside = ops.cast(ops.expand_dims(padding_mask, -1), inputs.dtype)
        return _framed(inputs * inside, self.frame)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> None:
        return None

    def compute_output_spec(self, inputs: Any, padding_mask: Any) -> keras.KerasTensor:
        batch, time, features = inputs.shape
        frames = None if time is None else -(-time // self.frame)
        return keras.KerasTensor((batch, frames, self.frame * features), self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "frame": self.frame}


@keras.saving.register_keras_serializable(package="zoo")
class FrameMask(keras.layers.Layer):
    """Says which of the frames that `SeriesFrames` makes hold a step of their series.

    Args:
        frame: steps of a frame.

    Call with `padding_mask`, boolean of shape (batch, time). Returns a boolean tensor of shape
    (batch, time / frame, rounded up).

    Example:
        >>> FrameMask(2)(np.array([[True, False, False]])).tolist()
        [[True, False]]
    """

    def __init__(self, frame: int, **kwargs: Any) -> None:
        kwargs.setdefault("dtype", "float32")
        super().__init__(autocast=False, **kwargs)
        self.frame = frame

    def build(self, padding_mask_shape: Any) -> None:
        self.built = True

    def call(self, padding_mask: Any) -> Any:
        steps = ops.cast(ops.expand_dims(padding_mask, -1), "float32")
        return ops.max(_framed(steps, self.frame), axis=-1) > 0.5

    def compute_output_spec(self, padding_mask: Any) -> keras.KerasTensor:
        batch, time = padding_mask.shape
        frames = None if time is None else -(-time // self.frame)
        return keras.KerasTensor((batch, frames), "bool")

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "frame": self.frame}


def _framed(inputs: Any, frame: int) -> Any:
    frames = (ops.shape(inputs)[1] + frame - 1) // frame
    if frame > 1:
        rest = ops.repeat(ops.zeros_like(inputs[:, :1]), frame - 1, axis=1)
        inputs = ops.concatenate([inputs, rest], axis=1)[:, : frames * frame]
    # Not -1: LiteRT must know that the batch is of one series.
    return ops.reshape(inputs, (ops.shape(inputs)[0], frames, frame * inputs.shape[-1]))
