"""Write ONNX files without the `onnx` package, whose import would double a pipeline's start.

An ONNX file is one protocol-buffers message. Only what the zoo's graphs use of its schema is
written here; the field numbers are those of the public `onnx.proto`, and the tests have the
`onnx` package check and read back what comes out.

Reference:
    https://onnx.ai/onnx/repo-docs/IR.html, https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

import numpy as np

__all__ = [
    "BOOL",
    "DATA_TYPES",
    "FLOAT",
    "INT32",
    "INT64",
    "OPSET",
    "Graph",
    "constant_parts",
    "encoded_attribute",
    "encoded_bytes",
    "encoded_number",
]

IR_VERSION = 8
OPSET = 17
FLOAT, INT32, INT64, BOOL = 1, 6, 7, 9  # onnx.TensorProto.DataType
DATA_TYPES = {
    "float32": FLOAT,
    "int32": INT32,
    "int64": INT64,
    "float16": 10,
    "int8": 3,
    "uint8": 2,
}
_FLOAT, _INT, _STRING, _GRAPH, _INTS = 1, 2, 3, 5, 7  # onnx.AttributeProto.AttributeType


def _varint(value: int) -> bytes:
    value &= (1 << 64) - 1  # negative numbers take ten bytes, in two's complement
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def encoded_number(field: int, value: int) -> bytes:
    """Return a field that holds a number.

    Args:
        field: its number in the schema.
        value: what it holds.
    """
    return _varint(field << 3) + _varint(value)


def encoded_bytes(field: int, value: bytes | str) -> bytes:
    """Return a field that holds bytes, a text or a message.

    Args:
        field: its number in the schema.
        value: what it holds.
    """
    data = value.encode("utf-8") if isinstance(value, str) else value
    return _varint(field << 3 | 2) + _varint(len(data)) + data


def encoded_attribute(name: str, value: int | float | str | Sequence[int] | Graph) -> bytes:
    """Return an attribute of a node.

    Args:
        name: its name.
        value: what it is; a graph is what a loop does.
    """
    if isinstance(value, int):
        return encoded_bytes(1, name) + encoded_number(3, value) + encoded_number(20, _INT)
    if isinstance(value, float):
        encoded = _varint(2 << 3 | 5) + struct.pack("<f", value)
        return encoded_bytes(1, name) + encoded + encoded_number(20, _FLOAT)
    if isinstance(value, str):
        return encoded_bytes(1, name) + encoded_bytes(4, value) + encoded_number(20, _STRING)
    if isinstance(value, Graph):
        return (
            encoded_bytes(1, name)
            + encoded_bytes(6, b"".join(value.parts()))
            + encoded_number(20, _GRAPH)
        )
    return (
        encoded_bytes(1, name)
        + b"".join(encoded_number(8, item) for item in value)
        + encoded_number(20, _INTS)
    )


def _value(name: str, data_type: int, shape: Sequence[int | str]) -> bytes:
    """Return a ValueInfoProto; a size that varies is given by its name."""
    sizes = b"".join(
        encoded_bytes(
            1, encoded_bytes(2, size) if isinstance(size, str) else encoded_number(1, size)
        )
        for size in shape
    )
    tensor_type = encoded_number(1, data_type) + encoded_bytes(2, sizes)
    return encoded_bytes(1, name) + encoded_bytes(2, encoded_bytes(1, tensor_type))


def constant_parts(name: str, value: np.ndarray) -> list[bytes]:
    """Return an array that a graph carries as the graph holds it, in pieces to be joined.

    Args:
        name: name to use it by.
        value: array of a type of `DATA_TYPES`.
    """
    little_endian = value.astype(value.dtype.newbyteorder("<"), copy=False)
    shape: tuple[int, ...] = value.shape
    head = b"".join(encoded_number(1, size) for size in shape)
    head += encoded_number(2, DATA_TYPES[value.dtype.name]) + encoded_bytes(8, name)
    # The array comes last: it is megabytes, and copied once only.
    head += _varint(9 << 3 | 2) + _varint(value.nbytes)
    return [
        _varint(5 << 3 | 2) + _varint(len(head) + value.nbytes) + head,
        little_endian.tobytes(),
    ]


class Graph:
    """An ONNX graph that is being written, node by node in the order of computation.

    Args:
        name: name of the graph.
        opset: version of the standard operators; of no effect in a graph within another.

    Example:
        >>> graph = Graph("negation", opset=17)
        >>> graph.input("x", FLOAT, ["batch"])
        >>> graph.output(graph.add("Neg", ["x"], "y"), FLOAT, ["batch"])
        >>> graph.serialize()[:2]  # the version of the format comes first
        b'\\x08\\x08'
    """

    def __init__(self, name: str, opset: int) -> None:
        self._name, self._opset = name, opset
        self._nodes: list[bytes] = []
        self._constants: list[tuple[str, list[bytes]]] = []
        self._inputs: list[bytes] = []
        self._outputs: list[bytes] = []
        self._names: set[str] = set()
        self._read: set[str] = set()

    def holds(self, name: str) -> bool:
        """Return whether there is a constant or an output of a node of that name.

        Args:
            name: the name.
        """
        return name in self._names

    def constant(self, name: str, value: np.ndarray) -> str:
        """Add an array that the graph carries where a node reads it; return its name.

        Args:
            name: name to use it by.
            value: float16, float32, int32 or int64 array.
        """
        self._names.add(name)
        self._constants.append((name, constant_parts(name, value)))
        return name

    def add(
        self,
        operator: str,
        inputs: Sequence[str],
        output: str | Sequence[str],
        **attributes: int | float | str | Sequence[int] | Graph,
    ) -> str:
        """Add a node; return the name of its first output, which names the node too.

        Args:
            operator: name of the ONNX operator.
            inputs: names of its inputs; an empty name leaves an optional one out.
            output: name of its output, or names of several.
            **attributes: the operator's attributes; a graph within this one may use its names.
        """
        outputs = [output] if isinstance(output, str) else list(output)
        self._names.update(outputs)
        self._read.update(inputs)
        for value in attributes.values():
            if isinstance(value, Graph):
                self._read |= value._read
        node = b"".join(encoded_bytes(1, name) for name in inputs)
        node += b"".join(encoded_bytes(2, name) for name in outputs)
        node += encoded_bytes(3, outputs[0]) + encoded_bytes(4, operator)
        node += b"".join(encoded_bytes(5, encoded_attribute(*item)) for item in attributes.items())
        self._nodes.append(encoded_bytes(1, node))
        return outputs[0]

    def input(self, name: str, data_type: int, shape: Sequence[int | str]) -> None:
        """Declare an input of the graph, such as `("lengths", INT32, ["batch"])`."""
        self._inputs.append(encoded_bytes(11, _value(name, data_type, shape)))

    def output(self, name: str, data_type: int, shape: Sequence[int | str]) -> None:
        """Declare an output of the graph."""
        self._read.add(name)
        self._outputs.append(encoded_bytes(12, _value(name, data_type, shape)))

    def parts(self) -> list[bytes]:
        """Return the content of the GraphProto, in pieces to be joined."""
        # ONNX Runtime warns of every constant that nothing reads.
        constants = [
            part for name, parts in self._constants if name in self._read for part in parts
        ]
        named = [*self._nodes, encoded_bytes(2, self._name), *constants]
        return [*named, *self._inputs, *self._outputs]

    def serialize(self) -> bytes:
        """Return the content of the ONNX file."""
        parts = self.parts()
        head = encoded_number(1, IR_VERSION) + encoded_bytes(2, "rnn-zoo")
        head += encoded_bytes(8, encoded_bytes(1, "") + encoded_number(2, self._opset))
        head += _varint(7 << 3 | 2) + _varint(sum(map(len, parts)))
        return b"".join([head, *parts])
