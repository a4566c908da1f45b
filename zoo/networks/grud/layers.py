"""GRU-D as Keras layers: a cell and the layer over it."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from zoo.errors import InputError, shown
from zoo.layers.initializers import GlorotUniform, Orthogonal
from zoo.series.irregular_layers import gru_step

__all__ = ["GRUD", "GRUDCell"]


@keras.saving.register_keras_serializable(package="zoo")
class GRUDCell(keras.layers.Layer):
    """One step of a GRU-D: a GRU whose state and last values fade while nothing is measured.

    A variable that is not measured is read as its last value, faded towards 0, its mean; the state
    fades before the step by how long each variable has not been measured. What fades how fast is
    learnt.

    Args:
        units: size of the state.
        time_scale: how long a time of 1 is for the decays, in the unit of the times.
        **kwargs: as for `keras.layers.Layer`.

    Call with inputs of shape (batch, 2 * variables + 1): scaled values, 0 where nothing was
    measured; 1 where something was and 0 elsewhere; and the time since the step before. And with
    three states: the state, of shape (batch, units), the last values and the times since each was
    measured, of shape (batch, variables). Returns the new state, and a list of all three.

    Raises:
        InputError: the inputs are of an even number of features.

    Example:
        >>> cell = GRUDCell(units=4)
        >>> states = [np.zeros((2, 4)), np.zeros((2, 3)), np.zeros((2, 3))]
        >>> cell(np.ones((2, 7)), states)[0].shape
        (2, 4)

    Reference:
        [Che et al., 2018](https://doi.org/10.1038/s41598-018-24271-9)
    """

    def __init__(self, units: int, time_scale: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units, self.time_scale = units, time_scale
        self.output_size = units
        self.state_size: list[int] = []

    def build(self, input_shape: Sequence[int | None]) -> None:
        features = input_shape[-1]
        if features is None or features % 2 == 0:
            raise InputError(
                "Expected values, as many marks of what was measured, and one gap in time a step, "
                f"such as 2 * 37 + 1 features. Received: the shape {shown(tuple(input_shape))}"
            )
        self.channels = variables = features // 2
        self.state_size = [self.units, variables, variables]
        gates = 3 * self.units
        for name, shape, start in (
            # As time goes by something fades from the start, or nothing would ever learn to.
            ("input_decay", (variables,), keras.initializers.Constant(0.1)),
            ("input_decay_bias", (variables,), "zeros"),
            ("state_decay", (variables, self.units), keras.initializers.VarianceScaling(0.1)),
            ("state_decay_bias", (self.units,), "zeros"),
            ("kernel", (2 * variables, gates), GlorotUniform),
            ("recurrent_kernel", (self.units, gates), Orthogonal),
            ("bias", (2, gates), "zeros"),
        ):
            drawn = start() if isinstance(start, type) else start
            setattr(self, name, self.add_weight(shape=shape, initializer=drawn, name=name))
        self.built = True

    def call(self, inputs: Any, states: Sequence[Any], training: bool | None = None) -> Any:
        state, last, since = states
        values, measured, gap = ops.split(inputs, [self.channels, 2 * self.channels], axis=-1)
        since = since + gap / self.time_scale
        fade = ops.exp(-ops.relu(since * self.input_decay + self.input_decay_bias))
        read = ops.where(measured > 0, values, fade * last)
        state *= ops.exp(-ops.relu(ops.matmul(since, self.state_decay) + self.state_decay_bias))
        new = gru_step(
            ops.concatenate([read, measured], axis=-1),
            state,
            self.kernel,
            self.recurrent_kernel,
            self.bias,
        )
        return new, [
            new,
            ops.where(measured > 0, values, last),
            ops.where(measured > 0, ops.zeros_like(since), since),
        ]

    def get_initial_state(self, batch_size: int | None = None) -> list[Any]:
        """Return the states before the first step: zeros."""
        return [ops.zeros((batch_size, size), self.compute_dtype) for size in self.state_size]

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "units": self.units, "time_scale": self.time_scale}


@keras.saving.register_keras_serializable(package="zoo")
class GRUD(keras.layers.RNN):
    """A GRU-D over irregular series.

    Args:
        units: size of the state.
        time_scale: how long a time of 1 is for the decays, in the unit of the times.
        **kwargs: as for `keras.layers.RNN`, such as `return_sequences`.

    Call with inputs of shape (batch, time, 2 * variables + 1), as `GRUDCell` reads them, and
    perhaps `mask`, boolean of shape (batch, time). Returns the last state, of shape (batch, units),
    or all of them.

    Example:
        >>> GRUD(4)(np.ones((2, 5, 7))).shape
        (2, 4)

    Reference:
        [Che et al., 2018](https://doi.org/10.1038/s41598-018-24271-9)
    """

    def __init__(self, units: int, time_scale: float = 1.0, **kwargs: Any) -> None:
        own = {"dtype": kwargs.get("dtype"), "name": "grud_cell"}
        super().__init__(GRUDCell(units, time_scale, **own), **kwargs)

    def build(self, sequences_shape: Any, initial_state_shape: Any = None) -> None:
        # The sizes of the states are known once the cell knows the variables.
        if not self.cell.built:
            self.cell.build((sequences_shape[0], *sequences_shape[2:]))
        super().build(sequences_shape, initial_state_shape)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        del config["cell"]
        return {**config, "units": self.cell.units, "time_scale": self.cell.time_scale}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> GRUD:
        return cls(**config)
