"""Weights of ONNX graphs rounded to whole numbers of 8 bits.

Two things become of a matrix. The weights of an LSTM of many units go into ONNX Runtime's own
operator, which computes in whole numbers: it is faster, and no other program knows it. All else is
stored in 8 bits and widened when the file is opened, in standard operators: such a file is half as
large, and as fast as before. Products of whole numbers in standard operators (`MatMulInteger`,
`ConvInteger`) were tried and gain nothing at batches of 8: rounding what comes in takes what they
save, and a convolution of whole numbers takes four times as long.

Reference:
    [Jacob et al., 2018](https://arxiv.org/abs/1712.05877),
    https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md
"""

from __future__ import annotations

import numpy as np

from zoo.graphs.onnx_edit import Model, Node, parse_model
from zoo.graphs.onnx_format import FLOAT, encoded_attribute

__all__ = ["ROUNDED_LSTM", "round_graph", "rounded_matrix"]

ROUNDED_LSTM = "DynamicQuantizeLSTM"
_RUNTIME = "com.microsoft"
# Smaller ones take little room, and biases and scales weigh more than others.
_LEAST = 2_048
# An LSTM of fewer units is no faster for it: its gates take longer than its products.
_MANY_UNITS = 128
# Processors without instructions for whole numbers add products of 8 bits in 16, which overflow
# unless the weights keep one bit free.
_SAFE = 63
_FULL = 127


def rounded_matrix(
    value: np.ndarray, axes: tuple[int, ...], most: int = _FULL
) -> tuple[np.ndarray, np.ndarray]:
    """Return an array in whole numbers, and the scales that give it back by a product.

    Args:
        value: array of floating-point numbers.
        axes: axes along which the scale is one.
        most: largest whole number.

    Returns:
        int8 array of the same shape, and a float32 array of scales that it broadcasts with.

    Example:
        >>> whole, scale = rounded_matrix(np.array([[1.0, -0.5], [0.1, 0.1]]), axes=(1,))
        >>> whole.tolist()
        [[127, -64], [127, 127]]
    """
    value = value.astype(np.float32)
    largest = np.abs(value).max(axis=axes, keepdims=True)
    scale = np.where(largest > 0, largest / most, 1.0).astype(np.float32)
    return np.clip(np.rint(value / scale), -most, most).astype(np.int8), scale


def round_graph(content: bytes, least: int = _LEAST, units: int = _MANY_UNITS) -> bytes:
    """Return a graph with its weights rounded to 8 bits.

    Args:
        content: an ONNX file of the zoo's own making.
        least: numbers of the smallest matrix that is rounded.
        units: those of the smallest LSTM that computes in whole numbers.
    """
    model = parse_model(content)
    nodes = [
        _rounded_lstm(model, node)
        if node.operator == "LSTM" and _units(model, node) >= units
        else node
        for node in model.nodes
    ]
    model.nodes = [*_stored(model, nodes, least), *nodes]
    return model.serialize()


def _units(model: Model, node: Node) -> int:
    return int(model.constants[node.inputs[2]].shape[2])


def _rounded_lstm(model: Model, node: Node) -> Node:
    """Return ONNX Runtime's operator for an LSTM: it wants (directions, from, to)."""
    model.opsets[_RUNTIME] = 1
    x, *weights = node.inputs[:3]
    scales = []
    for name in weights:
        value = model.constants.pop(name).transpose(0, 2, 1)
        whole, scale = rounded_matrix(value, (1,), _SAFE)
        model.constants[name] = np.ascontiguousarray(whole)
        model.constants[f"{name}/scale"] = scale[:, 0]
        model.constants[f"{name}/zero"] = np.zeros(scale[:, 0].shape, np.int8)
        scales += [f"{name}/scale", f"{name}/zero"]
    # Bias, lengths, first state and cell, peepholes: what is left out has no name.
    rest = [*node.inputs[3:], *[""] * 5][:5]
    return Node(
        ROUNDED_LSTM, [x, *weights, *rest, *scales], node.outputs, node.attributes, _RUNTIME
    )


def _stored(model: Model, nodes: list[Node], least: int) -> list[Node]:
    """Store large arrays in 8 bits; return the nodes that widen them."""
    # A table of half precision is widened before it is read from.
    readers: dict[str, Node] = {}
    for node in reversed(nodes):
        for name in node.inputs:
            readers[name] = node
    added = []
    for name, value in list(model.constants.items()):
        if value.dtype.kind != "f" or value.ndim < 2 or value.size < least:
            continue
        reader = readers.get(name)
        if reader is not None and reader.operator == "Cast":
            reader = readers.get(reader.outputs[0])
        axes = _along(reader, value.ndim)
        if axes is None:
            continue
        whole, scale = rounded_matrix(value, axes)
        del model.constants[name]
        model.constants |= {f"{name}/int8": whole, f"{name}/scale": scale}
        added += [
            Node("Cast", [f"{name}/int8"], [f"{name}/wide"], [encoded_attribute("to", FLOAT)]),
            Node("Mul", [f"{name}/wide", f"{name}/scale"], [name]),
        ]
    return added


def _along(reader: Node | None, ndim: int) -> tuple[int, ...] | None:
    """Return the axes along which an array has one scale, or None for one that is not rounded."""
    operator = "" if reader is None else reader.operator
    if operator == "Gather":  # a scale for every row of a table
        return tuple(range(1, ndim))
    if operator == "Conv":  # for every filter
        return tuple(range(1, ndim))
    if operator in ("GRU", "LSTM", "RNN"):  # for every gate of every unit
        return (ndim - 1,)
    if operator in ("MatMul", "Gemm"):  # for every column
        return tuple(range(ndim - 1))
    # What is read within a loop has no reader here: OpenVINO wants it to be a constant.
    return None
