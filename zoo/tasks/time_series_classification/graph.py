"""The ONNX graph of a classifier of series, in single precision, for readers other than the zoo.

The zoo itself computes with NumPy and SciPy in double precision.
"""

from __future__ import annotations

import numpy as np

from zoo.formats import Checkpoint
from zoo.graphs.onnx_format import FLOAT, INT32, INT64
from zoo.interfaces import GraphFile
from zoo.networks.echo_state.graph import add_features, add_readout, start

__all__ = ["graphs", "sequence_classifier_graph"]


def sequence_classifier_graph(checkpoint: Checkpoint) -> bytes:
    """Write the ONNX graph of a classifier of series.

    Its inputs are `series`, float32 (batch, time, channels), padded at the end, and `lengths`,
    int32 (batch), the true number of steps of each; its output is `probabilities`, float32
    (batch, classes).

    Args:
        checkpoint: a checkpoint of the task `time-series-classification`.

    Returns:
        The content of the ONNX file.
    """
    spec, head = checkpoint.backbone, checkpoint.head
    graph = start("sequence_classifier", checkpoint)
    graph.input("lengths", INT32, ["batch"])
    # Whole numbers decide between which steps a point lies, as in `SeriesSampling`.
    parts = max(1, head.points - 1)
    for name, value in {
        "one": 1,
        "axis_1": [1],
        "parts": parts,
        "units": [spec.units],
        "points": np.arange(parts + 1)[-head.points :],
        "sampled_shape": [0, head.points * spec.features],
    }.items():
        graph.constant(name, np.array(value, np.int64))
    graph.constant("zero_float", np.zeros((1, 1), np.float32))
    graph.constant("parts_float", np.array(parts, np.float32))
    long = graph.add("Cast", ["lengths"], "long_lengths", to=INT64)
    batch = graph.add("Shape", ["lengths"], "batch_size")
    shape = graph.add("Concat", [batch, "units"], "state_shape", axis=0)
    features = add_features(graph, checkpoint, graph.add("Expand", ["zero_float", shape], "state"))

    last = graph.add("Unsqueeze", [graph.add("Sub", [long, "one"], "last"), "axis_1"], "last_step")
    index = graph.add("Mul", [last, "points"], "index")
    before = graph.add("Div", [index, "parts"], "before")
    after = graph.add("Min", [graph.add("Add", [before, "one"], "following"), last], "after_step")
    rest = graph.add("Sub", [index, graph.add("Mul", [before, "parts"], "whole")], "rest")
    share = graph.add("Cast", [rest], "rest_float", to=FLOAT)
    share = graph.add("Div", [share, "parts_float"], "share_flat")
    share = graph.add("Unsqueeze", [share, "axis_2"], "share")
    first, second = (
        graph.add(
            "GatherND",
            [features, graph.add("Unsqueeze", [steps, "axis_2"], f"{steps}_index")],
            f"at_{steps}",
            batch_dims=1,
        )
        for steps in (before, after)
    )
    way = graph.add("Mul", [graph.add("Sub", [second, first], "difference"), share], "way")
    sampled = graph.add("Add", [first, way], "sampled_points")
    sampled = graph.add("Reshape", [sampled, "sampled_shape"], "sampled")
    graph.add("Softmax", [add_readout(graph, checkpoint, sampled)], "probabilities", axis=-1)
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
            sequence_classifier_graph(source),
            {
                "series": "the series, padded at the end",
                "lengths": "true number of steps of each series",
                "probabilities": "probability of each label, in the order of zoo.json",
            },
        ),
    )
