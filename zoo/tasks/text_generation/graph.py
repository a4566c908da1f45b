"""ONNX graphs of language models, written straight from a checkpoint's tensors, without Keras.

The state is explicit: a piece of a text is read as a pure function of its tokens and of the state
that the pieces before it have left.
"""

from __future__ import annotations

from typing import Final, Literal

import numpy as np

from zoo.formats import Checkpoint
from zoo.graphs.onnx_format import FLOAT, INT32, OPSET, Graph
from zoo.graphs.recurrent import add_last_step, add_layers
from zoo.interfaces import GraphFile
from zoo.networks.recurrent.graph import state_size, state_sizes
from zoo.networks.recurrent.spec import rnn_prefixes
from zoo.tasks.text_generation.specs import NEVER
from zoo.text.graph import add_embeddings
from zoo.text.language import PAD

__all__ = ["graphs", "language_model_graph"]

_TABLE = "token_embedding/embeddings"
_SCORES: Final = "log_probabilities"


def language_model_graph(
    checkpoint: Checkpoint, gives: Literal["log_probabilities", "logits", "state"] = _SCORES
) -> bytes:
    """Write the ONNX graph of a language model.

    Its inputs are `token_ids`, int32 (batch, time), pieces of texts without padding, and `state`,
    float32 (batch, size), zeros before the first piece. Its outputs are `log_probabilities`,
    float32 (batch, time, vocabulary), of what follows each token, and `next_state`.

    Args:
        checkpoint: a checkpoint of the task `text-generation`.
        gives: what it gives beside the state: `"log_probabilities"`; or `"logits"`, float32
            (batch, vocabulary), of what follows the last token of each text, which is all that
            writing needs; or nothing, `"state"`, for what is only to be gone on with.

    Returns:
        The content of the ONNX file.
    """
    spec, tensors = checkpoint.backbone, _others(checkpoint)
    graph = Graph("language_model", OPSET)
    graph.input("token_ids", INT32, ["batch", "time"])
    for axis in (0, 1):
        graph.constant(f"axis_{axis}", np.array([axis], np.int64))
    before, size = _add_state(graph, checkpoint)
    by_time = graph.add("Transpose", ["token_ids"], "token_ids_by_time", perm=[1, 0])
    sequence = add_embeddings(graph, checkpoint.tensors[_TABLE], by_time)
    prefixes = rnn_prefixes(spec)
    sequence, after = add_layers(graph, sequence, spec.cell, prefixes, tensors, before)
    if gives == "logits":
        rows = add_last_step(graph, sequence, "states")
        _add_logits(graph, rows, checkpoint, tensors)
        graph.output("logits", FLOAT, ["batch", spec.vocabulary_size])
    elif gives == _SCORES:
        # States are less to transpose than logits are.
        states = graph.add("Transpose", [sequence], "states", perm=[1, 0, 2])
        graph.constant("flat", np.array([-1, spec.features], np.int64))
        rows = graph.add("Reshape", [states, "flat"], "states_flat")
        logits = _add_logits(graph, rows, checkpoint, tensors)
        found = graph.add("LogSoftmax", [logits], "log_probabilities_flat", axis=-1)
        shape = graph.add("Shape", ["token_ids"], "shape")
        graph.constant("vocabulary", np.array([spec.vocabulary_size], np.int64))
        shape = graph.add("Concat", [shape, "vocabulary"], "log_probabilities_shape", axis=0)
        graph.add("Reshape", [found, shape], "log_probabilities")
        graph.output("log_probabilities", FLOAT, ["batch", "time", spec.vocabulary_size])
    graph.add("Concat", after, "next_state", axis=1)
    graph.output("next_state", FLOAT, ["batch", size])
    return graph.serialize()


def _others(checkpoint: Checkpoint) -> dict[str, np.ndarray]:
    """Return the tensors but for the table of tokens, as float32."""
    return {
        name: value.astype(np.float32)
        for name, value in checkpoint.tensors.items()
        if name != _TABLE
    }


def _add_state(graph: Graph, checkpoint: Checkpoint) -> tuple[list[list[str]], int]:
    """Add the input `state`; return names of the parts of every layer's, and its size."""
    sizes = state_sizes(checkpoint.backbone)
    size = state_size(checkpoint.backbone)
    graph.input("state", FLOAT, ["batch", size])
    before = [
        [f"before/layer_{layer}/{part}" for part in range(len(parts))]
        for layer, parts in enumerate(sizes)
    ]
    graph.constant("state_sizes", np.array([one for parts in sizes for one in parts], np.int64))
    graph.add("Split", ["state", "state_sizes"], [n for parts in before for n in parts], axis=1)
    return before, size


def _add_logits(
    graph: Graph, states: str, checkpoint: Checkpoint, tensors: dict[str, np.ndarray]
) -> str:
    """Add the logits of states, (rows, features); of a tied model the table is there already."""
    bias = tensors["logits/bias"].copy()
    bias[PAD] = NEVER
    graph.constant("logits/bias", bias)
    if not checkpoint.head.tied:
        kernel = graph.constant("logits/kernel", tensors["logits/kernel"])
        return graph.add("Gemm", [states, kernel, "logits/bias"], "logits")
    if "projection/kernel" in tensors:
        kernel = graph.constant("projection/kernel", tensors["projection/kernel"])
        states = graph.add("MatMul", [states, kernel], "projected")
    table = "embeddings_float" if graph.holds("embeddings_float") else "embeddings"
    return graph.add("Gemm", [states, table, "logits/bias"], "logits", transB=1)


def graphs(source: Checkpoint) -> tuple[GraphFile, ...]:
    """Return the graph that is published of a language model.

    Args:
        source: a verified checkpoint of one.
    """
    meanings = {
        "token_ids": "token ids of a piece of each text, of as many tokens each, none of them "
        "padding; the line end 2 first in the first piece alone",
        "state": "`next_state` of the piece before, at first zeros",
        "log_probabilities": "of every token that may follow each, in nats",
        "next_state": "`state` of the next piece",
    }
    return (GraphFile("onnx/model.onnx", language_model_graph(source), meanings),)
