"""Read back the ONNX files that the zoo writes, to document or change them.

Only what `zoo.graphs.onnx_format` writes is read here, and only files of the zoo's own making: it
is no reader of models from elsewhere.

Reference:
    https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from zoo.graphs.onnx_format import DATA_TYPES, constant_parts, encoded_bytes, encoded_number

__all__ = ["Model", "Node", "documented", "parse_model"]

_TYPES = {number: np.dtype(name) for name, number in DATA_TYPES.items()}


@dataclass
class Node:
    """A node of a graph.

    Attributes:
        operator: name of its operator.
        inputs: names of its inputs; an empty name leaves an optional one out.
        outputs: names of its outputs.
        attributes: its attributes, each as the file holds it.
        domain: of its operator; empty for a standard one.
    """

    operator: str
    inputs: list[str]
    outputs: list[str]
    attributes: list[bytes] = field(default_factory=list)
    domain: str = ""

    def encoded(self) -> bytes:
        """Return the node as the file holds it; it bears the name of its first output."""
        content = b"".join(encoded_bytes(1, name) for name in self.inputs)
        content += b"".join(encoded_bytes(2, name) for name in self.outputs)
        content += encoded_bytes(3, self.outputs[0]) + encoded_bytes(4, self.operator)
        content += b"".join(encoded_bytes(5, attribute) for attribute in self.attributes)
        return content + (encoded_bytes(7, self.domain) if self.domain else b"")


@dataclass
class Model:
    """What an ONNX file holds.

    Attributes:
        name: name of the graph.
        nodes: its nodes, in the order of computation.
        constants: the arrays that it carries, by name.
        inputs: declarations of its inputs, as the file holds them, by name.
        outputs: the same of its outputs.
        opsets: version of the operators by their domain.
        ir_version: version of the format.
    """

    name: str
    nodes: list[Node]
    constants: dict[str, np.ndarray]
    inputs: dict[str, bytes]
    outputs: dict[str, bytes]
    opsets: dict[str, int]
    ir_version: int

    def serialize(
        self,
        meanings: Mapping[str, str] | None = None,
        metadata: Mapping[str, str] | None = None,
        version: str = "",
    ) -> bytes:
        """Return the content of the ONNX file.

        Args:
            meanings: what inputs and outputs are, by name.
            metadata: what else readers are told, by key.
            version: that of the program that wrote it.
        """
        told = meanings or {}
        graph = [encoded_bytes(1, node.encoded()) for node in self.nodes]
        graph.append(encoded_bytes(2, self.name))
        for name, value in self.constants.items():
            graph += constant_parts(name, value)
        for number, values in ((11, self.inputs), (12, self.outputs)):
            for name, content in values.items():
                meaning = encoded_bytes(3, told[name]) if name in told else b""
                graph.append(encoded_bytes(number, content + meaning))
        head = encoded_number(1, self.ir_version) + encoded_bytes(2, "rnn-zoo")
        head += encoded_bytes(3, version) if version else b""
        for domain, opset in self.opsets.items():
            head += encoded_bytes(8, encoded_bytes(1, domain) + encoded_number(2, opset))
        for key, text in (metadata or {}).items():
            head += encoded_bytes(14, encoded_bytes(1, key) + encoded_bytes(2, text))
        # The key of the graph, then its length: the megabytes themselves are joined but once.
        size = encoded_number(7, sum(map(len, graph)))
        return b"".join([head, bytes([7 << 3 | 2]), size[1:], *graph])


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def _fields(data: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Yield number and content of every field of a message: a number, or bytes."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        if key & 7 == 0:
            value, at = _varint(data, at)
            yield key >> 3, value
        else:
            size, start = _varint(data, at) if key & 7 == 2 else (4, at)
            at = start + size
            yield key >> 3, data[start:at]


def _text(data: int | memoryview) -> str:
    assert isinstance(data, memoryview)
    return bytes(data).decode("utf-8")


def _node(data: memoryview) -> Node:
    node = Node("", [], [])
    for number, value in _fields(data):
        if number == 1:
            node.inputs.append(_text(value))
        elif number == 2:
            node.outputs.append(_text(value))
        elif number == 4:
            node.operator = _text(value)
        elif number == 5:
            node.attributes.append(bytes(value))
        elif number == 7:
            node.domain = _text(value)
    return node


def _constant(data: memoryview) -> tuple[str, np.ndarray]:
    shape: list[int] = []
    name, kind, content = "", np.dtype("f4"), memoryview(b"")
    for number, value in _fields(data):
        if number == 1:
            assert isinstance(value, int)
            shape.append(value)
        elif number == 2:
            assert isinstance(value, int)
            kind = _TYPES[value]
        elif number == 8:
            name = _text(value)
        elif number == 9:
            assert isinstance(value, memoryview)
            content = value
    array = np.frombuffer(content, kind.newbyteorder("<")).reshape(shape)
    return name, array.astype(kind, copy=False)


def _declared(data: memoryview) -> tuple[str, bytes]:
    """Return the name of an input or output, and its declaration without what it means."""
    kept, name = b"", ""
    for number, value in _fields(data):
        assert isinstance(value, memoryview)
        if number == 1:
            name = _text(value)
        if number in (1, 2):
            kept += encoded_bytes(number, bytes(value))
    return name, kept


def parse_model(content: bytes) -> Model:
    """Read an ONNX file of the zoo's own making.

    Args:
        content: what `Graph.serialize` or `Model.serialize` returned.

    Example:
        >>> from zoo.graphs.onnx_format import FLOAT, Graph
        >>> graph = Graph("negation", opset=17)
        >>> graph.input("x", FLOAT, ["batch"])
        >>> graph.output(graph.add("Neg", ["x"], "y"), FLOAT, ["batch"])
        >>> parse_model(graph.serialize()).nodes[0].operator
        'Neg'
    """
    model = Model("", [], {}, {}, {}, {}, 0)
    for number, value in _fields(memoryview(content)):
        if number == 1:
            assert isinstance(value, int)
            model.ir_version = value
        elif number == 8:
            assert isinstance(value, memoryview)
            opset = dict(_fields(value))
            version = opset[2]
            assert isinstance(version, int)
            model.opsets[_text(opset.get(1, memoryview(b"")))] = version
        elif number == 7:
            assert isinstance(value, memoryview)
            _read_graph(model, value)
    return model


def _read_graph(model: Model, data: memoryview) -> None:
    for number, value in _fields(data):
        assert isinstance(value, memoryview)
        if number == 1:
            model.nodes.append(_node(value))
        elif number == 2:
            model.name = _text(value)
        elif number == 5:
            name, array = _constant(value)
            model.constants[name] = array
        elif number in (11, 12):
            name, declared = _declared(value)
            (model.inputs if number == 11 else model.outputs)[name] = declared


def documented(
    content: bytes, meanings: Mapping[str, str], metadata: Mapping[str, str], version: str
) -> bytes:
    """Return an ONNX file of the zoo that says what it is.

    Args:
        content: the file.
        meanings: what every input and output is, by name.
        metadata: what else readers are told, by key.
        version: that of the program that wrote it.
    """
    return parse_model(content).serialize(meanings, metadata, version)
