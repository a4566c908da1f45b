"""The recurrence of networks of irregular series with NumPy, step by step, in double precision."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

__all__ = ["GRUStep", "IrregularSteps", "State", "float64s", "rows_of"]

State = tuple[np.ndarray, ...]


def float64s(tensors: Mapping[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    """Return the weights of a layer by the end of their names, in double precision.

    Args:
        tensors: all weights.
        prefix: the layer's, with which the names begin.
    """
    return {
        name.rpartition("/")[2]: value.astype(np.float64)
        for name, value in tensors.items()
        if name.startswith(f"{prefix}/")
    }


class GRUStep:
    """A step of a GRU, as `keras.layers.GRU` takes it.

    Args:
        weights: `kernel`, `recurrent_kernel` and `bias`, by those names.

    Call with inputs of shape (series, features) and states of shape (series, units); returns the
    new states.
    """

    def __init__(self, weights: Mapping[str, np.ndarray]) -> None:
        self._kernel, self._recurrent = weights["kernel"], weights["recurrent_kernel"]
        self._bias = weights["bias"]
        self._units = len(self._recurrent)

    def __call__(self, inputs: np.ndarray, state: np.ndarray) -> np.ndarray:
        given, carried, update, reset = self._parts(inputs, state)
        new = np.tanh(given[:, 2 * self._units :] + reset * carried[:, 2 * self._units :])
        return update * state + (1.0 - update) * new

    def gates(self, inputs: np.ndarray, state: np.ndarray) -> dict[str, np.ndarray]:
        """Return how far its gates are open, by name, between 0 and 1.

        Args:
            inputs: as for a call, like the other.
            state: the state before the step.
        """
        *_, update, reset = self._parts(inputs, state)
        return {"update": update, "reset": reset}

    def _parts(self, inputs: np.ndarray, state: np.ndarray) -> tuple[np.ndarray, ...]:
        units = self._units
        given = inputs @ self._kernel + self._bias[0]
        carried = state @ self._recurrent + self._bias[1]
        gates = 0.5 + 0.5 * np.tanh(0.5 * (given[:, : 2 * units] + carried[:, : 2 * units]))
        return given, carried, gates[:, :units], gates[:, units:]


class IrregularSteps(ABC):
    """A network of irregular series: a state and a step in, a state out.

    Args:
        spec: arguments of the backbone.
        tensors: the weights by the names of a checkpoint.

    Attributes:
        sizes: widths of the arrays of a state, of which the first is what comes out.
    """

    sizes: tuple[int, ...]

    @abstractmethod
    def __init__(self, spec: Any, tensors: Mapping[str, np.ndarray]) -> None: ...

    def start(self, series: int) -> State:
        """Return the state before the first step, arrays of shape (series, size)."""
        return tuple(np.zeros((series, size)) for size in self.sizes)

    @abstractmethod
    def after(
        self, state: State, scaled: np.ndarray, measured: np.ndarray, gap: np.ndarray
    ) -> State:
        """Return the state after a step.

        Args:
            state: the one before.
            scaled: float64 array of shape (series, variables), 0 where nothing was measured.
            measured: boolean array of that shape.
            gap: float64 array of shape (series, 1), the time since the step before.
        """

    @abstractmethod
    def gates(
        self, state: State, scaled: np.ndarray, measured: np.ndarray, gap: np.ndarray
    ) -> dict[str, np.ndarray]:
        """Return how far the gates are open in a step, by name, arrays of (series, units).

        Args:
            state: as for `after`, like the others.
            scaled: what is read.
            measured: where something was measured.
            gap: the time since the step before.
        """


def rows_of(state: Sequence[np.ndarray], rows: Any) -> State:
    """Return the states of some series.

    Args:
        state: those of all.
        rows: which, as an index or a slice.
    """
    return tuple(part[rows] for part in state)
