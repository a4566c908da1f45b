"""ONNX graphs written straight from a checkpoint's tensors, without Keras.

Time is the first axis inside the graph, as ONNX Runtime's recurrent operators want it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from zoo.formats import Checkpoint
from zoo.graphs.onnx_format import FLOAT, INT32, OPSET, Graph
from zoo.interfaces import GraphFile
from zoo.networks.convolutional.graph import add_convolutions
from zoo.networks.convolutional.spec import ConvolutionalBackboneSpec
from zoo.networks.recurrent.graph import add_recurrent_layers, add_skip, add_step_mask
from zoo.networks.recurrent.ngram_graph import add_ngram_embeddings
from zoo.networks.recurrent.spec import NgramRecurrentBackboneSpec, RecurrentBackboneSpec
from zoo.networks.transformer.graph import add_encoder_blocks
from zoo.networks.transformer.spec import TransformerBackboneSpec
from zoo.text.graph import add_embeddings
from zoo.text.specs import TextBackboneSpec

__all__ = ["graphs", "text_classifier_graph"]

_ADD_LAYERS: dict[type[TextBackboneSpec], Callable[..., str]] = {
    RecurrentBackboneSpec: add_recurrent_layers,
    NgramRecurrentBackboneSpec: add_recurrent_layers,
    ConvolutionalBackboneSpec: add_convolutions,
    TransformerBackboneSpec: add_encoder_blocks,
}


def _add_pooling(graph: Graph, sequence: str, pooling: tuple[str, ...]) -> str:
    """Add pooling over time: past a text's end the states are zero and must not count."""
    pooled = []
    for kind in pooling:
        if kind in ("mean", "sqrtn"):
            total = graph.add("ReduceSum", [sequence, "axis_0"], f"{kind}/sum", keepdims=0)
            count = graph.add("Cast", ["lengths"], f"{kind}/lengths", to=FLOAT)
            if kind == "sqrtn":
                count = graph.add("Sqrt", [count], "sqrtn/root")
            column = graph.add("Unsqueeze", [count, "axis_1"], f"{kind}/column")
            pooled.append(graph.add("Div", [total, column], f"{kind}_over_time"))
        elif kind == "max":
            # Nothing is added to a state that counts; Where over all states would take longer.
            lowered = graph.add("Where", ["inside", "nothing", "lowest"], "lowered")
            kept = graph.add("Add", [sequence, lowered], "kept")
            pooled.append(graph.add("ReduceMax", [kept], "max_over_time", axes=[0], keepdims=0))
        else:
            last = graph.add("Sub", ["lengths", "one"], "last_step")
            index = graph.add("Unsqueeze", [last, "axes_0_2"], "last_index")
            index = graph.add("Expand", [index, "last_shape"], "last_indices")
            state = graph.add("GatherElements", [sequence, index], "last_state", axis=0)
            pooled.append(graph.add("Squeeze", [state, "axis_0"], "last_over_time"))
    return pooled[0] if len(pooled) == 1 else graph.add("Concat", pooled, "pooled", axis=1)


def text_classifier_graph(checkpoint: Checkpoint) -> bytes:
    """Write the ONNX graph of a text classifier.

    Its inputs are `token_ids`, int32 (batch, time), and `lengths`, int32 (batch), the true
    number of tokens of each row; its output is `probabilities`, float32 (batch, classes).

    Args:
        checkpoint: a checkpoint of the task `text-classification`.

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
    graph.input("lengths", INT32, ["batch"])
    shapes = {"axis_0": [0], "axis_1": [1], "axis_2": [2]}
    if "last" in head.pooling:
        shapes |= {"axes_0_2": [0, 2], "last_shape": [1, 1, spec.features]}
    for name, value in shapes.items():
        graph.constant(name, np.array(value, np.int64))
    graph.constant("nothing", np.array(0, np.float32))
    graph.constant("lowest", np.array(np.finfo(np.float32).min, np.float32))

    add_step_mask(graph, "token_ids")
    time_major = graph.add("Transpose", ["token_ids"], "token_ids_by_time", perm=[1, 0])
    sequence = add_embeddings(graph, table, time_major)
    if isinstance(spec, NgramRecurrentBackboneSpec):
        sequence = add_ngram_embeddings(graph, time_major, sequence, spec, ngrams)
    embedded = sequence
    longest = checkpoint.preprocessor.head_length + checkpoint.preprocessor.tail_length
    sequence = _ADD_LAYERS[type(spec)](graph, sequence, spec, tensors, longest)
    if isinstance(spec, RecurrentBackboneSpec) and spec.skip:
        sequence = add_skip(graph, sequence, embedded)
    pooled = _add_pooling(graph, sequence, head.pooling)
    kernel = graph.constant("logits/kernel", tensors["logits/kernel"])
    bias = graph.constant("logits/bias", tensors["logits/bias"])
    logits = graph.add("Gemm", [pooled, kernel, bias], "logits")
    graph.add("Softmax", [logits], "probabilities", axis=-1)

    graph.output("probabilities", FLOAT, ["batch", head.num_classes])
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
    return (GraphFile("onnx/model.onnx", text_classifier_graph(source), meanings),)
