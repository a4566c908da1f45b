"""ONNX graphs written straight from a checkpoint's tensors, without Keras.

Time is the first axis inside the graph, as ONNX Runtime's recurrent operators want it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from zoo.formats import Checkpoint
from zoo.graphs.onnx_format import FLOAT, INT32, OPSET, Graph
from zoo.graphs.recurrent import add_layers, add_step_mask
from zoo.interfaces import GraphFile
from zoo.networks.convolutional.graph import add_convolutions
from zoo.networks.convolutional.spec import ConvolutionalBackboneSpec
from zoo.networks.recurrent.graph import add_recurrent_layers, add_skip
from zoo.networks.recurrent.ngram_graph import add_ngram_embeddings
from zoo.networks.recurrent.spec import (
    NgramRecurrentBackboneSpec,
    RecurrentBackboneSpec,
    rnn_prefixes,
)
from zoo.networks.transformer.graph import add_encoder_blocks
from zoo.networks.transformer.spec import TransformerBackboneSpec
from zoo.tasks.text_classification.pooling_graph import add_pooling, add_state
from zoo.text.graph import add_embeddings
from zoo.text.specs import TextBackboneSpec

__all__ = ["graphs", "streams", "text_classifier_graph"]

_ADD_LAYERS: dict[type[TextBackboneSpec], Callable[..., str]] = {
    RecurrentBackboneSpec: add_recurrent_layers,
    NgramRecurrentBackboneSpec: add_recurrent_layers,
    ConvolutionalBackboneSpec: add_convolutions,
    TransformerBackboneSpec: add_encoder_blocks,
}


def text_classifier_graph(checkpoint: Checkpoint, *, stream: bool = False) -> bytes:
    """Write the ONNX graph of a text classifier.

    Its inputs are `token_ids`, int32 (batch, time), and `lengths`, int32 (batch), the true
    number of tokens of each row; its output is `probabilities`, float32 (batch, classes).

    That of a stream reads a piece of every text, of as many tokens each. In place of `lengths` it
    has the input `state`, float32 (batch, size), zeros before the first piece, and it has the
    output `next_state` too, to go on from.

    Args:
        checkpoint: a checkpoint of the task `text-classification`.
        stream: whether it is that of a stream, of a network that reads in one direction.

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
    ngrams = {name: value for name, value in tensors.items() if name.startswith("ngram_")}
    tensors = {
        name: value.astype(np.float32) for name, value in tensors.items() if name not in ngrams
    }
    graph = Graph("text_classifier", OPSET)
    graph.input("token_ids", INT32, ["batch", "time"])
    if not stream:
        graph.input("lengths", INT32, ["batch"])
    shapes = {"axis_0": [0], "axis_1": [1], "axis_2": [2]}
    if "last" in head.pooling and not stream:
        shapes |= {"axes_0_2": [0, 2], "last_shape": [1, 1, spec.features]}
    for name, value in shapes.items():
        graph.constant(name, np.array(value, np.int64))
    before = add_state(graph, spec, head.pooling) if stream else None
    add_step_mask(graph, "token_ids", padded=not stream)
    time_major = graph.add("Transpose", ["token_ids"], "token_ids_by_time", perm=[1, 0])
    sequence = add_embeddings(graph, table, time_major)
    after: list[str] = []
    if isinstance(spec, NgramRecurrentBackboneSpec):
        sequence, after = add_ngram_embeddings(
            graph, time_major, sequence, spec, ngrams, before.ngrams if before else ()
        )
    embedded = sequence
    if before is not None:
        sequence, states = add_layers(
            graph, sequence, spec.cell, rnn_prefixes(spec), tensors, before.layers
        )
        after = [*states, *after]
    else:
        longest = checkpoint.preprocessor.head_length + checkpoint.preprocessor.tail_length
        sequence = _ADD_LAYERS[type(spec)](graph, sequence, spec, tensors, longest)
    if isinstance(spec, RecurrentBackboneSpec) and spec.skip:
        sequence = add_skip(graph, sequence, embedded, padded=not stream)
    pooled, sums = add_pooling(graph, sequence, head.pooling, before.pooled if before else None)
    kernel = graph.constant("logits/kernel", tensors["logits/kernel"])
    bias = graph.constant("logits/bias", tensors["logits/bias"])
    logits = graph.add("Gemm", [pooled, kernel, bias], "logits")
    graph.add("Softmax", [logits], "probabilities", axis=-1)
    graph.output("probabilities", FLOAT, ["batch", head.num_classes])
    if before is not None:
        graph.add("Concat", [*after, *sums], "next_state", axis=1)
        graph.output("next_state", FLOAT, ["batch", before.size])
    return graph.serialize()


def graphs(source: Checkpoint) -> tuple[GraphFile, ...]:
    """Return the graphs that are published of a classifier.

    Args:
        source: a verified checkpoint of one.
    """
    meanings = {
        "token_ids": "token ids, the start token 2 first, padded with 0",
        "lengths": "true number of tokens of each text",
        "probabilities": "probability of each label, in the order of zoo.json",
    }
    whole = GraphFile("onnx/model.onnx", text_classifier_graph(source), meanings)
    if not streams(source):
        return (whole,)
    meanings = {
        "token_ids": "token ids of a piece of each text, of as many tokens each, none of them "
        "padding; the start token 2 first in the first piece alone",
        "state": "`next_state` of the piece before, at first zeros",
        "probabilities": "probability of each label for what has been read of each text",
        "next_state": "`state` of the next piece",
    }
    stream = text_classifier_graph(source, stream=True)
    return whole, GraphFile("onnx/stream.onnx", stream, meanings)


def streams(source: Checkpoint) -> bool:
    """Return whether a classifier can read a text piece by piece.

    Args:
        source: a verified checkpoint of one.
    """
    spec = source.backbone
    return isinstance(spec, RecurrentBackboneSpec) and not spec.bidirectional
