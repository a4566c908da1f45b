"""The ONNX files of a published checkpoint, and what their inputs and outputs are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from zoo.formats import WEIGHTS, Checkpoint
from zoo.graphs.onnx_edit import documented
from zoo.graphs.session import make_session
from zoo.task import task_of

__all__ = ["OnnxFile", "TensorInfo", "described", "onnx_files", "onnx_metadata"]


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
    metadata = onnx_metadata(loaded)
    return [
        described(graph.name, graph.content, graph.meanings, metadata)
        for graph in task_of(loaded.info).graphs(loaded)
    ]


def onnx_metadata(loaded: Checkpoint) -> dict[str, str]:
    """Return what an ONNX file says of the checkpoint that it was made from.

    Args:
        loaded: a verified checkpoint.
    """
    info = loaded.info
    told = {
        "name": info.name,
        "task": info.task,
        "architecture": info.architecture,
        "description": info.description,
        "labels": json.dumps(info.labels, ensure_ascii=False) if info.labels else "",
        "license": info.licenses.weights if info.licenses else "",
        "weights_sha256": info.files[WEIGHTS].sha256 if WEIGHTS in info.files else "",
    }
    return {key: value for key, value in told.items() if value}


def described(
    name: str, content: bytes, meanings: Mapping[str, str], metadata: Mapping[str, str]
) -> OnnxFile:
    """Return an ONNX file that says what it is, and what goes in and comes out.

    Args:
        name: its name in a repository.
        content: the graph.
        meanings: what every input and output is, by name.
        metadata: what else readers are told, by key.
    """
    import zoo

    content = documented(content, meanings, metadata, zoo.__version__)
    session = make_session(content)
    inputs, outputs = (
        tuple(
            TensorInfo(
                tensor.name,
                tensor.type.removeprefix("tensor(").rstrip(")").replace("float", "float32"),
                tuple(tensor.shape),
                meanings[tensor.name],
            )
            for tensor in tensors
        )
        for tensors in (session.get_inputs(), session.get_outputs())
    )
    return OnnxFile(name, content, inputs, outputs)
