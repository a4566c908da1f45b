"""The ONNX files of a published checkpoint, and what their inputs and outputs are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from zoo.formats import Checkpoint
from zoo.graphs.session import make_session
from zoo.networks.echo_state.graph import forecaster_graph, sequence_classifier_graph
from zoo.tasks.text_classification.graph import text_classifier_graph
from zoo.tasks.translation.graph import decoder_step_graph, encoder_graph

__all__ = ["OnnxFile", "TensorInfo", "onnx_files"]

_SOURCE = {
    "token_ids": "token ids of the sources, the end token 3 last, padded with 0",
    "lengths": "true number of tokens of each source",
}
_MEMORY = {
    "values": "what the encoder read",
    "keys": "what the decoder's queries are compared with",
}


@dataclass(frozen=True)
class _Kind:
    name: str
    graph: Callable[[Checkpoint], bytes]
    meanings: dict[str, str]


# Of every task its graphs, and the meanings of what goes in and comes out.
_KINDS: dict[str, tuple[_Kind, ...]] = {
    "text-classification": (
        _Kind(
            "onnx/model.onnx",
            text_classifier_graph,
            {
                "token_ids": "token ids, the start token 2 first, padded with 0",
                "lengths": "true number of tokens of each text",
                "probabilities": "probability of each label, in the order of zoo.json",
            },
        ),
    ),
    "translation": (
        _Kind(
            "onnx/encoder.onnx",
            encoder_graph,
            {**_SOURCE, **_MEMORY, "state": "the decoder's first state"},
        ),
        _Kind(
            "onnx/decoder_step.onnx",
            decoder_step_graph,
            {
                "token_ids": "the token before the one to tell, at first the start token 2",
                "state": "the state so far",
                "fed": "`output` of the step before, at first zeros",
                **_MEMORY,
                "mask": "which source tokens are not padding",
                "log_probabilities": "of every next token; 3 ends a sentence",
                "next_state": "`state` of the next step",
                "output": "`fed` of the next step",
                "weights": "where the decoder looked",
            },
        ),
    ),
    "time-series-forecasting": (
        _Kind(
            "onnx/model.onnx",
            forecaster_graph,
            {
                "series": "the series",
                "state": "state of the reservoir, zeros at first",
                "forecasts": "of every step the one that follows",
                "next_state": "`state` to go on from",
            },
        ),
    ),
    "time-series-classification": (
        _Kind(
            "onnx/model.onnx",
            sequence_classifier_graph,
            {
                "series": "the series, padded at the end",
                "lengths": "true number of steps of each series",
                "probabilities": "probability of each label, in the order of zoo.json",
            },
        ),
    ),
}


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
    for kind in _KINDS[loaded.info.task]:
        content = kind.graph(loaded)
        session = make_session(content)
        inputs, outputs = (
            tuple(
                TensorInfo(
                    tensor.name,
                    tensor.type.removeprefix("tensor(").rstrip(")").replace("float", "float32"),
                    tuple(tensor.shape),
                    kind.meanings[tensor.name],
                )
                for tensor in tensors
            )
            for tensors in (session.get_inputs(), session.get_outputs())
        )
        files.append(OnnxFile(kind.name, content, inputs, outputs))
    return files
