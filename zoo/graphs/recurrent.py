"""Recurrent layers of ONNX graphs, whatever network they are of.

Keras and ONNX order the gates of a cell differently and keep the biases differently; both are
converted here.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from zoo.graphs.onnx_format import FLOAT, INT32, INT64, Graph

__all__ = ["add_last_step", "add_layers", "add_step_mask", "rnn_weights"]

_OPERATORS = {"lstm": "LSTM", "gru": "GRU"}
# Where each of ONNX's gates stands among Keras': LSTM i,o,f,c of i,f,c,o; GRU z,r,h of z,r,h.
_GATE_ORDER = {"lstm": (0, 3, 1, 2), "gru": (0, 1, 2)}


def _gates(matrix: np.ndarray, cell: str) -> np.ndarray:
    """Reorder the gates, Keras' last axis, and put them on ONNX's first."""
    order = _GATE_ORDER[cell]
    parts = np.split(matrix, len(order), axis=-1)
    return np.concatenate([parts[gate] for gate in order], axis=-1).T


def rnn_weights(
    tensors: dict[str, np.ndarray], prefixes: list[str], cell: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return ONNX's W (directions, gates, input), R (directions, gates, units) and B."""
    kernels, recurrents, biases = [], [], []
    for prefix in prefixes:
        kernels.append(_gates(tensors[f"{prefix}/kernel"], cell))
        recurrents.append(_gates(tensors[f"{prefix}/recurrent_kernel"], cell))
        bias = tensors[f"{prefix}/bias"]
        if bias.ndim == 1:  # Keras adds one bias, ONNX one with the input and one with the state
            bias = np.stack([bias, np.zeros_like(bias)])
        biases.append(np.concatenate([_gates(part[None], cell)[:, 0] for part in bias]))
    return np.stack(kernels), np.stack(recurrents), np.stack(biases)


def add_step_mask(graph: Graph, steps: str, padded: bool = True, lengths: str = "lengths") -> None:
    """Add `inside` and `inside_float`, (time, batch, 1): which steps are no padding.

    `time_shape`, int64 (1), is how many steps the longest has, and `time_long` the same without
    an axis.

    Args:
        graph: the graph, with the constants `axis_0` to `axis_2`.
        steps: name of what has the shape (batch, time) or (batch, time, ...).
        padded: whether there is padding; without any neither `lengths` nor a mask.
        lengths: name of the true number of steps of each, int32 (batch).
    """
    graph.constant("zero", np.array(0, np.int32))
    graph.constant("one", np.array(1, np.int32))
    shape = graph.add("Shape", [steps], "time_shape", start=1, end=2)
    scalar = graph.add("Squeeze", [shape, "axis_0"], "time_long")
    if not padded:
        return
    graph.add("Cast", [scalar], "time", to=INT32)
    numbers = graph.add("Range", ["zero", "time", "one"], "steps")
    numbers = graph.add("Unsqueeze", [numbers, "axis_1"], "steps_column")
    inside = graph.add("Less", [numbers, lengths], "inside_by_row")
    inside = graph.add("Unsqueeze", [inside, "axis_2"], "inside")
    graph.add("Cast", [inside], "inside_float", to=FLOAT)


def _add_operator(
    graph: Graph,
    x: str,
    cell: str,
    prefix: str,
    tensors: dict[str, np.ndarray],
    side: str,
    before: Sequence[str],
) -> tuple[str, list[str]]:
    """Add one direction of an LSTM or GRU layer; return its states and, of a stream, the last."""
    names = [
        graph.constant(f"{side}/{letter}", array)
        for letter, array in zip("WRB", rnn_weights(tensors, [prefix], cell), strict=True)
    ]
    attributes: dict[str, int] = {"hidden_size": tensors[f"{prefix}/recurrent_kernel"].shape[0]}
    if cell == "gru":
        attributes["linear_before_reset"] = 1
    if not before:
        states = graph.add(_OPERATORS[cell], [x, *names], f"{side}/by_direction", **attributes)
        return graph.add("Squeeze", [states, "axis_1"], f"{side}/states"), []
    first = [graph.add("Unsqueeze", [name, "axis_0"], f"{name}/by_direction") for name in before]
    outputs = [f"{side}/by_direction", f"{side}/last_state", f"{side}/last_cell"][: 1 + len(before)]
    graph.add(_OPERATORS[cell], [x, *names, "", *first], outputs, **attributes)
    states = graph.add("Squeeze", [outputs[0], "axis_1"], f"{side}/states")
    return states, [graph.add("Squeeze", [name, "axis_0"], f"{name}_flat") for name in outputs[1:]]


def add_last_step(graph: Graph, sequence: str, name: str) -> str:
    """Add the last step of sequences without padding.

    Args:
        graph: the graph, with the constant `axis_0`.
        sequence: name of what has a vector a step, (time, batch, features).
        name: name of the result.

    Returns:
        That name, of (batch, features).
    """
    if not graph.holds("last_of_steps"):
        graph.constant("last_of_steps", np.array([-1], np.int64))
    last = graph.add("Gather", [sequence, "last_of_steps"], f"{name}/step", axis=0)
    return graph.add("Squeeze", [last, "axis_0"], name)


def _add_scan(
    graph: Graph,
    x: str,
    cell: str,
    prefix: str,
    tensors: dict[str, np.ndarray],
    side: str,
    before: Sequence[str],
) -> tuple[str, list[str]]:
    """Add one direction of a SimpleRNN layer: several times faster than the RNN operator."""
    kernel, recurrent, bias = (
        graph.constant(f"{side}/{part}", tensors[f"{prefix}/{part}"])
        for part in ("kernel", "recurrent_kernel", "bias")
    )
    units = len(tensors[f"{prefix}/bias"])
    # The inputs of all steps are multiplied at once, before the first step.
    x = graph.add("MatMul", [x, kernel], f"{side}/product")
    x = graph.add("Add", [x, bias], f"{side}/projected")
    step = Graph(f"{side}/step", 0)
    step.input(f"{side}/before", FLOAT, ["batch", units])
    step.input(f"{side}/input", FLOAT, ["batch", units])
    state = step.add("MatMul", [f"{side}/before", recurrent], f"{side}/carried")
    state = step.add("Add", [state, f"{side}/input"], f"{side}/sum")
    state = step.add("Tanh", [state], f"{side}/after")
    kept = step.add("Identity", [state], f"{side}/kept")
    step.output(state, FLOAT, ["batch", units])
    step.output(kept, FLOAT, ["batch", units])
    outputs = [f"{side}/last", f"{side}/states"]
    first = before[0] if before else "no_state"
    graph.add("Scan", [first, x], outputs, body=step, num_scan_inputs=1)
    return outputs[1], outputs[:1] if before else []


def add_layers(
    graph: Graph,
    sequence: str,
    cell: str,
    layers: Sequence[Sequence[str]],
    tensors: dict[str, np.ndarray],
    before: Sequence[Sequence[str]] = (),
    lengths: str = "lengths",
    first_number: int = 0,
) -> tuple[str, list[str]]:
    """Add recurrent layers, each over the states of the one below.

    Runtimes differ in what their recurrent operators make of true lengths, so none is given any:
    a side that reads backwards is given every sequence reversed within its own length, and
    what the padding gives is masked at the end. No state of a step that counts depends on it.

    Args:
        graph: the graph, as `add_step_mask` leaves it.
        sequence: name of the embedded tokens, float32 (time, batch, features).
        cell: `"simple_rnn"`, `"lstm"` or `"gru"`.
        layers: of every layer, where the weights of its sides are: forwards, then backwards.
        tensors: the weights, float32, by name.
        before: of a stream, names of the parts of every layer's first state, (batch, units);
            without them there may be padding.
        lengths: name of the true number of steps of each, int32 (batch).
        first_number: number of the first of them, of layers that are added one after another with
            something else between.

    Returns:
        Name of the last layer's states, (time, batch, units), zero past a sequence's end; and, of
        a stream, names of the parts of all layers' last states, in the order of `before`.
    """
    if any(len(sides) > 1 for sides in layers) and not graph.holds("long_lengths"):
        graph.add("Cast", [lengths], "long_lengths", to=INT64)
    add_side = _add_scan if cell == "simple_rnn" else _add_operator
    after: list[str] = []
    for number, prefixes in enumerate(layers, first_number):
        sides = []
        for index, prefix in enumerate(prefixes):
            side, x = f"layer_{number}/{index}", sequence
            if index:
                x = _reversed(graph, x, f"{side}/reversed")
            first = before[number - first_number] if before else ()
            states, last = add_side(graph, x, cell, prefix, tensors, side, first)
            after += last
            sides.append(_reversed(graph, states, f"{side}/restored") if index else states)
        sequence = sides[0]
        if len(sides) > 1:
            sequence = graph.add("Concat", sides, f"layer_{number}/both", axis=2)
    if not before:
        # The states are finite in the padding too: a product is exact, and faster than Where.
        name = f"layer_{number}/states" if first_number else "states"
        sequence = graph.add("Mul", [sequence, "inside_float"], name)
    return sequence, after


def _reversed(graph: Graph, sequence: str, name: str) -> str:
    return graph.add("ReverseSequence", [sequence, "long_lengths"], name, batch_axis=1)
