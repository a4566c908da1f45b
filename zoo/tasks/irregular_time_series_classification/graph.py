"""The ONNX graph of a classifier of irregular series, in single precision.

The zoo itself computes with NumPy in double precision.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from zoo.formats import Checkpoint
from zoo.graphs.irregular import add_summary, begin, scaled
from zoo.graphs.onnx_format import FLOAT
from zoo.interfaces import GraphFile
from zoo.networks.grud import graph as grud
from zoo.networks.grud.spec import GRUDBackboneSpec
from zoo.networks.odernn import graph as odernn
from zoo.networks.odernn.spec import ODERNNBackboneSpec
from zoo.series.irregular_features import FURTHEST
from zoo.series.irregular_spec import IrregularBackboneSpec

__all__ = ["graphs", "irregular_classifier_graph"]

_STATES: dict[type[IrregularBackboneSpec], Callable[..., str]] = {
    GRUDBackboneSpec: grud.add_states,
    ODERNNBackboneSpec: odernn.add_states,
}


def irregular_classifier_graph(checkpoint: Checkpoint) -> bytes:
    """Write the ONNX graph of a classifier of irregular series.

    Its inputs are those of `zoo.graphs.irregular.begin`; its output is `probabilities`, float32
    (batch, classes).

    Args:
        checkpoint: a checkpoint of the task `irregular-time-series-classification`.

    Returns:
        The content of the ONNX file.
    """
    spec, head, tensors = checkpoint.backbone, checkpoint.head, checkpoint.tensors
    graph = begin("irregular_classifier", len(spec.variables), len(spec.statics))
    values, measured = scaled(graph, tensors, "values", "scaling", FURTHEST)
    # The layers of Keras give 0 for what was not measured, and so must this.
    values = graph.add("Mul", [values, measured], "scaled_values")
    state = _STATES[type(spec)](graph, spec, tensors, values, measured)
    facts = [add_summary(graph, values, measured, FURTHEST)]
    if spec.statics:
        static, known = scaled(graph, tensors, "static", "static_scaling", FURTHEST)
        facts += [graph.add("Mul", [static, known], "scaled_static"), known]
    for part in ("mean", "scale"):
        name = f"facts_scaling/{part}"
        graph.constant(name, tensors[name].astype(np.float32))
    x = graph.add("Concat", facts, "facts", axis=1)
    x = graph.add("Sub", [x, "facts_scaling/mean"], "centred_facts")
    x = graph.add("Div", [x, "facts_scaling/scale"], "scaled_facts")
    x = graph.add("Concat", [state, x], "features", axis=1)
    for layer in ("hidden", "logits") if head.hidden_units else ("logits",):
        kernel, bias = (
            graph.constant(name, tensors[name].astype(np.float32))
            for name in (f"{layer}/kernel", f"{layer}/bias")
        )
        product = graph.add("MatMul", [x, kernel], f"{layer}_product")
        x = graph.add("Add", [product, bias], layer)
        if layer == "hidden":
            x = graph.add("Relu", [x], "hidden_relu")
    graph.add("Softmax", [x], "probabilities", axis=-1)
    graph.output("probabilities", FLOAT, ["batch", head.num_classes])
    return graph.serialize()


def graphs(source: Checkpoint) -> tuple[GraphFile, ...]:
    """Return the graph that is published.

    Args:
        source: a verified checkpoint of the task.
    """
    meanings = {
        "times": "time of every step since the first of its series, ascending",
        "values": "what was measured then, NaN for what was not and for padding",
        "static": "what does not change, NaN where it is unknown",
        "lengths": "true number of steps of each series",
        "probabilities": "probability of each label, in the order of zoo.json",
    }
    if not source.backbone.statics:
        del meanings["static"]
    return (GraphFile("onnx/model.onnx", irregular_classifier_graph(source), meanings),)
