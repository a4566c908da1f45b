"""The vocabulary that recipes of forecasters are written in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from zoo.networks.segrnn.spec import SegRNNBackboneSpec
from zoo.recipe import GradientDescent, Recipe
from zoo.specs import NetworkSpec

__all__ = ["ForecastingRecipe", "TrainedForecastingRecipe"]


@dataclass(frozen=True, kw_only=True)
class ForecastingRecipe(Recipe):
    """How one forecaster over a reservoir is fitted, in closed form.

    Attributes, beside those of `Recipe`:
        backbone: arguments of the backbone, but for the seed.
        ridges: penalties to choose from on the validation stretch.
        squares: whether the readout hears the squares of the features beside them.
        washout: steps run through before fitting.
    """

    task: ClassVar[str] = "time-series-forecasting"

    backbone: dict[str, Any]
    ridges: tuple[float, ...]
    squares: bool
    washout: int


@dataclass(frozen=True, kw_only=True)
class TrainedForecastingRecipe(GradientDescent):
    """How one forecaster over a network is trained.

    The weights are chosen by the sum of the mean squared and the mean absolute error in
    validation, over all horizons.

    Attributes, beside those of `GradientDescent`:
        backbone: arguments of the backbone, but for the channels.
        horizons: numbers of steps whose mean errors count alike, in training and validation; the
            largest is the backbone's.
        windows: windows of the training part that an epoch reads, drawn anew for each.
        dropout: share of the features dropped.
        error: `"absolute"` or `"squared"`: what is minimised, of one number.
        quantiles: those to forecast, .5 among them; none for one number.
        validation_stride: steps between two windows of the validation part.
        kind: what bounds the arguments of the backbone.
    """

    task: ClassVar[str] = "time-series-forecasting"

    backbone: dict[str, Any]
    horizons: tuple[int, ...]
    windows: int
    dropout: float
    error: str = "absolute"
    quantiles: tuple[float, ...] = ()
    validation_stride: int = 8
    kind: type[NetworkSpec] = SegRNNBackboneSpec
