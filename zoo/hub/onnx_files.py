"""The ONNX files of a published checkpoint, and what their inputs and outputs are."""

from __future__ import annotations

from dataclasses import dataclass

from zoo.formats import Checkpoint
from zoo.graphs.session import make_session
from zoo.task import task_of

__all__ = ["OnnxFile", "TensorInfo", "onnx_files"]


@dataclass(frozen=True)
class TensorInfo:
    """An input or output of an ONNX graph: its name, type, shape and meaning."""

    name: str
    type: str
    shape: tuple[int | str, ...]
    meaning: str


@dataclass(frozen=True)
class OnnxFile:
    """An ONNX file: its name in the repository, its content, and what goes in and comes out."""

    name: str
    content: bytes
    inputs: tuple[TensorInfo, ...]
    outputs: tuple[TensorInfo, ...]


def onnx_files(loaded: Checkpoint) -> list[OnnxFile]:
    """Return the ONNX files of a checkpoint, the same bytes for the same checkpoint.

    Args:
        loaded: a verified checkpoint.

    Example:
        >>> from zoo import checkpoint, registry
        >>> (file,) = onnx_files(checkpoint.read(registry.resolve("lstm-imdb")))
        >>> file.name, [tensor.name for tensor in file.inputs]
        ('onnx/model.onnx', ['token_ids', 'lengths'])
    """
    files = []
    for graph in task_of(loaded.info).graphs(loaded):
        session = make_session(graph.content)
        inputs, outputs = (
            tuple(
                TensorInfo(
                    tensor.name,
                    tensor.type.removeprefix("tensor(").rstrip(")").replace("float", "float32"),
                    tuple(tensor.shape),
                    graph.meanings[tensor.name],
                )
                for tensor in tensors
            )
            for tensors in (session.get_inputs(), session.get_outputs())
        )
        files.append(OnnxFile(graph.name, graph.content, inputs, outputs))
    return files
