"""The vocabulary that recipes of reservoirs over numeric series are written in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from zoo.schema import DatasetInfo, Licenses, Paper

__all__ = ["ForecastingRecipe", "SeriesClassificationRecipe"]


@dataclass(frozen=True, kw_only=True)
class _ReservoirRecipe:
    name: str
    architecture: str
    description: str
    method: str
    dataset: str
    dataset_info: DatasetInfo
    licenses: Licenses
    papers: tuple[Paper, ...]
    backbone: dict[str, Any]
    ridges: tuple[float, ...]
    seed: int


@dataclass(frozen=True, kw_only=True)
class ForecastingRecipe(_ReservoirRecipe):
    """How one forecaster over a reservoir is trained.

    Attributes:
        name: the entry's name.
        architecture: family of the network: `"esn"`.
        description: one sentence for the card.
        method: how it is trained, in sentences for the card.
        dataset: name of the data set in `zoo.datasets`.
        dataset_info: what the card says of it.
        licenses: terms of weights and data.
        papers: what to cite.
        backbone: arguments of the backbone, but for the seed.
        ridges: penalties to choose from on the validation stretch.
        seed: of the first run.
        squares: whether the readout hears the squares of the features beside them.
        washout: steps run through before fitting.
    """

    task: ClassVar[str] = "time-series-forecasting"

    squares: bool
    washout: int


@dataclass(frozen=True, kw_only=True)
class SeriesClassificationRecipe(_ReservoirRecipe):
    """How one classifier of series over reservoirs is trained.

    Attributes:
        labels: names of the classes, in the order of their numbers.
        points: points in time at which the readout hears the features.
        standardize: whether every channel is scaled to mean 0 and deviation 1.
        folds: parts of the cross-validation that chooses the ridge.

    The others are those of `ForecastingRecipe`.
    """

    task: ClassVar[str] = "time-series-classification"

    labels: tuple[str, ...]
    points: int
    standardize: bool
    folds: int
