"""Layers around a network of irregular series: scaling, dropout of measurements, summaries."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from zoo.series.irregular_features import FURTHEST, SUMMARIES, Scaling

__all__ = [
    "IrregularScaling",
    "LastState",
    "MeasurementDropout",
    "SeriesSummary",
    "TimeGaps",
    "gru_step",
]

Shape = Sequence[int | None]


@keras.saving.register_keras_serializable(package="zoo")
class IrregularScaling(keras.layers.Layer):
    """Scales values of which some are missing: (arcsinh((x - origin) / spread) - mean) / scale.

    What comes out is within -4 and 4.

    Attributes:
        origin: float variable of shape (variables,), zeros until it is set, as is `mean`.
        spread: float variable of shape (variables,), ones until it is set, as is `scale`.

    Call with values of shape (..., variables), NaN where nothing was measured. Returns the scaled
    values, 0 where nothing was measured, and 1 where something was and 0 elsewhere, both of that
    shape.

    Example:
        >>> scaled, measured = IrregularScaling()(np.array([[0.0, np.nan]]))
        >>> np.array(measured).tolist()
        [[1.0, 0.0]]
    """

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("trainable", False)
        super().__init__(**kwargs)

    def build(self, input_shape: Shape) -> None:
        for name in Scaling._fields:
            start = "zeros" if name in ("origin", "mean") else "ones"
            weight = self.add_weight(shape=(input_shape[-1],), initializer=start, name=name)
            setattr(self, name, weight)
        self.built = True

    def call(self, inputs: Any) -> tuple[Any, Any]:
        missing = ops.isnan(inputs)
        measured = 1.0 - ops.cast(missing, inputs.dtype)
        # What is missing is given a value before it is scaled, so that no gradient is NaN.
        known = ops.where(missing, ops.broadcast_to(self.origin, ops.shape(inputs)), inputs)
        ratio = (known - self.origin) / self.spread
        # The inverse hyperbolic sine, of operations that LiteRT knows.
        size = ops.absolute(ratio)
        curved = ops.sign(ratio) * ops.log(size + ops.sqrt(ops.square(size) + 1.0))
        scaled = ops.clip((curved - self.mean) / self.scale, -FURTHEST, FURTHEST)
        return scaled * measured, measured

    def compute_output_shape(self, input_shape: Shape) -> tuple[Shape, Shape]:
        return input_shape, input_shape


@keras.saving.register_keras_serializable(package="zoo")
class MeasurementDropout(keras.layers.Layer):
    """Leaves out a share of the measurements in training, as if they had not been made.

    Args:
        rate: the share.
        seed: of the draws.

    Call with scaled values and what was measured, as `IrregularScaling` returns them; returns the
    same.

    Example:
        >>> values, measured = MeasurementDropout(0.5)((np.ones((1, 2)), np.ones((1, 2))))
        >>> np.array(measured).tolist()
        [[1.0, 1.0]]
    """

    def __init__(self, rate: float, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rate, self.seed = rate, seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def build(self, input_shape: Any) -> None:
        self.built = True

    def call(self, inputs: Any, training: bool = False) -> tuple[Any, Any]:
        values, measured = inputs
        if not training or not self.rate:
            return values, measured
        drawn = keras.random.uniform(ops.shape(measured), seed=self.seed_generator)
        kept = ops.cast(drawn >= self.rate, measured.dtype)
        return values * kept, measured * kept

    def compute_output_shape(self, input_shape: Any) -> Any:
        return tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "rate": self.rate, "seed": self.seed}


@keras.saving.register_keras_serializable(package="zoo")
class TimeGaps(keras.layers.Layer):
    """Turns times into how long after the one before each is.

    Call with times of shape (batch, time); returns a tensor of shape (batch, time, 1), of which the
    first step is 0.

    Example:
        >>> np.array(TimeGaps()(np.array([[1.0, 1.5, 4.0]])))[0, :, 0].tolist()
        [0.0, 0.5, 2.5]
    """

    def build(self, input_shape: Shape) -> None:
        self.built = True

    def call(self, inputs: Any) -> Any:
        before = ops.concatenate([inputs[:, :1], inputs[:, :-1]], axis=1)
        return ops.expand_dims(inputs - before, -1)

    def compute_output_shape(self, input_shape: Shape) -> tuple[int | None, ...]:
        return (*input_shape, 1)


@keras.saving.register_keras_serializable(package="zoo")
class LastState(keras.layers.Layer):
    """Takes the state after the last step of every series.

    Call with states of shape (batch, time, units), which stay as they are over padding, and
    `padding_mask`, boolean of shape (batch, time). Returns a tensor of shape (batch, units), zeros
    for a series without any step.

    Example:
        >>> LastState()(np.ones((1, 2, 3)), np.array([[False, False]])).shape
        (1, 3)
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True

    def build(self, inputs_shape: Any, padding_mask_shape: Any = None) -> None:
        self.built = True

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> None:
        return None

    def call(self, inputs: Any, padding_mask: Any) -> Any:
        any_step = ops.cast(ops.any(padding_mask, axis=1, keepdims=True), inputs.dtype)
        return inputs[:, -1] * any_step

    def compute_output_shape(
        self, inputs_shape: Shape, padding_mask_shape: Shape
    ) -> tuple[int | None, ...]:
        return (inputs_shape[0], inputs_shape[-1])


@keras.saving.register_keras_serializable(package="zoo")
class SeriesSummary(keras.layers.Layer):
    """Figures of every variable of an irregular series, however long it is.

    Call with scaled values and what was measured, as `IrregularScaling` returns them, of shape
    (batch, time, variables). Returns a tensor of shape (batch, 6 * variables): the last value, the
    mean, the least, the largest, log(1 + number of measurements), and whether there was any; 0 for
    a variable that was never measured.

    Example:
        >>> SeriesSummary()(np.ones((1, 5, 2)), np.ones((1, 5, 2))).shape
        (1, 12)
    """

    def build(self, inputs_shape: Any, measured_shape: Any = None) -> None:
        self.built = True

    def call(self, inputs: Any, measured: Any) -> Any:
        count = ops.sum(measured, axis=1)
        known = ops.minimum(count, 1.0)
        far = (1.0 - measured) * (2 * FURTHEST)
        steps = ops.shape(inputs)[1]
        numbers = ops.reshape(ops.arange(steps, dtype="int32"), (1, -1, 1))
        places = ops.max(ops.where(measured > 0, numbers, -1), axis=1, keepdims=True)
        last = ops.sum(inputs * ops.cast(numbers == places, inputs.dtype), axis=1)
        figures = [
            last,
            ops.sum(inputs, axis=1) / ops.maximum(count, 1.0),
            ops.min(inputs + far, axis=1) * known,
            ops.max(inputs - far, axis=1) * known,
            ops.log1p(count),
            known,
        ]
        return ops.concatenate(figures, axis=-1)

    def compute_output_shape(
        self, inputs_shape: Shape, measured_shape: Shape
    ) -> tuple[int | None, int]:
        variables = inputs_shape[-1]
        assert variables is not None
        return (inputs_shape[0], SUMMARIES * variables)


def gru_step(inputs: Any, state: Any, kernel: Any, recurrent_kernel: Any, bias: Any) -> Any:
    """Return the state after a step of a GRU, as `keras.layers.GRU` takes it with `reset_after`."""
    given = ops.matmul(inputs, kernel) + bias[0]
    carried = ops.matmul(state, recurrent_kernel) + bias[1]
    given_update, given_reset, given_new = ops.split(given, 3, axis=-1)
    update, reset, new = ops.split(carried, 3, axis=-1)
    update, reset = ops.sigmoid(given_update + update), ops.sigmoid(given_reset + reset)
    return update * state + (1.0 - update) * ops.tanh(given_new + reset * new)
