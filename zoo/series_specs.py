"""What a checkpoint of numeric series may ask for, and the tensors that it implies.

Nothing here imports Keras.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from zoo.networks.echo_state.reservoir import ReservoirSpec
from zoo.specs import ArgumentSpec

__all__ = [
    "EchoStateBackboneSpec",
    "ForecasterSpec",
    "SequenceClassifierSpec",
    "series_tensor_shapes",
]

CELL = "echo_state/echo_state_cell"


class EchoStateBackboneSpec(ReservoirSpec, frozen=True, kw_only=True):
    """Arguments of `zoo.networks.echo_state.backbone.EchoStateBackbone`.

    Args:
        channels: number of channels of the series.

    The others are those of `ReservoirSpec`.
    """

    channels: Annotated[int, Meta(ge=1, le=10_000)]
    # Series of one kind only: what is forecast is what is read.
    feedback_size: ClassVar[int] = 0

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


class ForecasterSpec(ArgumentSpec, frozen=True, kw_only=True):
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


class SequenceClassifierSpec(ArgumentSpec, frozen=True, kw_only=True):
    """Constructor arguments of `zoo.tasks.time_series_classification.model.SequenceClassifier`.

    Args:
        num_classes: number of classes.
        points: number of points in time, spread evenly from start to end, at which the readout
            hears the features.
    """

    num_classes: Annotated[int, Meta(ge=2, le=100_000)]
    points: Annotated[int, Meta(ge=1, le=10_000)] = 1

    def readout_shape(self, backbone: EchoStateBackboneSpec) -> tuple[int, int]:
        """Return the shape of the readout's kernel."""
        return (backbone.features * self.points, self.num_classes)


def series_tensor_shapes(
    backbone: EchoStateBackboneSpec, head: ForecasterSpec | SequenceClassifierSpec
) -> dict[str, tuple[int, ...]]:
    """Return the name and shape of every weight of a model of numeric series.

    Args:
        backbone: arguments of the backbone.
        head: arguments of the task.

    Example:
        >>> spec = EchoStateBackboneSpec(channels=1, units=50)
        >>> series_tensor_shapes(spec, ForecasterSpec())["readout/kernel"]
        (51, 1)
    """
    kernel = head.readout_shape(backbone)
    return {
        **backbone.layer_shapes(),
        "readout/kernel": kernel,
        "readout/bias": (kernel[1],),
    }
