"""The dynamics of reservoirs without Keras: a pure step, and what is derived from it.

Everything is computed in float64 with the reservoir as a SciPy matrix of compressed rows. The
readouts of chaotic series weigh small differences of states, which float32 would lose.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from zoo.networks.echo_state.spec import CELL, EchoStateBackboneSpec

__all__ = ["EchoStates", "echo_states"]


class EchoStates:
    """The states of a reservoir: x becomes (1 - a) x + a tanh(W x + W_in u + W_fb y + b).

    Args:
        weights: what `zoo.networks.echo_state.reservoir.draw_reservoir` returns, in any float type.
        leak_rate: a.

    Attributes:
        units: number of units.
        input_size: number of input channels.
        recurrent: W, float64 of shape (units, units): a `scipy.sparse.csr_array`, or, where SciPy
            is not installed, what multiplies states alike.

    Example:
        >>> from zoo.networks.echo_state.reservoir import EchoStateSpec, draw_reservoir
        >>> states = EchoStates(draw_reservoir(EchoStateSpec(units=50), input_size=2), 1.0)
        >>> states.update(states.zeros(), np.array([0.1, 0.2])).shape
        (50,)

    Reference:
        [Jaeger et al., 2007](https://doi.org/10.1016/j.neunet.2007.04.016)
    """

    def __init__(self, weights: Mapping[str, np.ndarray], leak_rate: float) -> None:
        columns = weights["recurrent_columns"]
        units, count = columns.shape
        self.units = units
        self.input_size = len(weights["input_kernel"])
        self.leak_rate = float(leak_rate)
        values = weights["recurrent_values"].astype(np.float64)
        try:
            from scipy.sparse import csr_array
        except ModuleNotFoundError:
            self.recurrent: Any = _Rows(columns, values)
        else:
            starts = np.arange(0, units * count + 1, count, dtype=np.int32)
            rows = (values.ravel(), columns.ravel(), starts)
            self.recurrent = csr_array(rows, shape=(units, units))
        self._input = np.ascontiguousarray(weights["input_kernel"].T, dtype=np.float64)
        self._bias = weights["bias"].astype(np.float64)
        feedback = weights.get("feedback_kernel", np.zeros((0, units)))
        self._feedback = np.ascontiguousarray(feedback.T, dtype=np.float64)

    def zeros(self, batch: int | None = None) -> np.ndarray:
        """Return the state before the first step, of one series or of a batch of them.

        Args:
            batch: number of series, or None for one.

        Returns:
            float64 zeros of shape (units,), or (units, batch).
        """
        return np.zeros(self.units if batch is None else (self.units, batch))

    def drive(self, inputs: np.ndarray, feedback: np.ndarray | None = None) -> np.ndarray:
        """Return what the inputs add to every unit's sum: all steps at once.

        Args:
            inputs: float array of shape (steps, input_size).
            feedback: float array of shape (steps, feedback_size), the outputs one step before.

        Returns:
            float64 array of shape (steps, units).
        """
        driven = inputs @ self._input.T
        driven += self._bias
        if feedback is not None:
            driven += feedback @ self._feedback.T
        return driven

    def advance(self, state: np.ndarray, driven: np.ndarray) -> np.ndarray:
        """Return the next state, given what `drive` returned for the step.

        Args:
            state: float64 array of shape (units,), or (units, batch).
            driven: float64 array of that shape.
        """
        new = self.recurrent @ state
        new += driven
        np.tanh(new, out=new)
        if self.leak_rate != 1.0:
            new *= self.leak_rate
            new += (1.0 - self.leak_rate) * state
        return new

    def update(
        self, state: np.ndarray, inputs: np.ndarray, feedback: np.ndarray | None = None
    ) -> np.ndarray:
        """Return the next state; the one given is not changed.

        Args:
            state: float64 array of shape (units,), or (units, batch).
            inputs: float64 array of shape (input_size,), or (input_size, batch).
            feedback: the output one step before, of shape (feedback_size,), or
                (feedback_size, batch).
        """
        driven = self._input @ inputs
        driven += self._bias if driven.ndim == 1 else self._bias[:, None]
        if feedback is not None:
            driven += self._feedback @ feedback
        return self.advance(state, driven)

    def run(
        self,
        inputs: np.ndarray,
        state: np.ndarray | None = None,
        feedback: np.ndarray | None = None,
    ) -> np.ndarray:
        """Return the states after every step of one series.

        Args:
            inputs: float array of shape (steps, input_size).
            state: the state before the first step; zeros by default.
            feedback: the outputs one step before each, of shape (steps, feedback_size).

        Returns:
            float64 array of shape (steps, units).
        """
        states = self.drive(inputs, feedback)
        current = self.zeros() if state is None else state
        for step in range(len(states)):
            current = self.advance(current, states[step])
            states[step] = current
        return states


class _Rows:
    """A sparse matrix whose rows hold as many entries each, without SciPy.

    Its products are those of `csr_array`, bit for bit; batches of states take three times as long.
    """

    def __init__(self, columns: np.ndarray, values: np.ndarray) -> None:
        # The entries of all rows side by side, so that sums go over the first axis, in order.
        self._columns = np.ascontiguousarray(columns.T, dtype=np.intp)
        self._values = np.ascontiguousarray(values.T)

    def __matmul__(self, states: np.ndarray) -> np.ndarray:
        if states.ndim == 1:
            heard = states.take(self._columns, mode="clip")
            heard *= self._values
            total: np.ndarray = heard.sum(axis=0)
            return total
        total = np.zeros(states.shape)
        for columns, values in zip(self._columns, self._values, strict=True):
            total += values[:, None] * states[columns]
        return total


def echo_states(tensors: Mapping[str, np.ndarray], spec: EchoStateBackboneSpec) -> EchoStates:
    """Return the dynamics of a reservoir whose weights have the names of a checkpoint.

    Args:
        tensors: the weights by name.
        spec: arguments of the backbone.
    """
    names = ("recurrent_columns", "recurrent_values", "input_kernel", "bias")
    return EchoStates({name: tensors[f"{CELL}/{name}"] for name in names}, spec.leak_rate)
