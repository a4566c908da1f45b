"""Pooling over time in ONNX graphs, of whole texts and of texts that arrive in pieces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from zoo.graphs.onnx_format import FLOAT, Graph
from zoo.graphs.recurrent import add_last_step
from zoo.networks.recurrent.graph import state_sizes
from zoo.networks.recurrent.spec import NgramRecurrentBackboneSpec, RecurrentBackboneSpec

__all__ = ["StateNames", "add_pooling", "add_state", "pooled_sizes", "state_size"]


@dataclass(frozen=True)
class StateNames:
    """Names of what a stream's state consists of, float32 (batch, size) each.

    Attributes:
        layers: of every recurrent layer the parts of its state.
        ngrams: the last rows of every length of n-grams, shortest first, counted from 1.
        pooled: number of steps, their sum, their maximum and the last, as far as the pooling
            needs them.
        size: numbers of the whole state.
    """

    layers: list[list[str]]
    ngrams: list[str]
    pooled: dict[str, str]
    size: int


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


def _parts(spec: RecurrentBackboneSpec, pooling: tuple[str, ...]) -> dict[str, int]:
    parts = {
        f"before/layer_{layer}/{part}": size
        for layer, sizes in enumerate(state_sizes(spec))
        for part, size in enumerate(sizes)
    }
    if isinstance(spec, NgramRecurrentBackboneSpec):
        # The tokens themselves, then the rows of all n-grams but the longest.
        parts |= {f"before/ngram_{at + 1}": 1 for at in range(len(spec.ngram_sizes))}
    pooled = pooled_sizes(pooling, spec.features)
    return parts | {f"before/{name}": size for name, size in pooled.items()}


def state_size(spec: RecurrentBackboneSpec, pooling: tuple[str, ...]) -> int:
    """Return how many numbers the state of a stream has.

    Args:
        spec: arguments of a backbone that reads in one direction.
        pooling: kinds of pooling.

    Example:
        >>> spec = RecurrentBackboneSpec(vocabulary_size=9, embedding_dim=2, cell="lstm", units=3)
        >>> state_size(spec, ("mean", "max"))
        13
    """
    return sum(_parts(spec, pooling).values())


def add_state(graph: Graph, spec: RecurrentBackboneSpec, pooling: tuple[str, ...]) -> StateNames:
    """Add the input `state` of a stream, and cut it into its parts.

    Args:
        graph: the graph, with the input `token_ids`.
        spec: arguments of a backbone that reads in one direction.
        pooling: kinds of pooling.
    """
    parts = _parts(spec, pooling)
    size = sum(parts.values())
    graph.input("state", FLOAT, ["batch", size])
    sizes = graph.constant("state_sizes", np.array(list(parts.values()), np.int64))
    graph.add("Split", ["state", sizes], list(parts), axis=1)
    layers = [
        [f"before/layer_{layer}/{part}" for part in range(len(sizes))]
        for layer, sizes in enumerate(state_sizes(spec))
    ]
    ngrams = [name for name in parts if name.startswith("before/ngram_")]
    pooled = {name: f"before/{name}" for name in pooled_sizes(pooling, spec.features)}
    return StateNames(layers, ngrams, pooled, size)


def add_pooling(
    graph: Graph,
    sequence: str,
    pooling: tuple[str, ...],
    before: Mapping[str, str] | None = None,
) -> tuple[str, list[str]]:
    """Add pooling over time: past a text's end the states are zero and must not count.

    Args:
        graph: the graph, as `zoo.graphs.recurrent.add_step_mask` leaves it.
        sequence: name of what is pooled, float32 (time, batch, features).
        pooling: kinds of pooling.
        before: of a stream, names of what was pooled before; without them there may be padding.

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
            count = graph.add("Cast", ["lengths"], "steps_read", to=FLOAT)
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
        add_last = add_last_step if before else _add_last_inside
        parts["last"] = after["last"] = add_last(graph, sequence, "last_over_time")
    pooled = [parts[kind] for kind in pooling]
    whole = pooled[0] if len(pooled) == 1 else graph.add("Concat", pooled, "pooled", axis=1)
    return whole, [after[name] for name in before] if before else []


def _add_last_inside(graph: Graph, sequence: str, name: str) -> str:
    """Add the last step of every sequence that is no padding."""
    last = graph.add("Sub", ["lengths", "one"], "last_step")
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
