"""The layers of SegRNN: the end of a series, scaled around its last step, and one GRU over it."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from zoo.layers.initializers import GlorotUniform
from zoo.layers.recurrent import GRU
from zoo.layers.series import SeriesScaling

__all__ = ["LastValueScaling", "RecentSteps", "SegmentGRU"]


@keras.saving.register_keras_serializable(package="zoo")
class RecentSteps(keras.layers.Layer):
    """Takes the last steps of series; what a shorter one lacks repeats its first step.

    Args:
        steps: how many.

    Call with `inputs` of shape (batch, time, channels) and `padding_mask`, boolean of shape
    (batch, time), True first and then False. Returns the steps, (batch, steps, channels); which
    of them are the series' own, boolean (batch, steps); and the last, (batch, 1, channels).

    Example:
        >>> mask = np.array([[True, True, False]])
        >>> recent, own, last = RecentSteps(3)(np.array([[[1.0], [2.0], [0.0]]]), mask)
        >>> recent[0, :, 0], own[0]
        ([1.0, 1.0, 2.0], [False, True, True])
    """

    def __init__(self, steps: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.steps = steps
        self.built = True

    def call(self, inputs: Any, padding_mask: Any) -> tuple[Any, Any, Any]:
        length = ops.sum(ops.cast(padding_mask, "int32"), axis=1, keepdims=True)
        index = length - self.steps + ops.expand_dims(ops.arange(self.steps, dtype="int32"), 0)
        own = index >= 0
        # A row without a step, such as one that fills up a batch, has zeros to show.
        index = ops.expand_dims(ops.maximum(index, 0), -1)
        recent = ops.take_along_axis(inputs, index, axis=1)
        return recent, own, recent[:, -1:]

    def compute_output_spec(self, inputs: Any, padding_mask: Any) -> Any:
        batch, _, channels = inputs.shape
        return (
            keras.KerasTensor((batch, self.steps, channels), dtype=self.compute_dtype),
            keras.KerasTensor((batch, self.steps), dtype="bool"),
            keras.KerasTensor((batch, 1, channels), dtype=self.compute_dtype),
        )

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "steps": self.steps}


@keras.saving.register_keras_serializable(package="zoo")
class LastValueScaling(SeriesScaling):
    """Scales series by fixed figures around their own last step, or back again.

    A constant added to a series changes nothing but the forecast, by that constant: the mean of
    the series that a network was fitted to only tells others what those were like.

    Call with `inputs` of shape (batch, time, channels) and `last`, (batch, 1, channels);
    `invert=True` undoes the scaling, also of several numbers a step, (batch, time, channels,
    numbers).

    Example:
        >>> LastValueScaling()(np.array([[[1.0], [4.0]]]), np.array([[[4.0]]]))[0, :, 0]
        [-3.0, 0.0]

    Reference:
        [Lin et al., 2023](https://arxiv.org/abs/2308.11200)
    """

    def build(self, inputs_shape: Sequence[int | None], last_shape: Any = None) -> None:
        super().build(inputs_shape)

    def call(self, inputs: Any, last: Any, invert: bool = False) -> Any:  # type: ignore[override]
        if invert and len(inputs.shape) == 4:
            return inputs * ops.expand_dims(self.scale, -1) + ops.expand_dims(last, -1)
        if invert:
            return inputs * self.scale + last
        return (inputs - last) / self.scale

    def compute_output_spec(  # type: ignore[override]
        self, inputs: Any, last: Any, invert: bool = False
    ) -> keras.KerasTensor:
        return keras.KerasTensor(inputs.shape, dtype=self.compute_dtype)


@keras.saving.register_keras_serializable(package="zoo")
class SegmentGRU(keras.layers.Layer):
    """Reads the segments of every channel with one GRU; decodes all that follow at once.

    The channels share all weights but an embedding. What is decoded is one step of the GRU for
    every segment of the forecast, from the state after the last segment that was read, with the
    embeddings of the segment's place and of the channel as its input.

    Args:
        segment: steps of a segment.
        positions: segments of the forecast.
        units: size of the state, an even number.

    Call with `inputs` of shape (batch, steps, channels), whole segments, and `own`, boolean of
    shape (batch, steps), False first and then True: segments without any True are not read.
    Returns a tensor of shape (batch, channels, positions, units).

    Example:
        >>> layer = SegmentGRU(segment=4, positions=2, units=6)
        >>> layer(np.ones((1, 8, 3)), np.ones((1, 8), bool)).shape
        (1, 3, 2, 6)

    Reference:
        [Lin et al., 2023](https://arxiv.org/abs/2308.11200)
    """

    def __init__(self, segment: int, positions: int, units: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.segment, self.positions, self.units = segment, positions, units
        policy = self.dtype_policy
        self.projection = keras.layers.Dense(
            units,
            activation="relu",
            kernel_initializer=GlorotUniform(),
            dtype=policy,
            name="projection",
        )
        self.gru = GRU(units, dtype=policy, name="gru")

    def build(self, inputs_shape: Sequence[int | None], own_shape: Any = None) -> None:
        channels, half = inputs_shape[-1], self.units // 2
        start = keras.initializers.RandomNormal(stddev=1.0)
        self.position_embedding = self.add_weight(
            shape=(self.positions, half), initializer=start, name="position_embedding"
        )
        self.channel_embedding = self.add_weight(
            shape=(channels, half), initializer=start, name="channel_embedding"
        )
        self.projection.build((None, None, self.segment))
        self.gru.build((None, None, self.units))
        self.built = True

    def call(self, inputs: Any, own: Any) -> Any:
        steps, channels = inputs.shape[1], inputs.shape[2]
        count = steps // self.segment
        segments = ops.reshape(
            ops.transpose(inputs, (0, 2, 1)), (-1, channels, count, self.segment)
        )
        segments = ops.reshape(segments, (-1, count, self.segment))
        read = ops.any(ops.reshape(own, (-1, count, self.segment)), axis=2)
        state = self.gru(self.projection(segments), mask=ops.repeat(read, channels, axis=0))
        return ops.reshape(self._decode(state), (-1, channels, self.positions, self.units))

    def _decode(self, state: Any) -> Any:
        """Return a step of the GRU for every place, (rows, positions, units), from its state."""
        cell, units, positions = self.gru.cell, self.units, self.positions
        channels = self.channel_embedding.shape[0]
        kind = self.compute_dtype
        kernel, recurrent, bias = (
            ops.cast(weight, kind) for weight in (cell.kernel, cell.recurrent_kernel, cell.bias)
        )
        places = ops.broadcast_to(
            ops.expand_dims(ops.cast(self.position_embedding, kind), 0),
            (channels, positions, units // 2),
        )
        names = ops.broadcast_to(
            ops.expand_dims(ops.cast(self.channel_embedding, kind), 1),
            (channels, positions, units // 2),
        )
        # Neither product is of both the row and the place: they are small beside the encoder's.
        given = ops.matmul(ops.concatenate([places, names], axis=-1), kernel) + bias[0]
        carried = ops.matmul(state, recurrent) + bias[1]
        carried = ops.reshape(carried, (-1, channels, 1, 3 * units))
        before = ops.reshape(state, (-1, channels, 1, units))
        gates = given[..., : 2 * units] + carried[..., : 2 * units]
        update, reset = ops.split(ops.sigmoid(gates), 2, axis=-1)
        new = ops.tanh(given[..., 2 * units :] + reset * carried[..., 2 * units :])
        return update * before + (1 - update) * new

    def compute_output_spec(self, inputs: Any, own: Any) -> Any:
        shape = (inputs.shape[0], inputs.shape[2], self.positions, self.units)
        return keras.KerasTensor(shape, dtype=self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        own = {"segment": self.segment, "positions": self.positions, "units": self.units}
        return {**super().get_config(), **own}
