"""What an ODE-RNN may be, and the tensors that it implies; no Keras here."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from zoo.common.costs import LEAST_STEP, matrices
from zoo.series.irregular_spec import IrregularBackboneSpec, TimeScale
from zoo.specs import ArgumentSpec, Units

__all__ = ["CELL", "EVALUATIONS", "ODERNNBackboneSpec", "ODERNNSpec", "Solver", "SolverSteps"]

CELL = "ode_rnn/odernn_cell"
# How often a step of a solver asks for the slope.
EVALUATIONS = {"euler": 1, "rk4": 4}

Solver = Literal["euler", "rk4"]
SolverSteps = Annotated[int, Meta(ge=1, le=1_000)]


class ODERNNSpec(ArgumentSpec, frozen=True, kw_only=True):
    """Arguments of `zoo.networks.odernn.layers.ODERNN`.

    Args:
        units: size of the state.
        hidden_units: units of the network that gives the slope of the state.
        solver: `"euler"`, or `"rk4"`, the Runge-Kutta method of fourth order.
        solver_steps: steps of the solver from one time to the next.
        time_scale: how long a time of 1 is for the network, in the unit of the times.
    """

    units: Units
    hidden_units: Units = 50
    solver: Solver = "euler"
    solver_steps: SolverSteps = 1
    time_scale: TimeScale = 1.0


class ODERNNBackboneSpec(IrregularBackboneSpec, frozen=True, kw_only=True):
    """Arguments of `zoo.networks.odernn.backbone.ODERNNBackbone`.

    Args:
        hidden_units: units of the network that gives the slope of the state.
        solver: `"euler"` or `"rk4"`.
        solver_steps: steps of the solver from one time to the next.

    The others are those of `IrregularBackboneSpec`.
    """

    hub_tags: ClassVar[tuple[str, ...]] = ("neural-ode",)
    telling: ClassVar[tuple[str, ...]] = ("units", "solver", "solver_steps")
    at_load: ClassVar[tuple[str, ...]] = ("solver", "solver_steps")

    hidden_units: Units = 50
    solver: Solver = "euler"
    solver_steps: SolverSteps = 1

    @property
    def described(self) -> str:
        method = {"euler": "Euler", "rk4": "Runge-Kutta"}[self.solver]
        several = f"{self.solver_steps} steps" if self.solver_steps > 1 else "one step"
        return (
            f"ODE-RNN: {self.units:,} units over {len(self.variables):,} variables, {several} of "
            f"{method} from time to time"
        )

    def cell_shapes(self) -> dict[str, tuple[int, ...]]:
        return {
            f"{CELL}/slope_kernel": (self.units, self.hidden_units),
            f"{CELL}/slope_bias": (self.hidden_units,),
            f"{CELL}/slope_output_kernel": (self.hidden_units, self.units),
            f"{CELL}/slope_output_bias": (self.units,),
            **self.gru_shapes(CELL),
        }

    def multiply_adds(self, steps: int) -> int:
        slope = 2 * self.units * self.hidden_units
        asked = EVALUATIONS[self.solver] * self.solver_steps
        step = matrices(self.cell_shapes()) + asked * max(slope, LEAST_STEP // 4)
        return steps * max(LEAST_STEP, step)
