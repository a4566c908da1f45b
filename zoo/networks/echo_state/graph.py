"""ONNX graphs of echo state networks, in single precision, for readers other than the zoo.

The zoo itself runs them with NumPy and SciPy in double precision.
"""

from __future__ import annotations

import numpy as np

from zoo.formats import Checkpoint
from zoo.graphs.onnx_format import FLOAT, OPSET, Graph
from zoo.networks.echo_state.spec import CELL

__all__ = ["add_features", "add_readout", "start"]


def start(name: str, checkpoint: Checkpoint) -> Graph:
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


def add_features(graph: Graph, checkpoint: Checkpoint, state: str) -> str:
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


def add_readout(graph: Graph, checkpoint: Checkpoint, features: str) -> str:
    kernel, bias = (
        graph.constant(name, checkpoint.tensors[name].astype(np.float32))
        for name in ("readout/kernel", "readout/bias")
    )
    product = graph.add("MatMul", [features, kernel], "readout_product")
    return graph.add("Add", [product, bias], "readout")
