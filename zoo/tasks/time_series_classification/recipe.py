"""The vocabulary that recipes of classifiers of series are written in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from zoo.networks.echo_state.spec import EchoStateBackboneSpec
from zoo.recipe import Recipe
from zoo.specs import NetworkSpec

__all__ = ["SeriesClassificationRecipe"]


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
