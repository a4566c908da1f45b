"""One step of recurrent layers at a time, with NumPy: a pure function of state and input.

A step takes less time here than a runtime takes to begin with it. Whole sequences are faster
through their graph, `zoo.networks.recurrent.graph`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from zoo.networks.recurrent.graph import state_sizes
from zoo.networks.recurrent.spec import RecurrentLayers, rnn_prefixes

__all__ = ["RecurrentSteps"]

_Step = Callable[[np.ndarray, np.ndarray, np.ndarray], None]
_HALF = np.float32(0.5)


def _lstm(kernel: np.ndarray, bias: np.ndarray, units: int) -> _Step:
    """Return the step of an LSTM; `kernel` is that of the input, then that of the state."""
    # A sigmoid is half a hyperbolic tangent of half its argument, and half: one call for all gates.
    scale = np.ones(4 * units, np.float32)
    scale[: 3 * units] = _HALF
    order = [0, 1, 3, 2]  # input, forget, output, candidate; Keras has the candidate third

    def reordered(matrix: np.ndarray) -> np.ndarray:
        parts = np.split(matrix, 4, axis=-1)
        return np.ascontiguousarray(np.concatenate([parts[gate] for gate in order], -1) * scale)

    kernel, bias = reordered(kernel), reordered(bias)
    sigmoids, forget = slice(0, 3 * units), slice(units, 2 * units)
    read, out, new = slice(0, units), slice(2 * units, 3 * units), slice(3 * units, 4 * units)

    def step(x: np.ndarray, before: np.ndarray, after: np.ndarray) -> None:
        gates = np.concatenate([x, before[:, :units]], axis=1, dtype=np.float32) @ kernel
        gates += bias
        np.tanh(gates, out=gates)
        open_ = gates[:, sigmoids]
        open_ *= _HALF
        open_ += _HALF
        state, cell = after[:, :units], after[:, units:]
        np.multiply(gates[:, forget], before[:, units:], out=cell)
        candidate = gates[:, new]
        candidate *= gates[:, read]
        cell += candidate
        np.tanh(cell, out=state)
        state *= gates[:, out]

    return step


def _gru(kernel: np.ndarray, bias: np.ndarray, units: int, features: int) -> _Step:
    """Return the step of a GRU whose reset gate acts on what the state gives (`reset_after`)."""
    # Update, reset and candidate; the input's part of the candidate stands apart.
    joined = np.zeros((features + units, 4 * units), np.float32)
    joined[:, : 2 * units] = kernel[:, : 2 * units]
    joined[features:, 2 * units : 3 * units] = kernel[features:, 2 * units :]
    joined[:features, 3 * units :] = kernel[:features, 2 * units :]
    joined[:, : 2 * units] *= _HALF
    biases = np.concatenate(
        [(bias[0] + bias[1])[: 2 * units] * _HALF, bias[1][2 * units :], bias[0][2 * units :]]
    )
    sigmoids = slice(0, 2 * units)
    update, reset = slice(0, units), slice(units, 2 * units)
    carried, new = slice(2 * units, 3 * units), slice(3 * units, 4 * units)

    def step(x: np.ndarray, before: np.ndarray, after: np.ndarray) -> None:
        gates = np.concatenate([x, before], axis=1, dtype=np.float32) @ joined
        gates += biases
        open_ = gates[:, sigmoids]
        np.tanh(open_, out=open_)
        open_ *= _HALF
        open_ += _HALF
        candidate = gates[:, carried]
        candidate *= gates[:, reset]
        candidate += gates[:, new]
        np.tanh(candidate, out=candidate)
        np.subtract(before, candidate, out=after)
        after *= gates[:, update]
        after += candidate

    return step


def _simple_rnn(kernel: np.ndarray, bias: np.ndarray) -> _Step:
    def step(x: np.ndarray, before: np.ndarray, after: np.ndarray) -> None:
        np.matmul(np.concatenate([x, before], axis=1, dtype=np.float32), kernel, out=after)
        after += bias
        np.tanh(after, out=after)

    return step


class RecurrentSteps:
    """Takes steps of recurrent layers that read in one direction.

    Args:
        spec: arguments of the backbone.
        tensors: the weights by name, in any precision.

    Attributes:
        size: numbers of the state of all layers, as those of the input `state` of the graphs.

    Example:
        >>> spec = RecurrentBackboneSpec(vocabulary_size=9, embedding_dim=2, cell="gru", units=3)
        >>> cell = "recurrent_0/gru_cell"
        >>> shapes = {"kernel": (2, 9), "recurrent_kernel": (3, 9), "bias": (2, 9)}
        >>> steps = RecurrentSteps(spec, {f"{cell}/{n}": np.zeros(s) for n, s in shapes.items()})
        >>> before, after = np.zeros((1, steps.size), "f4"), np.empty((1, steps.size), "f4")
        >>> steps(np.zeros((1, 2), "f4"), before, after).shape
        (1, 3)
    """

    def __init__(self, spec: RecurrentLayers, tensors: Mapping[str, np.ndarray]) -> None:
        self._layers: list[tuple[slice, _Step]] = []
        self._units = spec.units
        start = 0
        for sizes, (prefix,) in zip(state_sizes(spec), rnn_prefixes(spec), strict=True):
            parts = ("kernel", "recurrent_kernel", "bias")
            kernel, recurrent, bias = (
                tensors[f"{prefix}/{part}"].astype(np.float32) for part in parts
            )
            joined = np.concatenate([kernel, recurrent])
            if spec.cell == "lstm":
                step = _lstm(joined, bias, spec.units)
            elif spec.cell == "gru":
                step = _gru(joined, bias, spec.units, len(kernel))
            else:
                step = _simple_rnn(joined, bias)
            self._layers.append((slice(start, start + sum(sizes)), step))
            start += sum(sizes)
        self.size = start

    def __call__(self, x: np.ndarray, before: np.ndarray, after: np.ndarray) -> np.ndarray:
        """Take a step.

        Args:
            x: array of shape (batch, features), in half or single precision.
            before: the state before it, float32 of shape (batch, size).
            after: array of that shape that the state after it is written to.

        Returns:
            The last layer's states, (batch, units): a part of `after`.
        """
        for part, step in self._layers:
            step(x, before[:, part], after[:, part])
            x = after[:, part.start : part.start + self._units]
        return x
