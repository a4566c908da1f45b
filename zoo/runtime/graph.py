"""ONNX graphs written straight from a checkpoint's tensors, without Keras.

Keras and ONNX order the gates of a cell differently and keep the biases differently; both are
converted here. Time is the first axis inside the graph, as ONNX Runtime's operators want it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from zoo.checkpoint import Checkpoint
from zoo.runtime.onnx_format import FLOAT, INT32, Graph
from zoo.specs import RecurrentBackboneSpec, rnn_prefixes

__all__ = ["OPSET", "text_classifier_graph"]

OPSET = 17

_OPERATORS = {"simple_rnn": "RNN", "lstm": "LSTM", "gru": "GRU"}
# Where each of ONNX's gates stands among Keras': LSTM i,o,f,c of i,f,c,o; GRU z,r,h of z,r,h.
_GATE_ORDER = {"simple_rnn": (0,), "lstm": (0, 3, 1, 2), "gru": (0, 1, 2)}


def _gates(matrix: np.ndarray, cell: str) -> np.ndarray:
    """Reorder the gates, Keras' last axis, and put them on ONNX's first."""
    order = _GATE_ORDER[cell]
    parts = np.split(matrix, len(order), axis=-1)
    return np.concatenate([parts[gate] for gate in order], axis=-1).T


def _rnn_weights(
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


def _add_recurrent_layers(
    graph: Graph, sequence: str, spec: RecurrentBackboneSpec, tensors: dict[str, np.ndarray]
) -> str:
    """Add the recurrent layers over `sequence` (time, batch, features), true lengths honoured."""
    for index, prefixes in enumerate(rnn_prefixes(spec)):
        names = [
            graph.constant(f"layer_{index}/{letter}", array)
            for letter, array in zip("WRB", _rnn_weights(tensors, prefixes, spec.cell), strict=True)
        ]
        attributes: dict[str, Any] = {"hidden_size": spec.units}
        if spec.bidirectional:
            attributes["direction"] = "bidirectional"
        if spec.cell == "gru":
            attributes["linear_before_reset"] = 1
        states = graph.add(
            _OPERATORS[spec.cell],
            [sequence, *names, "lengths"],
            f"layer_{index}/states",
            **attributes,
        )  # (time, directions, batch, units)
        if spec.bidirectional:
            states = graph.add(
                "Transpose", [states], f"layer_{index}/transposed", perm=[0, 2, 1, 3]
            )
            sequence = graph.add("Reshape", [states, "merged_shape"], f"layer_{index}/sequence")
        else:
            sequence = graph.add("Squeeze", [states, "axis_1"], f"layer_{index}/sequence")
    return sequence


def _add_pooling(graph: Graph, sequence: str, pooling: tuple[str, ...], features: int) -> str:
    """Add pooling over time: past a text's end the states are zero and must not count."""
    pooled = []
    for kind in pooling:
        if kind == "mean":
            total = graph.add("ReduceSum", [sequence, "axis_0"], "sum_over_time", keepdims=0)
            count = graph.add("Cast", ["lengths"], "lengths_float", to=FLOAT)
            column = graph.add("Unsqueeze", [count, "axis_1"], "lengths_column")
            pooled.append(graph.add("Div", [total, column], "mean_over_time"))
        elif kind == "max":
            steps = graph.add("Range", ["zero", "time", "one"], "steps")
            steps = graph.add("Unsqueeze", [steps, "axis_1"], "steps_column")
            inside = graph.add("Less", [steps, "lengths"], "inside")  # (time, batch)
            inside = graph.add("Unsqueeze", [inside, "axis_2"], "inside_features")
            kept = graph.add("Where", [inside, sequence, "lowest"], "kept")
            pooled.append(graph.add("ReduceMax", [kept], "max_over_time", axes=[0], keepdims=0))
        else:
            last = graph.add("Sub", ["lengths", "one"], "last_step")
            index = graph.add("Unsqueeze", [last, "axes_0_2"], "last_index")
            index = graph.add("Expand", [index, "last_shape"], "last_indices")
            state = graph.add("GatherElements", [sequence, index], "last_state", axis=0)
            pooled.append(graph.add("Squeeze", [state, "axis_0"], "last_over_time"))
    return pooled[0] if len(pooled) == 1 else graph.add("Concat", pooled, "pooled", axis=1)


def text_classifier_graph(checkpoint: Checkpoint) -> bytes:
    """Write the ONNX graph of a recurrent text classifier.

    Its inputs are `token_ids`, int32 (batch, time), and `lengths`, int32 (batch), the true
    number of tokens of each row; its output is `probabilities`, float32 (batch, classes).

    Args:
        checkpoint: a checkpoint of the task `text-classification`.

    Returns:
        The content of the ONNX file.

    Example:
        >>> import onnxruntime
        >>> from zoo import checkpoint, registry
        >>> graph = text_classifier_graph(checkpoint.read(registry.resolve("lstm-imdb")))
        >>> [output.name for output in onnxruntime.InferenceSession(graph).get_outputs()]
        ['probabilities']
    """
    spec, head = checkpoint.backbone, checkpoint.head
    tensors = dict(checkpoint.tensors)
    table = tensors.pop("token_embedding/embeddings")
    tensors = {name: value.astype(np.float32) for name, value in tensors.items()}
    features = spec.units * (2 if spec.bidirectional else 1)
    graph = Graph("text_classifier", OPSET)
    graph.input("token_ids", INT32, ["batch", "time"])
    graph.input("lengths", INT32, ["batch"])
    shapes = {"axis_0": [0], "axis_1": [1], "axis_2": [2]}
    if spec.bidirectional:
        shapes["merged_shape"] = [0, 0, features]
    if "last" in head.pooling:
        shapes |= {"axes_0_2": [0, 2], "last_shape": [1, 1, features]}
    for name, value in shapes.items():
        graph.constant(name, np.array(value, np.int64))
    graph.constant("zero", np.array(0, np.int32))
    graph.constant("one", np.array(1, np.int32))
    graph.constant("lowest", np.array(np.finfo(np.float32).min, np.float32))

    time_major = graph.add("Transpose", ["token_ids"], "token_ids_by_time", perm=[1, 0])
    graph.constant("embeddings", table)
    sequence = graph.add("Gather", ["embeddings", time_major], "embedded", axis=0)
    if table.dtype == np.float16:  # the rows that are used are widened, not the whole table
        sequence = graph.add("Cast", [sequence], "embedded_float", to=FLOAT)
    shape = graph.add("Shape", ["token_ids"], "time_shape", start=1, end=2)
    scalar = graph.add("Squeeze", [shape, "axis_0"], "time_long")
    graph.add("Cast", [scalar], "time", to=INT32)

    sequence = _add_recurrent_layers(graph, sequence, spec, tensors)
    pooled = _add_pooling(graph, sequence, head.pooling, features)
    kernel = graph.constant("logits/kernel", tensors["logits/kernel"])
    bias = graph.constant("logits/bias", tensors["logits/bias"])
    logits = graph.add("Gemm", [pooled, kernel, bias], "logits")
    graph.add("Softmax", [logits], "probabilities", axis=-1)

    graph.output("probabilities", FLOAT, ["batch", head.num_classes])
    return graph.serialize()
