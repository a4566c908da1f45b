"""ODE-RNN as Keras layers, for irregular series and any other: a cell and the layer over it."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from collections.abc import Callable, Sequence
from typing import Any

import keras
import msgspec
from keras import ops

from zoo.layers.initializers import GlorotUniform, Orthogonal
from zoo.networks.odernn.spec import ODERNNSpec
from zoo.series.irregular_layers import TimeGaps, gru_step
from zoo.specs import make_spec

__all__ = ["ODERNN", "ODERNNCell", "solve"]


def solve(slope: Callable[[Any], Any], state: Any, span: Any, solver: str, steps: int) -> Any:
    """Return where a state is after a span of time, by steps of one length.

    Args:
        slope: returns the derivative of a state with respect to time.
        state: tensor of shape (batch, units).
        span: tensor of shape (batch, 1), how long it is for each.
        solver: `"euler"`, or `"rk4"`, the Runge-Kutta method of fourth order.
        steps: how many steps.

    Example:
        >>> start, span = np.ones((1, 1)), np.ones((1, 1))
        >>> round(float(solve(lambda state: -state, start, span, "rk4", 10)[0, 0]), 4)
        0.3679
    """
    step = span / steps
    for _ in range(steps):
        first = slope(state)
        if solver == "euler":
            state = state + step * first
            continue
        second = slope(state + 0.5 * step * first)
        third = slope(state + 0.5 * step * second)
        fourth = slope(state + step * third)
        state = state + step / 6.0 * (first + 2.0 * second + 2.0 * third + fourth)
    return state


@keras.saving.register_keras_serializable(package="zoo")
class ODERNNCell(keras.layers.Layer):
    """One step of an ODE-RNN: the state follows a differential equation, then a GRU reads.

    The slope of the state is a network of one hidden layer of tanh units over the state.

    Args:
        units: size of the state.
        hidden_units: units of the network that gives the slope.
        solver: `"euler"` or `"rk4"`.
        solver_steps: steps of the solver from one time to the next.
        time_scale: how long a time of 1 is for the slope, in the unit of the times.
        **kwargs: as for `keras.layers.Layer`.

    Call with inputs of shape (batch, features + 1), the last of which is the time since the step
    before, and a list of the state, of shape (batch, units); returns the new state, and a list of
    it.

    Raises:
        InputError: an argument is out of bounds.

    Example:
        >>> ODERNNCell(units=4)(np.ones((2, 7)), [np.zeros((2, 4))])[0].shape
        (2, 4)

    Reference:
        [Rubanova et al., 2019](https://arxiv.org/abs/1907.03907)
    """

    def __init__(
        self,
        units: int,
        hidden_units: int = 50,
        solver: str = "euler",
        solver_steps: int = 1,
        time_scale: float = 1.0,
        **kwargs: Any,
    ) -> None:
        self.spec = make_spec(
            ODERNNSpec,
            units=units,
            hidden_units=hidden_units,
            solver=solver,
            solver_steps=solver_steps,
            time_scale=time_scale,
        )
        super().__init__(**kwargs)
        self.state_size = self.output_size = units

    def build(self, input_shape: Sequence[int | None]) -> None:
        assert input_shape[-1] is not None
        units, hidden, gates = self.spec.units, self.spec.hidden_units, 3 * self.spec.units
        for name, shape, start in (
            ("slope_kernel", (units, hidden), GlorotUniform),
            ("slope_bias", (hidden,), "zeros"),
            # The state stays nearly where it is at first.
            ("slope_output_kernel", (hidden, units), keras.initializers.VarianceScaling(0.01)),
            ("slope_output_bias", (units,), "zeros"),
            ("kernel", (input_shape[-1] - 1, gates), GlorotUniform),
            ("recurrent_kernel", (units, gates), Orthogonal),
            ("bias", (2, gates), "zeros"),
        ):
            drawn = start() if isinstance(start, type) else start
            setattr(self, name, self.add_weight(shape=shape, initializer=drawn, name=name))
        self.built = True

    def slope(self, state: Any) -> Any:
        """Return the derivative of states with respect to the time that the network reads.

        Args:
            state: tensor of shape (batch, units).
        """
        hidden = ops.tanh(ops.matmul(state, self.slope_kernel) + self.slope_bias)
        return ops.matmul(hidden, self.slope_output_kernel) + self.slope_output_bias

    def between(self, state: Any, gap: Any) -> Any:
        """Return states as they are some time later, when nothing was read.

        Args:
            state: tensor of shape (batch, units).
            gap: tensor of shape (batch, 1), how much later, in the unit of the times.
        """
        spec = self.spec
        return solve(self.slope, state, gap / spec.time_scale, spec.solver, spec.solver_steps)

    def call(self, inputs: Any, states: Sequence[Any], training: bool | None = None) -> Any:
        state = self.between(states[0], inputs[:, -1:])
        new = gru_step(inputs[:, :-1], state, self.kernel, self.recurrent_kernel, self.bias)
        return new, [new]

    def get_initial_state(self, batch_size: int | None = None) -> list[Any]:
        """Return the state before the first step: zeros."""
        return [ops.zeros((batch_size, self.spec.units), self.compute_dtype)]

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), **msgspec.structs.asdict(self.spec)}


@keras.saving.register_keras_serializable(package="zoo")
class ODERNN(keras.layers.RNN):
    """An ODE-RNN: a GRU whose state follows a differential equation between the steps.

    Args:
        units: size of the state.
        hidden_units: units of the tanh network that gives the slope of the state.
        solver: `"euler"`, or `"rk4"`, the Runge-Kutta method of fourth order.
        solver_steps: steps of the solver from one time to the next. No weight depends on it, nor on
            the solver: a trained layer may be asked with more.
        time_scale: how long a time of 1 is for the slope, in the unit of the times.
        **kwargs: as for `keras.layers.RNN`, such as `return_sequences`.

    Call with inputs of shape (batch, time, features), their times of shape (batch, time), and
    perhaps `mask`, boolean of shape (batch, time). Returns the state after the last step, of shape
    (batch, units), or after all of them.

    Raises:
        InputError: an argument is out of bounds.

    Example:
        >>> times = np.array([[0.0, 0.4, 3.0]])
        >>> ODERNN(4, solver="rk4")(np.ones((1, 3, 2)), times).shape
        (1, 4)

    Reference:
        [Rubanova et al., 2019](https://arxiv.org/abs/1907.03907)
    """

    def __init__(
        self,
        units: int,
        hidden_units: int = 50,
        solver: str = "euler",
        solver_steps: int = 1,
        time_scale: float = 1.0,
        **kwargs: Any,
    ) -> None:
        cell = ODERNNCell(
            units=units,
            hidden_units=hidden_units,
            solver=solver,
            solver_steps=solver_steps,
            time_scale=time_scale,
            dtype=kwargs.get("dtype"),
            name="odernn_cell",
        )
        super().__init__(cell, **kwargs)

    def build(self, sequences_shape: Any, times_shape: Any = None) -> None:
        *lead, features = sequences_shape
        super().build((*lead, features + 1))

    def call(
        self,
        sequences: Any,
        times: Any,
        initial_state: Any = None,
        mask: Any = None,
        training: bool = False,
    ) -> Any:
        gaps = ops.cast(TimeGaps(dtype=self.dtype_policy)(times), self.compute_dtype)
        return super().call(
            ops.concatenate([sequences, gaps], axis=-1),
            initial_state=initial_state,
            mask=mask,
            training=training,
        )

    def compute_output_shape(self, sequences_shape: Any, times_shape: Any = None) -> Any:
        return super().compute_output_shape(sequences_shape)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        del config["cell"]
        return {**config, **msgspec.structs.asdict(self.cell.spec)}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> ODERNN:
        return cls(**config)
