"""Networks of irregular series as ONNX graphs: what comes before and after the recurrence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from zoo.graphs.onnx_format import BOOL, FLOAT, INT32, OPSET, Graph

__all__ = ["add_gru", "add_inside", "add_scan", "add_summary", "begin", "body", "scaled"]


def begin(name: str, variables: int, statics: int) -> Graph:
    """Return a graph with the inputs of networks of irregular series.

    They are `times`, float32 (batch, time); `values`, float32 (batch, time, variables), NaN where
    nothing was measured; `static`, float32 (batch, statics), where there are any; and `lengths`,
    int32 (batch), the true number of steps.

    Args:
        name: name of the graph.
        variables: what is measured over time.
        statics: what does not change.
    """
    graph = Graph(name, OPSET)
    graph.input("times", FLOAT, ["batch", "time"])
    graph.input("values", FLOAT, ["batch", "time", variables])
    if statics:
        graph.input("static", FLOAT, ["batch", statics])
    graph.input("lengths", INT32, ["batch"])
    for axis in range(3):
        graph.constant(f"axis_{axis}", np.array([axis], np.int64))
    for number, value in (("zero_float", 0.0), ("one_float", 1.0), ("half", 0.5)):
        graph.constant(number, np.array(value, np.float32))
    return graph


def scaled(
    graph: Graph, tensors: Mapping[str, np.ndarray], values: str, prefix: str, furthest: float
) -> tuple[str, str]:
    """Add what scales values of which some are missing; return them and what was measured.

    Args:
        graph: the graph.
        tensors: the weights by name.
        values: name of the values, NaN where nothing was measured.
        prefix: beginning of the names of the scaling's weights.
        furthest: scaled values further out are as good as that far.
    """
    origin, spread, mean, scale = (
        graph.constant(f"{prefix}/{part}", tensors[f"{prefix}/{part}"].astype(np.float32))
        for part in ("origin", "spread", "mean", "scale")
    )
    low = graph.constant(f"{prefix}/low", np.array(-furthest, np.float32))
    high = graph.constant(f"{prefix}/high", np.array(furthest, np.float32))
    missing = graph.add("IsNaN", [values], f"{prefix}/missing")
    x = graph.add("Where", [missing, origin, values], f"{prefix}/known")
    x = graph.add("Sub", [x, origin], f"{prefix}/apart")
    x = graph.add("Asinh", [graph.add("Div", [x, spread], f"{prefix}/far")], f"{prefix}/curved")
    x = graph.add("Sub", [x, mean], f"{prefix}/centred")
    x = graph.add("Div", [x, scale], f"{prefix}/scaled")
    inside = graph.add("Clip", [x, low, high], f"{prefix}/clipped")
    there = graph.add("Not", [missing], f"{prefix}/there")
    return inside, graph.add("Cast", [there], f"{prefix}/measured", to=FLOAT)


def add_scan(graph: Graph, step: Graph, sizes: Sequence[int], values: str, measured: str) -> str:
    """Add a recurrence over time; return the name of its first state after the last step.

    The body `step` reads the states `before_0` and so on, `value`, `mark` and `gap`, of shape
    (batch, ...), and adds `after_0` and so on; here a step that is padding is made to leave the
    states as they are.

    Args:
        graph: the graph, from `begin`.
        step: the body, made by `body`.
        sizes: widths of the states.
        values: scaled values, (batch, time, variables).
        measured: what was measured, of that shape.
    """
    by_time = [
        graph.add("Transpose", [name], f"{name}_by_time", perm=[1, 0, 2])
        for name in (values, measured)
    ]
    count = graph.add("Shape", ["times"], "time_shape", start=1, end=2)
    graph.constant("one_long", np.array([1], np.int64))
    before = graph.add("Sub", [count, "one_long"], "but_one")
    first = graph.add("Slice", ["times", "axis_0", "one_long", "axis_1"], "first_time")
    rest = graph.add("Slice", ["times", "axis_0", before, "axis_1"], "times_but_last")
    earlier = graph.add("Concat", [first, rest], "times_before", axis=1)
    gaps = graph.add("Sub", ["times", earlier], "gaps_by_row")
    gaps = graph.add("Transpose", [gaps], "gaps_by_time", perm=[1, 0])
    gaps = graph.add("Unsqueeze", [gaps, "axis_2"], "gaps")
    inside = add_inside(graph, count)
    batch = graph.add("Shape", ["lengths"], "batch_size")
    starts = []
    for index, size in enumerate(sizes):
        width = graph.constant(f"size_{index}", np.array([size], np.int64))
        shape = graph.add("Concat", [batch, width], f"state_shape_{index}", axis=0)
        starts.append(graph.add("Expand", ["zero_float", shape], f"start_{index}"))
    for index, size in enumerate(sizes):
        step.add("Where", ["inside_step", f"after_{index}", f"before_{index}"], f"kept_{index}")
        step.output(f"kept_{index}", FLOAT, ["batch", size])
    ends = [f"end_{index}" for index in range(len(sizes))]
    return graph.add("Scan", [*starts, *by_time, gaps, inside], ends, body=step, num_scan_inputs=4)


def body(sizes: Sequence[int], variables: int) -> Graph:
    """Return a body for `add_scan` with its inputs.

    Args:
        sizes: widths of the states.
        variables: what is measured over time.
    """
    step = Graph("step", 0)
    for index, size in enumerate(sizes):
        step.input(f"before_{index}", FLOAT, ["batch", size])
    step.input("value", FLOAT, ["batch", variables])
    step.input("mark", FLOAT, ["batch", variables])
    step.input("gap", FLOAT, ["batch", 1])
    step.input("inside_step", BOOL, ["batch", 1])
    return step


def add_inside(graph: Graph, count: str) -> str:
    """Add which steps are no padding, (time, batch, 1), boolean; return its name.

    Args:
        graph: the graph, from `begin`.
        count: name of the number of steps, int64 (1).
    """
    graph.constant("zero", np.array(0, np.int32))
    graph.constant("one", np.array(1, np.int32))
    longest = graph.add("Squeeze", [count, "axis_0"], "longest_long")
    longest = graph.add("Cast", [longest], "longest", to=INT32)
    numbers = graph.add("Range", ["zero", longest, "one"], "steps")
    numbers = graph.add("Unsqueeze", [numbers, "axis_1"], "steps_column")
    inside = graph.add("Less", [numbers, "lengths"], "inside_by_row")
    return graph.add("Unsqueeze", [inside, "axis_2"], "inside")


def add_gru(
    graph: Graph,
    step: Graph,
    tensors: Mapping[str, np.ndarray],
    prefix: str,
    inputs: str,
    state: str,
    output: str,
) -> None:
    """Add a step of a GRU, as `keras.layers.GRU` takes it, to a body.

    Args:
        graph: the graph, which carries the weights.
        step: the body.
        tensors: the weights by name.
        prefix: beginning of their names.
        inputs: what is read, (batch, features).
        state: the state before, (batch, units).
        output: name of the state after.
    """
    kernel, recurrent = (
        graph.constant(f"{prefix}/{name}", tensors[f"{prefix}/{name}"].astype(np.float32))
        for name in ("kernel", "recurrent_kernel")
    )
    bias = tensors[f"{prefix}/bias"].astype(np.float32)
    for row, name in enumerate(("given_bias", "carried_bias")):
        graph.constant(name, bias[row])
    given = step.add(
        "Add", [step.add("MatMul", [inputs, kernel], "given_p"), "given_bias"], "given"
    )
    carried = step.add("MatMul", [state, recurrent], "carried_p")
    carried = step.add("Add", [carried, "carried_bias"], "carried")
    parts = {}
    for name in (given, carried):
        parts[name] = [f"{name}_update", f"{name}_reset", f"{name}_new"]
        step.add("Split", [name], parts[name], axis=1)
    gates = [
        step.add("Sigmoid", [step.add("Add", [one, two], f"{gate}_sum")], gate)
        for one, two, gate in zip(parts[given], parts[carried], ("update", "reset"), strict=False)
    ]
    heard = step.add("Mul", [gates[1], parts[carried][2]], "heard")
    new = step.add("Tanh", [step.add("Add", [parts[given][2], heard], "new_sum")], "new")
    kept = step.add("Mul", [gates[0], state], "kept_state")
    share = step.add("Sub", ["one_float", gates[0]], "new_share")
    step.add("Add", [kept, step.add("Mul", [share, new], "new_part")], output)


def add_summary(graph: Graph, values: str, measured: str, furthest: float) -> str:
    """Add the figures of every variable, as the layer `SeriesSummary`; return their name.

    What is padding was not measured: values there must be NaN in the input.

    Args:
        graph: the graph, from `begin`.
        values: scaled values, 0 where nothing was measured, (batch, time, variables).
        measured: what was measured, of that shape.
        furthest: the bound of scaled values.
    """
    far = graph.constant("far_away", np.array(2 * furthest, np.float32))
    graph.constant("minus_one_float", np.array(-1.0, np.float32))
    count = graph.add("ReduceSum", [measured, "axis_1"], "count", keepdims=0)
    known = graph.add("Min", [count, "one_float"], "known")
    away = graph.add("Sub", ["one_float", measured], "not_measured")
    away = graph.add("Mul", [away, far], "away")
    steps = graph.add("Cast", ["steps_column"], "steps_float", to=FLOAT)
    there = graph.add("Cast", [measured], "measured_flag", to=BOOL)
    places = graph.add("Where", [there, steps, "minus_one_float"], "places")
    latest = graph.add("ReduceMax", [places], "latest", axes=[1], keepdims=1)
    here = graph.add("Equal", [latest, steps], "is_latest")
    here = graph.add("Cast", [here], "is_latest_float", to=FLOAT)
    last = graph.add("Mul", [values, here], "latest_values")
    last = graph.add("ReduceSum", [last, "axis_1"], "last_value", keepdims=0)
    total = graph.add("ReduceSum", [values, "axis_1"], "total", keepdims=0)
    mean = graph.add("Div", [total, graph.add("Max", [count, "one_float"], "counted")], "mean")
    ends = []
    for operator, name, reduce in (("Add", "least", "ReduceMin"), ("Sub", "most", "ReduceMax")):
        shifted = graph.add(operator, [values, away], f"{name}_shifted")
        end = graph.add(reduce, [shifted], f"{name}_found", axes=[1], keepdims=0)
        ends.append(graph.add("Mul", [end, known], name))
    often = graph.add("Log", [graph.add("Add", [count, "one_float"], "count_1")], "often")
    return graph.add("Concat", [last, mean, *ends, often, known], "summary", axis=1)
