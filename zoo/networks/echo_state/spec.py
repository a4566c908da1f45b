"""What an echo state network may be, and the tensors that it implies; no Keras here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from msgspec import Meta

from zoo.common.costs import Cost, matrices
from zoo.networks.echo_state.reservoir import ReservoirSpec
from zoo.specs import ArgumentSpec, NetworkSpec, count_parameters

__all__ = [
    "CELL",
    "EchoStateBackboneSpec",
    "ReadoutSpec",
    "series_cost",
    "series_tensor_shapes",
]

CELL = "echo_state/echo_state_cell"
# Steps of a numeric series whose multiplications are counted; its length is the user's.
_SERIES_STEPS = 1_000


class EchoStateBackboneSpec(ReservoirSpec, NetworkSpec, frozen=True, kw_only=True):
    """Arguments of `zoo.networks.echo_state.backbone.EchoStateBackbone`.

    Args:
        channels: number of channels of the series.

    The others are those of `ReservoirSpec`.
    """

    recurrent: ClassVar[bool] = True
    closed_form: ClassVar[bool] = True
    hub_tags: ClassVar[tuple[str, ...]] = ("reservoir-computing",)
    telling: ClassVar[tuple[str, ...]] = ("units", "spectral_radius", "leak_rate")
    shown_as: ClassVar[Mapping[str, str]] = {"seed": "reservoir_seed"}

    channels: Annotated[int, Meta(ge=1, le=10_000)]
    # Series of one kind only: what is forecast is what is read.
    feedback_size: ClassVar[int] = 0

    @property
    def described(self) -> str:
        several = f" in {self.reservoirs} reservoirs" if self.reservoirs > 1 else ""
        return f"echo state network: {self.units:,} units{several}"

    @property
    def features(self) -> int:
        """Size of the vector that comes out at every step: the states, and what was read."""
        return self.units + self.channels

    def layer_shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the name and shape of every weight of the backbone."""
        return {
            "scaling/mean": (self.channels,),
            "scaling/scale": (self.channels,),
            f"{CELL}/recurrent_columns": (self.units, self.connections),
            f"{CELL}/recurrent_values": (self.units, self.connections),
            f"{CELL}/input_kernel": (self.channels, self.units),
            f"{CELL}/bias": (self.units,),
        }


class ReadoutSpec(ArgumentSpec, frozen=True, kw_only=True):
    """Base of the arguments of the tasks over a reservoir: a readout hears its features."""

    def readout_shape(self, backbone: EchoStateBackboneSpec) -> tuple[int, int]:
        """Return the shape of the readout's kernel."""
        raise NotImplementedError


def series_tensor_shapes(backbone: Any, head: Any) -> dict[str, tuple[int, ...]]:
    """Return the name and shape of every weight of a model of numeric series.

    Args:
        backbone: arguments of the backbone, with its `layer_shapes`.
        head: arguments of the task, with its `readout_shape`.
    """
    kernel = head.readout_shape(backbone)
    return {
        **backbone.layer_shapes(),
        "readout/kernel": kernel,
        "readout/bias": (kernel[1],),
    }


def series_cost(
    shapes: Mapping[str, tuple[int, ...]],
    backbone: EchoStateBackboneSpec,
    head: ReadoutSpec,
    preprocessor: Any = None,
) -> Cost:
    """Return what a model of numeric series takes.

    Args:
        shapes: the shape of every weight by name.
        backbone: arguments of the reservoir.
        head: arguments of the task.
        preprocessor: None: such models have none.
    """
    # Keras gathers what every unit hears; the features are of float64.
    activations = 2 * backbone.units * backbone.connections + 2 * head.readout_shape(backbone)[0]
    return Cost(
        parameters=count_parameters(dict(shapes)),
        activations=activations,
        multiply_adds=_SERIES_STEPS * matrices(shapes),
        cause=f"{backbone.units:,} units",
    )
