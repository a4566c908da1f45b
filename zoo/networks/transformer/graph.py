"""Transformer encoder blocks of ONNX graphs."""

from __future__ import annotations

import numpy as np

from zoo.graphs.onnx_format import Graph
from zoo.networks.transformer.spec import TransformerBackboneSpec

__all__ = ["add_encoder_blocks"]

# As in `zoo.networks.transformer.backbone`, which imports Keras.
LAYER_NORM_EPSILON = 1e-5


def sine_positions(longest: int, size: int) -> np.ndarray:
    """Return the position encodings of KerasHub's `SinePositionEncoding`.

    Args:
        longest: number of positions.
        size: size of the vectors.

    Returns:
        float32 array of shape (longest, size).

    Reference:
        [Vaswani et al., 2017](https://arxiv.org/abs/1706.03762), section 3.5
    """
    columns = np.arange(size)
    scales = np.power(np.float32(1e-4), (2 * (columns // 2)).astype(np.float32) / np.float32(size))
    angles = np.arange(longest, dtype=np.float32)[:, None] * scales
    return np.where(columns % 2, np.cos(angles), np.sin(angles)).astype(np.float32)


class _Blocks:
    """Writes the nodes of one backbone; activations are (batch, time, features)."""

    def __init__(
        self, graph: Graph, spec: TransformerBackboneSpec, tensors: dict[str, np.ndarray]
    ) -> None:
        self.graph, self.spec, self.tensors = graph, spec, tensors

    def norm(self, x: str, name: str) -> str:
        scale, shift = (
            self.graph.constant(f"{name}/{part}", self.tensors[f"{name}/{part}"])
            for part in ("gamma", "beta")
        )
        return self.graph.add(
            "LayerNormalization",
            [x, scale, shift],
            f"{name}/normalized",
            axis=-1,
            epsilon=LAYER_NORM_EPSILON,
        )

    def dense(self, x: str, name: str, columns: int, scale: float = 1.0) -> str:
        kernel = self.tensors[f"{name}/kernel"].reshape(-1, columns) * np.float32(scale)
        bias = self.tensors[f"{name}/bias"].reshape(columns) * np.float32(scale)
        x = self.graph.add(
            "MatMul", [x, self.graph.constant(f"{name}/matrix", kernel)], f"{name}/product"
        )
        return self.graph.add("Add", [x, self.graph.constant(f"{name}/vector", bias)], name)

    def attention(self, x: str, name: str) -> str:
        graph, size, heads = self.graph, self.spec.embedding_dim, self.spec.num_heads
        parts = {}
        for part in ("query", "key", "value"):
            # The scores' scale goes into the query's weights.
            scale = (size // heads) ** -0.5 if part == "query" else 1.0
            flat = self.dense(x, f"{name}/{part}", size, scale)
            split = graph.add("Reshape", [flat, "heads_shape"], f"{name}/{part}_split")
            order = [0, 2, 3, 1] if part == "key" else [0, 2, 1, 3]
            parts[part] = graph.add("Transpose", [split], f"{name}/{part}_by_head", perm=order)
        scores = graph.add("MatMul", [parts["query"], parts["key"]], f"{name}/scores")
        scores = graph.add("Add", [scores, "key_mask"], f"{name}/masked_scores")
        weights = graph.add("Softmax", [scores], f"{name}/weights", axis=-1)
        x = graph.add("MatMul", [weights, parts["value"]], f"{name}/mixed")
        x = graph.add("Transpose", [x], f"{name}/mixed_by_time", perm=[0, 2, 1, 3])
        x = graph.add("Reshape", [x, "merged_shape"], f"{name}/merged")
        return self.dense(x, f"{name}/attention_output", size)

    def block(self, x: str, name: str) -> str:
        normalized = self.norm(x, f"{name}/self_attention_layer_norm")
        attended = self.attention(normalized, f"{name}/self_attention_layer")
        x = self.graph.add("Add", [x, attended], f"{name}/after_attention")
        hidden = self.norm(x, f"{name}/feedforward_layer_norm")
        hidden = self.dense(
            hidden, f"{name}/feedforward_intermediate_dense", self.spec.intermediate_dim
        )
        hidden = self.graph.add("Relu", [hidden], f"{name}/rectified")
        hidden = self.dense(hidden, f"{name}/feedforward_output_dense", self.spec.embedding_dim)
        return self.graph.add("Add", [x, hidden], f"{name}/output")


def add_encoder_blocks(
    graph: Graph,
    sequence: str,
    spec: TransformerBackboneSpec,
    tensors: dict[str, np.ndarray],
    longest: int,
) -> str:
    """Add the blocks of a Transformer backbone, which attend to no padding.

    Args:
        graph: the graph, with `time_shape`, `inside_float` and the axes as constants.
        sequence: name of the embedded texts, float32 (time, batch, features).
        spec: arguments of the backbone.
        tensors: the weights, float32, by name.
        longest: tokens of the longest text, for the table of positions.

    Returns:
        Name of the states, (time, batch, features), zero past a text's end.
    """
    size, heads = spec.embedding_dim, spec.num_heads
    graph.constant("heads_shape", np.array([0, 0, heads, size // heads], np.int64))
    graph.constant("merged_shape", np.array([0, 0, size], np.int64))
    x = graph.add("Transpose", [sequence], "embedded_by_text", perm=[1, 0, 2])
    scale = graph.constant("embedding_scale", np.array(size**0.5, np.float32))
    x = graph.add("Mul", [x, scale], "embedded_scaled")
    table = graph.constant("positions", sine_positions(longest, size))
    graph.constant("first", np.array([0], np.int64))
    used = graph.add("Slice", [table, "first", "time_shape"], "positions_used")
    x = graph.add("Add", [x, used], "embedded_placed")

    # 0 for a token, a large negative number for padding, of shape (batch, 1, 1, time).
    one = graph.constant("one_float", np.array(1, np.float32))
    distance = graph.constant("mask_value", np.array(1e9, np.float32))
    mask = graph.add("Sub", ["inside_float", one], "outside_negative")
    mask = graph.add("Mul", [mask, distance], "mask_by_time")
    mask = graph.add("Transpose", [mask], "mask_by_text", perm=[1, 2, 0])
    graph.add("Unsqueeze", [mask, "axis_1"], "key_mask")

    blocks = _Blocks(graph, spec, tensors)
    for index in range(spec.num_layers):
        x = blocks.block(x, f"encoder_{index}")
    x = blocks.norm(x, "layer_norm")
    x = graph.add("Transpose", [x], "states_by_time", perm=[1, 0, 2])
    return graph.add("Mul", [x, "inside_float"], "states")
