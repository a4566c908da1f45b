"""Reservoirs of leaky units with frozen, sparse weights: a Keras cell and the layer over it."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from collections.abc import Sequence
from typing import Any

import keras
import msgspec
import numpy as np
from keras import ops

from zoo.errors import InputError, shown
from zoo.networks.echo_state.reservoir import EchoStateSpec, start_reservoir
from zoo.specs import make_spec

__all__ = ["EchoState", "EchoStateCell"]


@keras.saving.register_keras_serializable(package="zoo")
class EchoStateCell(keras.layers.Layer):
    """One step of a reservoir: x becomes (1 - a) x + a tanh(W x + W_in u + W_fb y + b).

    W is sparse: every unit hears the same number of units, whose numbers and weights are kept as
    two matrices of shape (units, connections).

    Args:
        units: number of units, of all reservoirs together.
        reservoirs: number of separate reservoirs of like size side by side, a committee.
        spectral_radius: largest absolute eigenvalue of W, of every reservoir.
        leak_rate: a; 1 is a unit without leakage.
        density: share of the units of its reservoir that a unit hears.
        input_scaling: input weights are uniform between its negative and it.
        bias_scaling: the same for the biases.
        feedback_size: number of outputs that are fed back: the last channels of the inputs.
        feedback_scaling: the same for the weights of what is fed back.
        seed: of all draws; a seed gives the same weights with every backend, on every machine.
        trainable: whether the weights are trained. Gradients pass through the layer to its
            inputs either way.
        **kwargs: as for `keras.layers.Layer`.

    Call with `inputs` of shape (batch, input_size + feedback_size) and a list of one state of
    shape (batch, units); returns the new state, and a list of it.

    Raises:
        InputError: an argument is out of bounds, or the inputs have no channel but the fed back
            ones.

    Example:
        >>> cell = EchoStateCell(units=50, seed=1)
        >>> output, states = cell(np.ones((2, 3)), [np.zeros((2, 50))])
        >>> output.shape
        (2, 50)

    Reference:
        [Jaeger, 2001](https://www.ai.rug.nl/minds/uploads/EchoStatesTechRep.pdf),
        [Jaeger et al., 2007](https://doi.org/10.1016/j.neunet.2007.04.016)
    """

    def __init__(
        self,
        units: int,
        reservoirs: int = 1,
        spectral_radius: float = 0.9,
        leak_rate: float = 1.0,
        density: float = 0.1,
        input_scaling: float = 1.0,
        bias_scaling: float = 0.0,
        feedback_size: int = 0,
        feedback_scaling: float = 0.0,
        seed: int = 0,
        trainable: bool = False,
        **kwargs: Any,
    ) -> None:
        self.spec = make_spec(
            EchoStateSpec,
            units=units,
            reservoirs=reservoirs,
            spectral_radius=spectral_radius,
            leak_rate=leak_rate,
            density=density,
            input_scaling=input_scaling,
            bias_scaling=bias_scaling,
            feedback_size=feedback_size,
            feedback_scaling=feedback_scaling,
            seed=seed,
        )
        super().__init__(trainable=trainable, **kwargs)
        self.state_size = self.output_size = units

    def build(self, input_shape: Sequence[int | None]) -> None:
        channels = input_shape[-1]
        feedback_size = self.spec.feedback_size
        if channels is None or channels <= feedback_size:
            raise InputError(
                f"Expected inputs of more than {feedback_size} channels, the last {feedback_size} "
                f"of them fed back. Received: the shape {shown(tuple(input_shape))}"
            )
        drawn = start_reservoir(self.spec, channels - feedback_size)
        columns = drawn.pop("recurrent_columns")
        for name, value in drawn.items():
            weight = self.add_weight(shape=value.shape, initializer=_fixed(value), name=name)
            setattr(self, name, weight)
        self.recurrent_columns = self.add_weight(
            shape=columns.shape,
            initializer=_fixed(columns),
            dtype="int32",
            trainable=False,
            autocast=False,
            name="recurrent_columns",
        )
        self.built = True

    def call(self, inputs: Any, states: Sequence[Any], training: bool | None = None) -> Any:
        state = states[0]
        columns = ops.reshape(self.recurrent_columns, (-1,))
        heard = ops.reshape(ops.take(state, columns, axis=1), (-1, *self.recurrent_columns.shape))
        total = ops.sum(heard * self.recurrent_values, axis=-1) + self.bias
        fed_back = self.spec.feedback_size
        if fed_back:
            total += ops.matmul(inputs[:, -fed_back:], self.feedback_kernel)
            inputs = inputs[:, :-fed_back]
        total += ops.matmul(inputs, self.input_kernel)
        leak = self.spec.leak_rate
        new = (1.0 - leak) * state + leak * ops.tanh(total)
        return new, [new]

    def get_initial_state(self, batch_size: int | None = None) -> list[Any]:
        """Return the state before the first step: zeros of shape (batch_size, units)."""
        return [ops.zeros((batch_size, self.spec.units), dtype=self.compute_dtype)]

    def get_config(self) -> dict[str, Any]:
        # `trainable` is in the base class's part.
        return {**super().get_config(), **msgspec.structs.asdict(self.spec)}


@keras.saving.register_keras_serializable(package="zoo")
class EchoState(keras.layers.RNN):
    """A reservoir over a sequence: Keras' `RNN` over an `EchoStateCell`.

    Args:
        units: number of units.
        reservoirs: as for `EchoStateCell`, and the same for those that follow.
        spectral_radius: largest absolute eigenvalue of the recurrent weights.
        leak_rate: 1 is a unit without leakage.
        density: share of the units of its reservoir that a unit hears.
        input_scaling: bound of the uniform input weights.
        bias_scaling: bound of the uniform biases.
        feedback_size: number of outputs fed back: the last channels of the inputs.
        feedback_scaling: bound of the uniform weights of what is fed back.
        seed: of all draws.
        trainable: whether the weights are trained.
        return_sequences: whether to return the states of all steps, or the last alone.
        return_state: whether to return the last state beside them.
        **kwargs: as for `keras.layers.RNN`.

    Call with `inputs` of shape (batch, time, input_size + feedback_size), and `mask` (boolean,
    of shape (batch, time)) and `initial_state` (of shape (batch, units)) where needed. Returns a
    tensor of shape (batch, time, units), or (batch, units) without `return_sequences`; with
    `return_state`, a list of it and the last state.

    Raises:
        InputError: as for `EchoStateCell`.

    Example:
        >>> states = EchoState(units=100, spectral_radius=0.9, seed=1)(np.ones((2, 7, 3)))
        >>> states.shape
        (2, 7, 100)

    Reference:
        [Jaeger, 2001](https://www.ai.rug.nl/minds/uploads/EchoStatesTechRep.pdf),
        [Lukosevicius, 2012](https://doi.org/10.1007/978-3-642-35289-8_36)
    """

    def __init__(
        self,
        units: int,
        reservoirs: int = 1,
        spectral_radius: float = 0.9,
        leak_rate: float = 1.0,
        density: float = 0.1,
        input_scaling: float = 1.0,
        bias_scaling: float = 0.0,
        feedback_size: int = 0,
        feedback_scaling: float = 0.0,
        seed: int = 0,
        trainable: bool = False,
        return_sequences: bool = True,
        return_state: bool = False,
        **kwargs: Any,
    ) -> None:
        cell = EchoStateCell(
            units=units,
            reservoirs=reservoirs,
            spectral_radius=spectral_radius,
            leak_rate=leak_rate,
            density=density,
            input_scaling=input_scaling,
            bias_scaling=bias_scaling,
            feedback_size=feedback_size,
            feedback_scaling=feedback_scaling,
            seed=seed,
            trainable=trainable,
            dtype=kwargs.get("dtype"),
            name="echo_state_cell",
        )
        super().__init__(
            cell,
            return_sequences=return_sequences,
            return_state=return_state,
            trainable=trainable,
            **kwargs,
        )

    @property
    def spec(self) -> EchoStateSpec:
        """The reservoir's arguments, checked."""
        spec: EchoStateSpec = self.cell.spec
        return spec

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        del config["cell"]
        return {**config, **msgspec.structs.asdict(self.spec)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> EchoState:
        return cls(**config)


def _fixed(value: np.ndarray) -> Any:
    """Return an initializer that gives this array."""

    def initialize(shape: Any, dtype: Any = None) -> Any:
        return ops.convert_to_tensor(value, dtype=dtype)

    return initialize
