"""The vocabulary that recipes of classifiers of series are written in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from zoo.networks.echo_state.spec import EchoStateBackboneSpec
from zoo.networks.recurrent.series_spec import SeriesRecurrentBackboneSpec
from zoo.recipe import GradientDescent, Recipe
from zoo.series.augmentation import SeriesAugmentation
from zoo.specs import NetworkSpec

__all__ = ["SeriesClassificationRecipe", "SeriesNetworkRecipe"]


@dataclass(frozen=True, kw_only=True)
class SeriesClassificationRecipe(Recipe):
    """How one classifier of series over reservoirs is fitted, in closed form.

    Attributes, beside those of `Recipe`:
        backbone: arguments of the backbone, but for the seed.
        ridges: penalties to choose from in cross-validation.
        points: points in time at which the readout hears the features.
        standardize: whether every channel is scaled to mean 0 and deviation 1.
        folds: parts of the cross-validation that chooses the ridge.
    """

    task: ClassVar[str] = "time-series-classification"
    kind: ClassVar[type[NetworkSpec]] = EchoStateBackboneSpec

    backbone: dict[str, Any]
    ridges: tuple[float, ...]
    points: int
    standardize: bool
    folds: int


@dataclass(frozen=True, kw_only=True)
class SeriesNetworkRecipe(GradientDescent):
    """How one classifier of series is trained by gradient descent.

    Attributes, beside those of `GradientDescent`:
        kind: kind of backbone, by what bounds its arguments.
        backbone: arguments of the backbone.
        pooling: how the states over time become one vector.
        attention_units: size of what the attention compares with its context.
        dropout: share of the pooled vector dropped.
        augmentation: how series are changed before they are read.
        scaled_together: whether all channels have one scale, as where they are directions or
            points of one space.
        held: share of the training part that is held back for validation: of every class the last
            series, for those recorded one after another are often alike.
        refit: whether the network is then trained anew on all of the training part, with nothing
            held back, for as many epochs: what the validation part said of the recipe is kept, and
            the weights of the last epoch. For data too small to spare a part of.
        last: whether the weights of the last epoch are kept, whatever the validation part says:
            where too little is held back to choose an epoch by.
    """

    task: ClassVar[str] = "time-series-classification"

    kind: type[NetworkSpec] = SeriesRecurrentBackboneSpec
    backbone: dict[str, Any]
    pooling: tuple[str, ...]
    attention_units: int = 32
    dropout: float
    augmentation: SeriesAugmentation = field(default_factory=SeriesAugmentation)
    scaled_together: bool = False
    held: float = 0.2
    refit: bool = False
    last: bool = False
