"""The ONNX graph of SegRNN: the same as its backbone, without padding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from zoo.graphs.onnx_format import FLOAT, OPSET, Graph
from zoo.graphs.recurrent import rnn_weights
from zoo.networks.segrnn.spec import CELL, SegRNNBackboneSpec

__all__ = ["add_forecast", "add_segments", "start"]


# More outputs than so many are put in order by an operator that sorts.
_COMPARED = 9


def start(name: str, spec: SegRNNBackboneSpec) -> Graph:
    """Begin a graph whose input is `series`, float32 (batch, time, channels), none padded."""
    graph = Graph(name, OPSET)
    graph.input("series", FLOAT, ["batch", "time", spec.channels])
    return graph


def add_segments(graph: Graph, spec: SegRNNBackboneSpec, tensors: Mapping[str, np.ndarray]) -> str:
    """Add what the backbone makes of `series`.

    `last` is the last step of every series, (batch, 1, channels).

    Args:
        graph: the graph, as `start` leaves it.
        spec: arguments of the backbone.
        tensors: the weights by name.

    Returns:
        Name of the features, (batch, channels, positions, units).
    """
    channels, segment, units = spec.channels, spec.segment, spec.units
    weights = {name: tensors[name].astype(np.float32) for name in spec.layer_shapes()}
    for name, whole in {
        "zero": 0,
        "one": 1,
        "segment_long": segment,
        "most_segments": spec.look_back // segment,
        "axis_0": [0],
        "last_index": [-1],
        "by_segments": [0, 0, -1, segment],
        "by_rows": [0, -1, units],
        "by_channels": [-1, channels, 1, units],
        "gates_by_channels": [-1, channels, 1, 3 * units],
    }.items():
        graph.constant(name, np.array(whole, np.int64))
    graph.constant("one_float", np.array(1, np.float32))
    for name in ("scaling/scale", "segments/projection/kernel", "segments/projection/bias"):
        graph.constant(name, weights[name])
    # The segments that there are, from the end; the first step stands for what the first lacks.
    shape = graph.add("Shape", ["series"], "time_shape", start=1, end=2)
    time = graph.add("Squeeze", [shape, "axis_0"], "time_long")
    short = graph.add("Sub", [time, "one"], "time_less_one")
    count = graph.add("Div", [short, "segment_long"], "whole_segments")
    count = graph.add("Add", [count, "one"], "segments_there")
    count = graph.add("Min", [count, "most_segments"], "segments_read")
    steps = graph.add("Mul", [count, "segment_long"], "steps_read")
    first = graph.add("Sub", [time, steps], "first_step")
    index = graph.add("Range", [first, time, "one"], "step_numbers")
    index = graph.add("Max", [index, "zero"], "steps_there")
    recent = graph.add("Gather", ["series", index], "recent", axis=1)
    last = graph.add("Gather", ["series", "last_index"], "last", axis=1)
    scaled = graph.add("Sub", [recent, last], "centred")
    scaled = graph.add("Div", [scaled, "scaling/scale"], "scaled")
    x = graph.add("Transpose", [scaled], "scaled_by_channel", perm=[0, 2, 1])
    x = graph.add("Reshape", [x, "by_segments"], "cut")
    x = graph.add("Transpose", [x], "cut_by_segment", perm=[2, 0, 1, 3])
    x = graph.add("MatMul", [x, "segments/projection/kernel"], "projected_product")
    x = graph.add("Add", [x, "segments/projection/bias"], "projected")
    x = graph.add("Reshape", [graph.add("Relu", [x], "rectified"), "by_rows"], "read")
    names = [
        graph.constant(f"gru/{letter}", array)
        for letter, array in zip("WRB", rnn_weights(weights, [CELL], "gru"), strict=True)
    ]
    graph.add(
        "GRU", [x, *names], ["gru/states", "gru/last"], hidden_size=units, linear_before_reset=1
    )
    return _add_decoder(graph, spec, weights)


def _add_decoder(graph: Graph, spec: SegRNNBackboneSpec, weights: Mapping[str, np.ndarray]) -> str:
    channels, positions, half = spec.channels, spec.positions, spec.units // 2
    embedded = np.concatenate(
        [
            np.broadcast_to(
                weights["segments/position_embedding"][None], (channels, positions, half)
            ),
            np.broadcast_to(
                weights["segments/channel_embedding"][:, None], (channels, positions, half)
            ),
        ],
        axis=2,
    )
    for name, value in {
        "embedded": embedded,
        "decoder/kernel": weights[f"{CELL}/kernel"],
        "decoder/recurrent_kernel": weights[f"{CELL}/recurrent_kernel"],
        "decoder/input_bias": weights[f"{CELL}/bias"][0],
        "decoder/recurrent_bias": weights[f"{CELL}/bias"][1],
    }.items():
        graph.constant(name, value)
    given = graph.add("MatMul", ["embedded", "decoder/kernel"], "given_product")
    given = graph.add("Add", [given, "decoder/input_bias"], "given")
    carried = graph.add("MatMul", ["gru/last", "decoder/recurrent_kernel"], "carried_product")
    carried = graph.add("Add", [carried, "decoder/recurrent_bias"], "carried_flat")
    carried = graph.add("Reshape", [carried, "gates_by_channels"], "carried")
    before = graph.add("Reshape", ["gru/last", "by_channels"], "before")
    given_gates = [f"given/{gate}" for gate in ("update", "reset", "new")]
    carried_gates = [f"carried/{gate}" for gate in ("update", "reset", "new")]
    graph.add("Split", [given], given_gates, axis=2)
    graph.add("Split", [carried], carried_gates, axis=3)
    update, reset = (
        graph.add("Sigmoid", [graph.add("Add", pair, f"{name}/sum")], name)
        for name, *pair in (
            ("update", given_gates[0], carried_gates[0]),
            ("reset", given_gates[1], carried_gates[1]),
        )
    )
    new = graph.add("Mul", [reset, carried_gates[2]], "new/carried")
    new = graph.add("Tanh", [graph.add("Add", [given_gates[2], new], "new/sum")], "new")
    kept = graph.add("Mul", [update, before], "kept")
    rest = graph.add("Sub", ["one_float", update], "rest")
    return graph.add("Add", [kept, graph.add("Mul", [rest, new], "renewed")], "features")


def add_forecast(
    graph: Graph,
    spec: SegRNNBackboneSpec,
    readout: tuple[np.ndarray, np.ndarray],
    outputs: int,
    factors: np.ndarray | None = None,
    middle: int = 0,
) -> str:
    """Add the readout of the features, in the units of the series.

    Args:
        graph: the graph, as `add_segments` leaves it.
        spec: arguments of the backbone.
        readout: kernel and bias of what makes the steps of a segment of a vector.
        outputs: numbers a step; several are put in ascending order.
        factors: how many times as far from the one in the middle each of them lies then, an array
            of shape (horizon, 1, outputs); None where they stay.
        middle: which that is.

    Returns:
        Name of the forecasts, (batch, horizon, channels), or of several (batch, horizon,
        channels, outputs).
    """
    # The steps of a segment lie together, those of every output for themselves: what follows goes
    # over long rows of numbers, and a channel's scale is one number a row.
    for name, value in zip(("readout/kernel", "readout/bias"), readout, strict=True):
        by_output = value.reshape(*value.shape[:-1], spec.segment, outputs).swapaxes(-1, -2)
        graph.constant(name, by_output.reshape(value.shape).astype(np.float32))
    for name, numbers in {
        "by_steps": [0, 0, spec.positions * spec.segment],
        "from_0": [0],
        "horizon": [spec.horizon],
        "axis_2": [2],
        "axis_3": [3],
        "axes_1_2": [1, 2],
        "outputs": [outputs],
    }.items():
        graph.constant(name, np.array(numbers, np.int64))
    y = graph.add("MatMul", ["features", "readout/kernel"], "readout_product")
    y = graph.add("Add", [y, "readout/bias"], "readout")
    scale = graph.add("Unsqueeze", ["scaling/scale", "axes_1_2"], "scale_column")
    y = graph.add("Mul", [y, scale], "stretched")
    last = graph.add("Transpose", ["last"], "last_by_channel", perm=[0, 2, 1])
    y = graph.add("Add", [y, graph.add("Unsqueeze", [last, "axis_3"], "last_column")], "moved")
    parts = [y]
    if outputs > 1:
        parts = [f"output_{index}" for index in range(outputs)]
        graph.add("Split", [y], parts, axis=3)
    for index, part in enumerate(parts):
        whole = graph.add("Reshape", [part, "by_steps"], f"output_{index}/by_step")
        kept = [whole, "from_0", "horizon", "axis_2"]
        parts[index] = graph.add("Slice", kept, f"output_{index}/steps")
    if outputs == 1:
        return graph.add("Transpose", parts, "forecasts", perm=[0, 2, 1])
    if outputs <= _COMPARED:
        parts = _in_order(graph, parts)
        if factors is not None:
            parts = _calibrated(graph, parts, list(factors[:, 0].T), middle)
    single = [
        graph.add(
            "Unsqueeze",
            [graph.add("Transpose", [part], f"sorted_{index}/by_time", perm=[0, 2, 1]), "axis_3"],
            f"sorted_{index}/column",
        )
        for index, part in enumerate(parts)
    ]
    if outputs <= _COMPARED:
        return graph.add("Concat", single, "forecasts", axis=3)
    y = graph.add("Concat", single, "unordered", axis=3)
    name = "forecasts" if factors is None else "ascending"
    graph.add("TopK", [y, "outputs"], [name, "order"], axis=3, largest=0, sorted=1)
    if factors is None:
        return name
    graph.add("Split", [name], parts := [f"ascending_{index}" for index in range(outputs)], axis=3)
    columns = [factors[..., index : index + 1] for index in range(outputs)]
    return graph.add("Concat", _calibrated(graph, parts, columns, middle), "forecasts", axis=3)


def _in_order(graph: Graph, parts: list[str]) -> list[str]:
    """Add comparisons that put as many tensors in ascending order, number by number."""
    parts = list(parts)
    for turn in range(len(parts)):
        for low in range(turn % 2, len(parts) - 1, 2):
            pair = parts[low : low + 2]
            parts[low] = graph.add("Min", pair, f"turn_{turn}/low_{low}")
            parts[low + 1] = graph.add("Max", pair, f"turn_{turn}/high_{low}")
    return parts


def _calibrated(
    graph: Graph, parts: list[str], factors: Sequence[np.ndarray], middle: int
) -> list[str]:
    """Move tensors away from the one in the middle, so many times as far as they lie from it."""
    point, moved = parts[middle], list(parts)
    for index, (part, factor) in enumerate(zip(parts, factors, strict=True)):
        if index != middle:
            name = f"calibrated_{index}"
            graph.constant(f"{name}/factor", factor.astype(np.float32))
            away = graph.add("Sub", [part, point], f"{name}/away")
            away = graph.add("Mul", [away, f"{name}/factor"], f"{name}/further_away")
            moved[index] = graph.add("Add", [point, away], name)
    return moved
