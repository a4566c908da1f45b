"""The part of an ONNX graph that is a recurrent backbone over numeric series."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from zoo.graphs.onnx_format import FLOAT, INT32, Graph
from zoo.graphs.recurrent import add_layers, add_step_mask
from zoo.networks.recurrent.graph import add_no_state
from zoo.networks.recurrent.series_spec import SeriesRecurrentBackboneSpec, point_pairs
from zoo.networks.recurrent.spec import rnn_prefixes

__all__ = ["LEAST_SQUARE", "add_series_layers"]

# That of `zoo.layers.series_features`, which imports Keras.
LEAST_SQUARE = 1e-6


def add_series_layers(
    graph: Graph,
    spec: SeriesRecurrentBackboneSpec,
    tensors: Mapping[str, np.ndarray],
    *,
    scaled: bool,
) -> tuple[str, str]:
    """Add the backbone over the inputs `series`, float32 (batch, time, channels), and `lengths`.

    The graph gets the masks of `add_step_mask`, of frames.

    Args:
        graph: the graph, without inputs.
        spec: arguments of the backbone.
        tensors: the weights, float32, by name.
        scaled: whether the series is given with its channels scaled already.

    Returns:
        Names of the states, (frames, batch, features), zero past a series' end, and of the true
        number of frames of each.
    """
    graph.input("series", FLOAT, ["batch", "time", spec.channels])
    graph.input("lengths", INT32, ["batch"])
    for axis in range(3):
        graph.constant(f"axis_{axis}", np.array([axis], np.int64))
    x = "series" if scaled else _scaled(graph, "series", "scaling", tensors)
    if spec.scaled_twice:
        x = _scaled(graph, _features(graph, x, spec), "feature_scaling", tensors)
    lengths = "lengths"
    if spec.frame > 1:
        x, lengths = _frames(graph, x, spec)
    add_step_mask(graph, x, lengths=lengths)
    x = graph.add("Transpose", [x], "read_by_time", perm=[1, 0, 2])
    add_no_state(graph, spec)
    weights = dict(tensors)
    states, _ = add_layers(graph, x, spec.cell, rnn_prefixes(spec), weights, lengths=lengths)
    return states, lengths


def _scaled(graph: Graph, x: str, name: str, tensors: Mapping[str, np.ndarray]) -> str:
    mean, scale = (
        graph.constant(f"{name}/{part}", tensors[f"{name}/{part}"]) for part in ("mean", "scale")
    )
    centred = graph.add("Sub", [x, mean], f"{name}/centred")
    return graph.add("Div", [centred, scale], f"{name}/scaled")


def _features(graph: Graph, x: str, spec: SeriesRecurrentBackboneSpec) -> str:
    parts = [x]
    if spec.lags:
        steps = graph.add("Shape", [x], "features/time", start=1, end=2)
        start = graph.constant("features/start", np.array([0], np.int64))
    for lag in spec.lags:
        pads = graph.constant(f"lag_{lag}/pads", np.array([0, lag, 0, 0, 0, 0], np.int64))
        earlier = graph.add("Pad", [x, pads], f"lag_{lag}/padded", mode="edge")
        earlier = graph.add("Slice", [earlier, start, steps, "axis_1"], f"lag_{lag}/earlier")
        parts.append(graph.add("Sub", [x, earlier], f"lag_{lag}/difference"))
    if spec.point_dims:
        one, other = (
            graph.add(
                "Gather",
                [x, graph.constant(f"points/{name}_channels", channels.astype(np.int64))],
                f"points/{name}",
                axis=2,
            )
            for name, channels in zip(("one", "other"), point_pairs(spec), strict=True)
        )
        apart = graph.add("Sub", [one, other], "points/apart")
        squares = graph.add("Mul", [apart, apart], "points/squares")
        pairs = spec.step_features - spec.channels * (1 + len(spec.lags))
        shape = graph.constant("points/shape", np.array([0, 0, pairs, spec.point_dims], np.int64))
        squares = graph.add("Reshape", [squares, shape], "points/squares_by_pair")
        last = graph.constant("axis_3", np.array([3], np.int64))
        total = graph.add("ReduceSum", [squares, last], "points/total", keepdims=0)
        least = graph.constant("points/least", np.array(LEAST_SQUARE, np.float32))
        total = graph.add("Add", [total, least], "points/total_and_least")
        parts.append(graph.add("Sqrt", [total], "points/distances"))
    return graph.add("Concat", parts, "step_features", axis=2)


def _frames(graph: Graph, x: str, spec: SeriesRecurrentBackboneSpec) -> tuple[str, str]:
    """Add frames of steps, zeros past a series' end, and the number of each series' frames."""
    frame, features = spec.frame, spec.step_features
    for name, value in {
        "more": frame - 1,
        "frame": frame,
        "first": 0,
        "next": 1,
    }.items():
        graph.constant(f"frames/{name}", np.array(value, np.int32))
    graph.constant("frames/more_long", np.array([frame - 1], np.int64))
    graph.constant("frames/frame_long", np.array([frame], np.int64))
    graph.constant("frames/shape", np.array([0, -1, frame * features], np.int64))
    graph.constant("frames/before", np.zeros(4, np.int64))
    graph.constant("frames/after", np.zeros(1, np.int64))
    time = graph.add("Shape", [x], "frames/time", start=1, end=2)
    scalar = graph.add("Squeeze", [time, "axis_0"], "frames/time_scalar")
    scalar = graph.add("Cast", [scalar], "frames/time_int", to=INT32)
    steps = graph.add("Range", ["frames/first", scalar, "frames/next"], "frames/steps")
    column = graph.add("Unsqueeze", ["lengths", "axis_1"], "frames/lengths_column")
    inside = graph.add("Less", [steps, column], "frames/inside_by_row")
    inside = graph.add("Unsqueeze", [inside, "axis_2"], "frames/inside")
    inside = graph.add("Cast", [inside], "frames/inside_float", to=FLOAT)
    x = graph.add("Mul", [x, inside], "frames/kept")
    whole = graph.add("Add", [time, "frames/more_long"], "frames/time_and_more")
    whole = graph.add("Div", [whole, "frames/frame_long"], "frames/count")
    whole = graph.add("Mul", [whole, "frames/frame_long"], "frames/whole_time")
    rest = graph.add("Sub", [whole, time], "frames/rest")
    pads = graph.add("Concat", ["frames/before", rest, "frames/after"], "frames/pads", axis=0)
    x = graph.add("Pad", [x, pads], "frames/padded")
    x = graph.add("Reshape", [x, "frames/shape"], "frames/framed")
    more = graph.add("Add", ["lengths", "frames/more"], "frames/lengths_and_more")
    return x, graph.add("Div", [more, "frames/frame"], "frames/lengths")
