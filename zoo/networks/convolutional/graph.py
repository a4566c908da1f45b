"""Convolutions of ONNX graphs."""

from __future__ import annotations

import numpy as np

from zoo.graphs.onnx_format import Graph
from zoo.networks.convolutional.spec import ConvolutionalBackboneSpec

__all__ = ["add_convolutions"]


def add_convolutions(
    graph: Graph,
    sequence: str,
    spec: ConvolutionalBackboneSpec,
    tensors: dict[str, np.ndarray],
    longest: int,
) -> str:
    """Add the filters of a convolutional backbone, zeros before and after every text.

    Args:
        graph: the graph, with `inside_float`.
        sequence: name of the embedded texts, float32 (time, batch, features).
        spec: arguments of the backbone.
        tensors: the weights, float32, by name.
        longest: tokens of the longest text, of no matter here.

    Returns:
        Name of the filters' outputs, (time, batch, filters * widths), zero past a text's end.
    """
    masked = graph.add("Mul", [sequence, "inside_float"], "embedded_masked")
    by_channel = graph.add("Transpose", [masked], "embedded_by_channel", perm=[1, 2, 0])
    outputs = []
    for size in spec.kernel_sizes:
        name = f"convolution_{size}"
        # Keras keeps a kernel as (width, in, out), ONNX as (out, in, width).
        kernel = graph.constant(f"{name}/kernel", tensors[f"{name}/kernel"].transpose(2, 1, 0))
        bias = graph.constant(f"{name}/bias", tensors[f"{name}/bias"])
        # Of the padding of an even width Keras puts the larger half at the end.
        pads = [(size - 1) // 2, size // 2]
        x = graph.add("Conv", [by_channel, kernel, bias], f"{name}/sums", pads=pads)
        outputs.append(graph.add("Relu", [x], f"{name}/outputs"))
    x = outputs[0] if len(outputs) == 1 else graph.add("Concat", outputs, "widths", axis=1)
    x = graph.add("Transpose", [x], "outputs_by_time", perm=[2, 0, 1])
    return graph.add("Mul", [x, "inside_float"], "convolved")
