"""ONNX graphs of echo state networks, in single precision, for readers other than the zoo.

The zoo itself runs them with NumPy and SciPy in double precision.
"""

from __future__ import annotations

import numpy as np

from zoo.formats import Checkpoint
from zoo.graphs.onnx_format import FLOAT, INT32, INT64, OPSET, Graph
from zoo.networks.echo_state.spec import CELL

__all__ = ["forecaster_graph", "sequence_classifier_graph"]


def _start(name: str, checkpoint: Checkpoint) -> Graph:
    """Begin a graph with the series, scaled, and what its reservoir's weights make of it."""
    spec, tensors = checkpoint.backbone, checkpoint.tensors
    graph = Graph(name, OPSET)
    graph.input("series", FLOAT, ["batch", "time", spec.channels])
    for tensor in ("scaling/mean", "scaling/scale", f"{CELL}/input_kernel", f"{CELL}/bias"):
        graph.constant(tensor, tensors[tensor].astype(np.float32))
    graph.constant(f"{CELL}/recurrent_values", tensors[f"{CELL}/recurrent_values"].astype("f4"))
    columns = tensors[f"{CELL}/recurrent_columns"]
    graph.constant("columns", columns.astype(np.int64).ravel())
    graph.constant("heard_shape", np.array([0, *columns.shape], np.int64))
    graph.constant("axis_2", np.array([2], np.int64))
    graph.constant("leak_rate", np.array(spec.leak_rate, np.float32))
    graph.constant("kept_rate", np.array(1.0 - spec.leak_rate, np.float32))
    centred = graph.add("Sub", ["series", "scaling/mean"], "centred")
    graph.add("Div", [centred, "scaling/scale"], "scaled")
    return graph


def _add_features(graph: Graph, checkpoint: Checkpoint, state: str) -> str:
    """Add the reservoir over time from a first state; return states and series side by side."""
    units = checkpoint.backbone.units
    by_time = graph.add("Transpose", ["scaled"], "scaled_by_time", perm=[1, 0, 2])
    driven = graph.add("MatMul", [by_time, f"{CELL}/input_kernel"], "driven_product")
    driven = graph.add("Add", [driven, f"{CELL}/bias"], "driven")
    step = Graph("step", 0)
    step.input("before", FLOAT, ["batch", units])
    step.input("input", FLOAT, ["batch", units])
    heard = step.add("Gather", ["before", "columns"], "heard_flat", axis=1)
    heard = step.add("Reshape", [heard, "heard_shape"], "heard")
    heard = step.add("Mul", [heard, f"{CELL}/recurrent_values"], "heard_weighted")
    total = step.add("ReduceSum", [heard, "axis_2"], "carried", keepdims=0)
    total = step.add("Add", [total, "input"], "total")
    new = step.add("Mul", ["leak_rate", step.add("Tanh", [total], "excited")], "renewed")
    old = step.add("Mul", ["kept_rate", "before"], "leaked")
    step.add("Add", [old, new], "after")
    step.add("Identity", ["after"], "kept")
    step.output("after", FLOAT, ["batch", units])
    step.output("kept", FLOAT, ["batch", units])
    graph.add("Scan", [state, driven], ["next_state", "states"], body=step, num_scan_inputs=1)
    states = graph.add("Transpose", ["states"], "states_by_series", perm=[1, 0, 2])
    return graph.add("Concat", [states, "scaled"], "features", axis=2)


def _add_readout(graph: Graph, checkpoint: Checkpoint, features: str) -> str:
    kernel, bias = (
        graph.constant(name, checkpoint.tensors[name].astype(np.float32))
        for name in ("readout/kernel", "readout/bias")
    )
    product = graph.add("MatMul", [features, kernel], "readout_product")
    return graph.add("Add", [product, bias], "readout")


def forecaster_graph(checkpoint: Checkpoint) -> bytes:
    """Write the ONNX graph of a forecaster.

    Its inputs are `series`, float32 (batch, time, channels), and `state`, float32 (batch, units),
    zeros at first; its outputs are `forecasts`, of the shape of `series`, the step after each of
    its steps, and `next_state`, to go on from. Fed its own last forecast it runs freely.

    Args:
        checkpoint: a checkpoint of the task `time-series-forecasting`.

    Returns:
        The content of the ONNX file.
    """
    spec = checkpoint.backbone
    graph = _start("forecaster", checkpoint)
    graph.input("state", FLOAT, ["batch", spec.units])
    features = _add_features(graph, checkpoint, "state")
    if checkpoint.head.squares:
        squares = graph.add("Mul", [features, features], "squares")
        features = graph.add("Concat", [features, squares], "features_and_squares", axis=2)
    outputs = _add_readout(graph, checkpoint, features)
    outputs = graph.add("Mul", [outputs, "scaling/scale"], "stretched")
    graph.add("Add", [outputs, "scaling/mean"], "forecasts")
    graph.output("forecasts", FLOAT, ["batch", "time", spec.channels])
    graph.output("next_state", FLOAT, ["batch", spec.units])
    return graph.serialize()


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
    graph = _start("sequence_classifier", checkpoint)
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
    features = _add_features(graph, checkpoint, graph.add("Expand", ["zero_float", shape], "state"))

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
    graph.add("Softmax", [_add_readout(graph, checkpoint, sampled)], "probabilities", axis=-1)
    graph.output("probabilities", FLOAT, ["batch", head.num_classes])
    return graph.serialize()
