"""One step of recurrent layers at a time, with NumPy: a pure function of state and input.

A step takes less time here than a runtime takes to begin with it. Whole sequences are faster
through their graph, `zoo.networks.recurrent.graph`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from zoo.networks.recurrent.graph import state_sizes
from zoo.networks.recurrent.spec import RecurrentLayers, rnn_prefixes

__all__ = ["GivenByRows", "RecurrentSteps"]

_Step = Callable[[np.ndarray, np.ndarray, np.ndarray], None]
_HALF = np.float32(0.5)

# A step adds what the state gives to what the input gives; the latter is there beforehand. All is
# written for the last axis, so that one row without an axis for the batch takes half the time.


def _folded(
    cell: str, kernel: np.ndarray, recurrent: np.ndarray, bias: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the weights of input and state and the bias as the steps take them.

    A sigmoid is half a hyperbolic tangent of half its argument, and half: one call for all gates.
    """
    units = len(recurrent)
    if cell == "simple_rnn":
        return kernel, recurrent, bias
    if cell == "lstm":
        order = [0, 1, 3, 2]  # input, forget, output, candidate; Keras has the candidate third
        scale = np.repeat(np.array([0.5, 0.5, 0.5, 1.0], np.float32), units)

        def reordered(matrix: np.ndarray) -> np.ndarray:
            parts = np.split(matrix, 4, axis=-1)
            return np.ascontiguousarray(np.concatenate([parts[gate] for gate in order], -1) * scale)

        return reordered(kernel), reordered(recurrent), reordered(bias)
    # Update, reset and candidate; the input's part of the candidate stands apart, for the reset
    # gate acts on what the state gives (`reset_after`).
    gates, scale = 2 * units, np.repeat(np.array([0.5, 0.5, 1.0], np.float32), units)
    kernel, recurrent, bias = kernel * scale, recurrent * scale, bias * scale
    of_input = np.zeros((len(kernel), 4 * units), np.float32)
    of_input[:, :gates], of_input[:, gates + units :] = kernel[:, :gates], kernel[:, gates:]
    biases = np.concatenate([(bias[0] + bias[1])[:gates], bias[1][gates:], bias[0][gates:]])
    return of_input, recurrent, biases


def _lstm(recurrent: np.ndarray) -> _Step:
    units = len(recurrent)
    sigmoids, forget = slice(0, 3 * units), slice(units, 2 * units)
    read, out, new = slice(0, units), slice(2 * units, 3 * units), slice(3 * units, 4 * units)

    def step(given: np.ndarray, before: np.ndarray, after: np.ndarray) -> None:
        gates = np.dot(before[..., :units], recurrent)
        gates += given
        np.tanh(gates, out=gates)
        open_ = gates[..., sigmoids]
        open_ *= _HALF
        open_ += _HALF
        state, cell = after[..., :units], after[..., units:]
        np.multiply(gates[..., forget], before[..., units:], out=cell)
        candidate = gates[..., new]
        candidate *= gates[..., read]
        cell += candidate
        np.tanh(cell, out=state)
        state *= gates[..., out]

    return step


def _gru(recurrent: np.ndarray) -> _Step:
    units = len(recurrent)
    sigmoids, carried, new = slice(0, 2 * units), slice(2 * units, None), slice(3 * units, None)
    update, reset, heard = slice(0, units), slice(units, 2 * units), slice(0, 3 * units)

    def step(given: np.ndarray, before: np.ndarray, after: np.ndarray) -> None:
        gates = np.dot(before, recurrent)
        gates += given[..., heard]
        open_ = gates[..., sigmoids]
        np.tanh(open_, out=open_)
        open_ *= _HALF
        open_ += _HALF
        candidate = gates[..., carried]
        candidate *= gates[..., reset]
        candidate += given[..., new]
        np.tanh(candidate, out=candidate)
        np.subtract(before, candidate, out=after)
        after *= gates[..., update]
        after += candidate

    return step


def _simple_rnn(recurrent: np.ndarray) -> _Step:
    def step(given: np.ndarray, before: np.ndarray, after: np.ndarray) -> None:
        np.dot(before, recurrent, out=after)
        after += given
        np.tanh(after, out=after)

    return step


_STEPS = {"lstm": _lstm, "gru": _gru, "simple_rnn": _simple_rnn}


class GivenByRows:
    """What the rows of a table of vectors give to a layer: their product with its kernel.

    A row is multiplied when it is first asked for, and kept: of a text most words are seen again.

    Args:
        table: vectors, in any precision, of shape (rows, features).
        kernel: what they are multiplied with, float32 of shape (features, given).
        bias: what is added to each product, if anything.
    """

    def __init__(
        self, table: np.ndarray, kernel: np.ndarray, bias: np.ndarray | None = None
    ) -> None:
        self._table, self._kernel, self._bias = table, kernel, bias
        # Memory that nothing is written to takes no room.
        self._products = np.empty((len(table), kernel.shape[1]), np.float32)
        self._known = np.zeros(len(table), bool)

    def __call__(self, rows: np.ndarray | int) -> np.ndarray:
        """Return what rows give, float32 of shape (..., given).

        Args:
            rows: the number of a row, or an array of them.
        """
        known = self._known[rows]
        if not (known if known.ndim == 0 else known.all()):
            new = np.unique(np.asarray(rows)[~known])
            products = self._table[new].astype(np.float32) @ self._kernel
            if self._bias is not None:
                products += self._bias
            self._products[new] = products
            self._known[new] = True  # after the products, for others may ask meanwhile
        return self._products[rows]


class RecurrentSteps:
    """Takes steps of recurrent layers that read in one direction.

    Args:
        spec: arguments of the backbone.
        tensors: the weights by name, in any precision.

    Attributes:
        size: numbers of the state of all layers, as those of the input `state` of the graphs.
        kernel: what the input is multiplied with, float32 of shape (features, given).
        bias: what is added to that.

    Example:
        >>> spec = RecurrentBackboneSpec(vocabulary_size=9, embedding_dim=2, cell="gru", units=3)
        >>> cell = "recurrent_0/gru_cell"
        >>> shapes = {"kernel": (2, 9), "recurrent_kernel": (3, 9), "bias": (2, 9)}
        >>> steps = RecurrentSteps(spec, {f"{cell}/{n}": np.zeros(s) for n, s in shapes.items()})
        >>> before, after = np.zeros((1, steps.size), "f4"), np.empty((1, steps.size), "f4")
        >>> steps(np.zeros((1, 2), "f4") @ steps.kernel + steps.bias, before, after).shape
        (1, 3)
    """

    def __init__(self, spec: RecurrentLayers, tensors: Mapping[str, np.ndarray]) -> None:
        self._layers: list[tuple[slice, slice, _Step]] = []
        self._between: list[tuple[np.ndarray, np.ndarray]] = []
        start = 0
        for sizes, (prefix,) in zip(state_sizes(spec), rnn_prefixes(spec), strict=True):
            parts = ("kernel", "recurrent_kernel", "bias")
            weights = (tensors[f"{prefix}/{part}"].astype(np.float32) for part in parts)
            kernel, recurrent, bias = _folded(spec.cell, *weights)
            part, states = slice(start, start + sum(sizes)), slice(start, start + spec.units)
            self._layers.append((part, states, _STEPS[spec.cell](recurrent)))
            self._between.append((kernel, bias))
            start += sum(sizes)
        self.size = start
        self.kernel, self.bias = self._between[0]
        # Of one layer whose state is all that it gives there is nothing to take apart.
        self._only = self._layers[0][2] if start == spec.units else None

    def __call__(self, given: np.ndarray, before: np.ndarray, after: np.ndarray) -> np.ndarray:
        """Take a step.

        Args:
            given: the input times `kernel`, plus `bias`; of shape (batch, given), or (given,).
            before: the state before it, float32 of shape (batch, size), or (size,); what follows in
                it is left alone.
            after: array of that shape that the state after it is written to.

        Returns:
            The last layer's states, (batch, units) or (units,): a part of `after`.
        """
        if self._only is not None and before.shape[-1] == self.size:
            self._only(given, before, after)
            return after
        (part, states, step), *others = self._layers
        step(given, before[..., part], after[..., part])
        read = after[..., states]
        for (part, states, step), (kernel, bias) in zip(others, self._between[1:], strict=True):
            step(np.dot(read, kernel) + bias, before[..., part], after[..., part])
            read = after[..., states]
        return read
