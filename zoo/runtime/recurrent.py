"""Recurrent layers of ONNX graphs.

Keras and ONNX order the gates of a cell differently and keep the biases differently; both are
converted here.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from zoo.runtime.onnx_format import FLOAT, INT64, Graph
from zoo.specs import RecurrentBackboneSpec, rnn_prefixes

__all__ = ["add_recurrent_layers", "rnn_weights"]

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


def _add_operator(
    graph: Graph,
    sequence: str,
    spec: RecurrentBackboneSpec,
    prefixes: list[str],
    tensors: dict[str, np.ndarray],
    layer: str,
) -> str:
    """Add an LSTM or GRU layer; ONNX Runtime's operators are zero past a text's end."""
    names = [
        graph.constant(f"{layer}/{letter}", array)
        for letter, array in zip("WRB", rnn_weights(tensors, prefixes, spec.cell), strict=True)
    ]
    attributes: dict[str, Any] = {"hidden_size": spec.units}
    if spec.bidirectional:
        attributes["direction"] = "bidirectional"
    if spec.cell == "gru":
        attributes["linear_before_reset"] = 1
    states = graph.add(
        _OPERATORS[spec.cell], [sequence, *names, "lengths"], f"{layer}/states", **attributes
    )  # (time, directions, batch, units)
    if not spec.bidirectional:
        return graph.add("Squeeze", [states, "axis_1"], f"{layer}/sequence")
    states = graph.add("Transpose", [states], f"{layer}/transposed", perm=[0, 2, 1, 3])
    return graph.add("Reshape", [states, "merged_shape"], f"{layer}/sequence")


def _add_simple_rnn(
    graph: Graph,
    sequence: str,
    spec: RecurrentBackboneSpec,
    prefixes: list[str],
    tensors: dict[str, np.ndarray],
    layer: str,
) -> str:
    """Add a SimpleRNN layer as a scan over time: several times faster than the RNN operator."""
    sides = []
    for index, prefix in enumerate(prefixes):
        side = f"{layer}/{index}"
        kernel, recurrent, bias = (
            graph.constant(f"{side}/{part}", tensors[f"{prefix}/{part}"])
            for part in ("kernel", "recurrent_kernel", "bias")
        )
        # The inputs of all steps are multiplied at once, before the first step.
        x = graph.add("MatMul", [sequence, kernel], f"{side}/product")
        x = graph.add("Add", [x, bias], f"{side}/projected")
        if index:  # the backward side reads every text from its own last word
            x = graph.add("ReverseSequence", [x, "long_lengths"], f"{side}/reversed", batch_axis=1)
        step = Graph(f"{side}/step", 0)
        step.input(f"{side}/before", FLOAT, ["batch", spec.units])
        step.input(f"{side}/input", FLOAT, ["batch", spec.units])
        state = step.add("MatMul", [f"{side}/before", recurrent], f"{side}/carried")
        state = step.add("Add", [state, f"{side}/input"], f"{side}/sum")
        state = step.add("Tanh", [state], f"{side}/after")
        kept = step.add("Identity", [state], f"{side}/kept")
        step.output(state, FLOAT, ["batch", spec.units])
        step.output(kept, FLOAT, ["batch", spec.units])
        graph.add(
            "Scan",
            ["no_state", x],
            [f"{side}/last", f"{side}/states"],
            body=step,
            num_scan_inputs=1,
        )
        states = f"{side}/states"
        if index:
            states = graph.add(
                "ReverseSequence", [states, "long_lengths"], f"{side}/restored", batch_axis=1
            )
        sides.append(states)
    joined = sides[0] if len(sides) == 1 else graph.add("Concat", sides, f"{layer}/both", axis=2)
    # The scan goes on past a text's end; what follows expects zeros there.
    return graph.add("Mul", [joined, "inside_float"], f"{layer}/sequence")


def add_recurrent_layers(
    graph: Graph,
    sequence: str,
    spec: RecurrentBackboneSpec,
    tensors: dict[str, np.ndarray],
    longest: int,
) -> str:
    """Add the layers of a recurrent backbone, true lengths honoured.

    Args:
        graph: the graph, with `lengths`, `inside_float` and the axes as constants.
        sequence: name of the embedded texts, float32 (time, batch, features).
        spec: arguments of the backbone.
        tensors: the weights, float32, by name.
        longest: tokens of the longest text, of no matter here.

    Returns:
        Name of the last layer's states, (time, batch, units), zero past a text's end.
    """
    if spec.cell == "simple_rnn":
        graph.add("Cast", ["lengths"], "long_lengths", to=INT64)
        batch = graph.add("Shape", ["lengths"], "batch_size")
        units = graph.constant("units", np.array([spec.units], np.int64))
        shape = graph.add("Concat", [batch, units], "state_shape", axis=0)
        graph.constant("zero_float", np.zeros((1, 1), np.float32))
        graph.add("Expand", ["zero_float", shape], "no_state")
        add_layer = _add_simple_rnn
    else:
        if spec.bidirectional:
            graph.constant("merged_shape", np.array([0, 0, 2 * spec.units], np.int64))
        add_layer = _add_operator
    for index, prefixes in enumerate(rnn_prefixes(spec)):
        sequence = add_layer(graph, sequence, spec, prefixes, tensors, f"layer_{index}")
    return sequence
