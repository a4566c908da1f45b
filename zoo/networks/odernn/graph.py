"""ODE-RNN as part of an ONNX graph."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from zoo.graphs.irregular import add_gru, add_scan, body
from zoo.graphs.onnx_format import Graph
from zoo.networks.odernn.spec import CELL, ODERNNBackboneSpec

__all__ = ["add_states"]


def add_states(
    graph: Graph,
    spec: ODERNNBackboneSpec,
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
    for name in ("slope_kernel", "slope_bias", "slope_output_kernel", "slope_output_bias"):
        graph.constant(f"{CELL}/{name}", tensors[f"{CELL}/{name}"].astype(np.float32))
    length = spec.time_scale * spec.solver_steps
    for name, value in (("length", length), ("two", 2.0), ("six", 6.0)):
        graph.constant(name, np.array(value, np.float32))
    step = body((spec.units,), len(spec.variables))
    size = step.add("Div", ["gap", "length"], "step_size")
    halved = step.add("Mul", [size, "half"], "half_step")
    sixth = step.add("Div", [size, "six"], "sixth_step")
    state = "before_0"

    def slope(at: str, name: str) -> str:
        x = step.add("MatMul", [at, f"{CELL}/slope_kernel"], f"{name}_product")
        x = step.add(
            "Tanh", [step.add("Add", [x, f"{CELL}/slope_bias"], f"{name}_sum")], f"{name}_h"
        )
        x = step.add("MatMul", [x, f"{CELL}/slope_output_kernel"], f"{name}_output")
        return step.add("Add", [x, f"{CELL}/slope_output_bias"], name)

    def moved(way: str, length: str, name: str) -> str:
        return step.add("Add", [state, step.add("Mul", [way, length], f"{name}_way")], name)

    for number in range(spec.solver_steps):
        first = slope(state, f"slope_{number}_1")
        if spec.solver == "euler":
            state = moved(first, size, f"state_{number}")
            continue
        second = slope(moved(first, halved, f"at_{number}_2"), f"slope_{number}_2")
        third = slope(moved(second, halved, f"at_{number}_3"), f"slope_{number}_3")
        fourth = slope(moved(third, size, f"at_{number}_4"), f"slope_{number}_4")
        middle = step.add("Add", [second, third], f"middle_{number}")
        middle = step.add("Mul", ["two", middle], f"middle_{number}_twice")
        ends = step.add("Add", [first, fourth], f"ends_{number}")
        state = moved(step.add("Add", [ends, middle], f"way_{number}"), sixth, f"state_{number}")
    read = step.add("Concat", ["value", "mark"], "read", axis=1)
    add_gru(graph, step, tensors, CELL, read, state, "after_0")
    return add_scan(graph, step, (spec.units,), values, measured)
