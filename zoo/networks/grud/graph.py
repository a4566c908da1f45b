"""GRU-D as part of an ONNX graph."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from zoo.graphs.irregular import add_gru, add_scan, body
from zoo.graphs.onnx_format import Graph
from zoo.networks.grud.spec import CELL, GRUDBackboneSpec

__all__ = ["add_states"]


def add_states(
    graph: Graph,
    spec: GRUDBackboneSpec,
    tensors: Mapping[str, np.ndarray],
    values: str,
    measured: str,
) -> str:
    """Add the recurrence; return the name of the state after the last step, (batch, units).

    Args:
        graph: a graph from `zoo.graphs.irregular.begin`.
        spec: arguments of the backbone.
        tensors: the weights by name.
        values: scaled values, (batch, time, variables).
        measured: what was measured, of that shape.
    """
    variables = len(spec.variables)
    sizes = (spec.units, variables, variables)
    for name in ("input_decay", "input_decay_bias", "state_decay", "state_decay_bias"):
        graph.constant(f"{CELL}/{name}", tensors[f"{CELL}/{name}"].astype(np.float32))
    graph.constant("time_scale", np.array(spec.time_scale, np.float32))
    step = body(sizes, variables)
    gap = step.add("Div", ["gap", "time_scale"], "scaled_gap")
    since = step.add("Add", ["before_2", gap], "since")

    def fade(operator: str, name: str) -> str:
        x = step.add(operator, [since, f"{CELL}/{name}"], f"{name}_product")
        x = step.add(
            "Relu", [step.add("Add", [x, f"{CELL}/{name}_bias"], f"{name}_sum")], f"{name}_"
        )
        return step.add("Exp", [step.add("Neg", [x], f"{name}_negative")], f"{name}_fade")

    there = step.add("Greater", ["mark", "half"], "there")
    faded = step.add("Mul", [fade("Mul", "input_decay"), "before_1"], "faded_value")
    read = step.add("Where", [there, "value", faded], "read_value")
    read = step.add("Concat", [read, "mark"], "read", axis=1)
    state = step.add("Mul", [fade("MatMul", "state_decay"), "before_0"], "faded_state")
    add_gru(graph, step, tensors, CELL, read, state, "after_0")
    step.add("Where", [there, "value", "before_1"], "after_1")
    step.add("Where", [there, "zero_float", since], "after_2")
    return add_scan(graph, step, sizes, values, measured)
