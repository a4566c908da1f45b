"""The ONNX graph of a classifier of series whose network is trained by gradient descent."""

from __future__ import annotations

import numpy as np

from zoo.formats import Checkpoint
from zoo.graphs.onnx_format import FLOAT, OPSET, Graph
from zoo.graphs.pooling import add_attention, add_pooling
from zoo.interfaces import GraphFile
from zoo.networks.recurrent.series_graph import add_series_layers

__all__ = ["classifier_graph", "graphs"]


def classifier_graph(checkpoint: Checkpoint, *, scaled: bool = False) -> bytes:
    """Write the ONNX graph of a classifier of series.

    Its inputs are `series`, float32 (batch, time, channels), padded at the end, and `lengths`,
    int32 (batch), the true number of steps of each; its output is `probabilities`, float32
    (batch, classes).

    Args:
        checkpoint: a checkpoint of the task `time-series-classification`.
        scaled: whether the series is given with its channels scaled already.

    Returns:
        The content of the ONNX file.
    """
    head = checkpoint.head
    tensors = {name: value.astype(np.float32) for name, value in checkpoint.tensors.items()}
    graph = Graph("sequence_classifier", OPSET)
    states, lengths = add_series_layers(graph, checkpoint.backbone, tensors, scaled=scaled)
    pooled = []
    if head.plain_pooling:
        graph.constant("axes_0_2", np.array([0, 2], np.int64))
        graph.constant("last_shape", np.array([1, 1, checkpoint.backbone.features], np.int64))
        pooled.append(add_pooling(graph, states, head.plain_pooling, lengths=lengths)[0])
    if head.attends:
        pooled.append(add_attention(graph, states, tensors))
    vector = pooled[0]
    if len(pooled) > 1:
        vector = graph.add("Concat", pooled, "pooled_and_attended", axis=1)
    kernel, bias = (
        graph.constant(f"logits/{part}", tensors[f"logits/{part}"]) for part in ("kernel", "bias")
    )
    logits = graph.add("Gemm", [vector, kernel, bias], "logits")
    graph.add("Softmax", [logits], "probabilities", axis=-1)
    graph.output("probabilities", FLOAT, ["batch", head.num_classes])
    return graph.serialize()


def graphs(source: Checkpoint) -> tuple[GraphFile, ...]:
    """Return the graph that is published.

    Args:
        source: a verified checkpoint of the task.
    """
    return (
        GraphFile(
            "onnx/model.onnx",
            classifier_graph(source),
            {
                "series": "the series, padded at the end",
                "lengths": "true number of steps of each series",
                "probabilities": "probability of each label, in the order of zoo.json",
            },
        ),
    )
