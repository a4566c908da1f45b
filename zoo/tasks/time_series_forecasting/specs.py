"""What a checkpoint of the task may ask for beside its network; no Keras here."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from zoo.networks.echo_state.spec import EchoStateBackboneSpec, ReadoutSpec

__all__ = [
    "ForecasterSpec",
]


class ForecasterSpec(ReadoutSpec, frozen=True, kw_only=True):
    """Constructor arguments of `zoo.tasks.time_series_forecasting.model.Forecaster`.

    Args:
        squares: whether the readout hears the squares of the features beside them.
        washout: steps after which the state no longer depends on where it started.
    """

    squares: bool = False
    washout: Annotated[int, Meta(ge=0, le=10_000_000)] = 100

    def readout_shape(self, backbone: EchoStateBackboneSpec) -> tuple[int, int]:
        """Return the shape of the readout's kernel."""
        return (backbone.features * (2 if self.squares else 1), backbone.channels)
