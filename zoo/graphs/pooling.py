"""Pooling over time in ONNX graphs, of whole sequences and of those that arrive in pieces."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from zoo.graphs.onnx_format import FLOAT, Graph
from zoo.graphs.recurrent import add_last_step

__all__ = ["add_attention", "add_pooling", "pooled_sizes"]


def pooled_sizes(pooling: tuple[str, ...], features: int) -> dict[str, int]:
    """Return what must be kept of the steps that were pooled, and its sizes.

    Args:
        pooling: kinds of pooling.
        features: size of what is pooled.

    Example:
        >>> pooled_sizes(("mean", "max"), 4)
        {'count': 1, 'sum': 4, 'max': 4}
    """
    sizes = {"count": 1} if set(pooling) - {"last"} else {}
    if {"mean", "sqrtn"} & set(pooling):
        sizes["sum"] = features
    if "max" in pooling:
        sizes["max"] = features
    if "last" in pooling:
        sizes["last"] = features
    return sizes


def add_pooling(
    graph: Graph,
    sequence: str,
    pooling: tuple[str, ...],
    before: Mapping[str, str] | None = None,
    lengths: str = "lengths",
) -> tuple[str, list[str]]:
    """Add pooling over time: past a sequence's end the states are zero and must not count.

    Args:
        graph: the graph, as `zoo.graphs.recurrent.add_step_mask` leaves it.
        sequence: name of what is pooled, float32 (time, batch, features).
        pooling: kinds of pooling.
        before: of a stream, names of what was pooled before; without them there may be padding.
        lengths: name of the true number of steps of each, int32 (batch).

    Returns:
        Name of what is pooled, (batch, features of all kinds), and, of a stream, names of what
        has been pooled by then, in the order of `before`.
    """
    kinds, parts, after = set(pooling), {}, {}
    if kinds - {"last"}:
        if before:
            count = graph.add("Cast", ["time_long"], "steps_read", to=FLOAT)
            count = graph.add("Add", [before["count"], count], "steps_in_all")
        else:
            count = graph.add("Cast", [lengths], "steps_read", to=FLOAT)
            count = graph.add("Unsqueeze", [count, "axis_1"], "steps_read_column")
        after["count"] = count
    if kinds & {"mean", "sqrtn"}:
        total = graph.add("ReduceSum", [sequence, "axis_0"], "sum_over_time", keepdims=0)
        if before:
            total = graph.add("Add", [before["sum"], total], "sum_in_all")
        after["sum"] = total
    if "mean" in kinds:
        parts["mean"] = graph.add("Div", [total, count], "mean_over_time")
    if "sqrtn" in kinds:
        root = graph.add("Sqrt", [count], "sqrtn/root")
        parts["sqrtn"] = graph.add("Div", [total, root], "sqrtn_over_time")
    if "max" in kinds:
        parts["max"] = after["max"] = _add_max(graph, sequence, before)
    if "last" in kinds:
        if before:
            last = add_last_step(graph, sequence, "last_over_time")
        else:
            last = _add_last_inside(graph, sequence, "last_over_time", lengths)
        parts["last"] = after["last"] = last
    pooled = [parts[kind] for kind in pooling]
    whole = pooled[0] if len(pooled) == 1 else graph.add("Concat", pooled, "pooled", axis=1)
    return whole, [after[name] for name in before] if before else []


def add_attention(graph: Graph, sequence: str, tensors: Mapping[str, np.ndarray]) -> str:
    """Add a mean over time whose weights the network chooses, as `AttentionPooling` computes it.

    Args:
        graph: the graph, as `zoo.graphs.recurrent.add_step_mask` leaves it.
        sequence: name of what is pooled, float32 (time, batch, features).
        tensors: the weights, float32, by name: `attention/kernel`, `bias` and `context`.

    Returns:
        Name of what is pooled, (batch, features).
    """
    for part in ("kernel", "bias", "context"):
        graph.constant(f"attention/{part}", tensors[f"attention/{part}"])
    heard = graph.add("MatMul", [sequence, "attention/kernel"], "attention/product")
    heard = graph.add("Add", [heard, "attention/bias"], "attention/sum")
    heard = graph.add("Tanh", [heard], "attention/heard")
    scores = graph.add("MatMul", [heard, "attention/context"], "attention/all_scores")
    graph.constant("attention/none", np.array(-6e4, np.float32))
    scores = graph.add("Where", ["inside", scores, "attention/none"], "attention/scores")
    weights = graph.add("Softmax", [scores], "attention/weights", axis=0)
    weighted = graph.add("Mul", [weights, sequence], "attention/weighted")
    return graph.add("ReduceSum", [weighted, "axis_0"], "attention/pooled", keepdims=0)


def _add_last_inside(graph: Graph, sequence: str, name: str, lengths: str) -> str:
    """Add the last step of every sequence that is no padding."""
    last = graph.add("Sub", [lengths, "one"], "last_step")
    index = graph.add("Unsqueeze", [last, "axes_0_2"], "last_index")
    index = graph.add("Expand", [index, "last_shape"], "last_indices")
    state = graph.add("GatherElements", [sequence, index], "last_state", axis=0)
    return graph.add("Squeeze", [state, "axis_0"], name)


def _add_max(graph: Graph, sequence: str, before: Mapping[str, str] | None) -> str:
    graph.constant("nothing", np.array(0, np.float32))
    graph.constant("lowest", np.array(np.finfo(np.float32).min, np.float32))
    if before is None:
        # Nothing is added to a state that counts; Where over all states would take longer.
        lowered = graph.add("Where", ["inside", "nothing", "lowest"], "lowered")
        sequence = graph.add("Add", [sequence, lowered], "kept")
    highest = graph.add("ReduceMax", [sequence], "max_over_time", axes=[0], keepdims=0)
    if before:
        # Before the first step there is no maximum, and zero stands for it.
        begun = graph.add("Greater", [before["count"], "nothing"], "begun")
        earlier = graph.add("Where", [begun, before["max"], "lowest"], "max_before")
        highest = graph.add("Max", [earlier, highest], "max_in_all")
    return highest
