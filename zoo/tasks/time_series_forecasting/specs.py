"""What a checkpoint of the task may ask for beside its network; no Keras here."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Annotated, Any

import numpy as np
from msgspec import UNSET, Meta, UnsetType

from zoo.common.costs import Cost
from zoo.networks.echo_state.spec import EchoStateBackboneSpec, ReadoutSpec, series_cost
from zoo.specs import ArgumentSpec, NetworkSpec, Rate, count_parameters
from zoo.tasks.time_series_forecasting.calibration import factors_of

__all__ = [
    "ForecasterSpec",
    "TrainedForecasterSpec",
    "forecaster_cost",
]


# Of what lies on one side of the median.
_Factor = Annotated[float, Meta(gt=0.0, le=1_000.0)]
_Stretch = Annotated[tuple[tuple[_Factor, _Factor], ...], Meta(min_length=1, max_length=1_000)]


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


class TrainedForecasterSpec(ArgumentSpec, frozen=True, kw_only=True):
    """Constructor arguments of `zoo.tasks.time_series_forecasting.trained_model.TrainedForecaster`.

    Args:
        quantiles: those that are forecast, in ascending order, .5 among them, which is the
            forecast where one number is asked for; none where it is one number alone.
        dropout: share of the features dropped in training.
        stretch: how many times as far from the median as the network says the quantiles below and
            above it lie, so that they hold what they are meant to, in equal parts of the horizon;
            unset where that was not measured.
    """

    quantiles: Annotated[
        tuple[Annotated[float, Meta(gt=0.0, lt=1.0)], ...], Meta(max_length=99)
    ] = ()
    dropout: Rate = 0.0
    # Left out of a configuration where there is none, as before there was any.
    stretch: _Stretch | UnsetType = UNSET

    def __post_init__(self) -> None:
        pairs = itertools.pairwise(self.quantiles)
        if self.quantiles and (
            0.5 not in self.quantiles or any(one >= other for one, other in pairs)
        ):
            raise ValueError(
                "Expected quantiles in ascending order with 0.5 among them, such as "
                f"[0.1, 0.5, 0.9], got {list(self.quantiles)}"
            )
        if not self.quantiles and not isinstance(self.stretch, UnsetType):
            raise ValueError(
                f"Expected no stretch without quantiles to lie further away, got {self.stretch}"
            )

    def factors(self, horizon: int) -> np.ndarray | None:
        """Return how much further from the median every quantile of every step lies.

        Args:
            horizon: number of steps.

        Returns:
            float32 array of shape (horizon, 1, quantiles), or None where they stay.
        """
        if isinstance(self.stretch, UnsetType):
            return None
        return factors_of(self.stretch, horizon, self.outputs, self.middle)

    @property
    def middle(self) -> int:
        """Which of the numbers that are forecast is the forecast of one number."""
        return self.quantiles.index(0.5) if self.quantiles else 0

    @property
    def outputs(self) -> int:
        """Numbers that are forecast for a step of a channel."""
        return max(1, len(self.quantiles))

    def readout_shape(self, backbone: Any) -> tuple[int, int]:
        """Return the shape of the readout's kernel."""
        return (backbone.features, backbone.segment * self.outputs)


def forecaster_cost(
    shapes: Mapping[str, tuple[int, ...]],
    backbone: NetworkSpec,
    head: Any,
    preprocessor: Any = None,
) -> Cost:
    """Return what a forecaster takes.

    Args:
        shapes: the shape of every weight by name.
        backbone: arguments of the network.
        head: arguments of the task.
        preprocessor: None: forecasters have none.
    """
    if isinstance(backbone, EchoStateBackboneSpec):
        return series_cost(shapes, backbone, head, preprocessor)
    network: Any = backbone
    steps = network.look_back
    rows = network.channels * network.positions
    readout = rows * network.segment * head.outputs
    return Cost(
        parameters=count_parameters(dict(shapes)),
        activations=network.activations(steps) + 3 * readout,
        multiply_adds=network.multiply_adds(steps) + readout * network.features,
        cause=f"{network.units:,} units and {network.channels:,} channels",
    )
