"""The vocabulary that recipes of forecasters are written in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from zoo.recipe import Recipe

__all__ = ["ForecastingRecipe"]


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
