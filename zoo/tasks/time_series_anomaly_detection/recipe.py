"""The vocabulary that recipes of anomaly detectors are written in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from zoo.networks.recurrent.series_spec import SeriesRecurrentBackboneSpec
from zoo.recipe import GradientDescent
from zoo.specs import NetworkSpec

__all__ = ["AnomalyDetectionRecipe"]


@dataclass(frozen=True, kw_only=True)
class AnomalyDetectionRecipe(GradientDescent):
    """How one detector is trained: its network learns to forecast series.

    Attributes, beside those of `GradientDescent`:
        kind: kind of backbone, by what bounds its arguments.
        backbone: arguments of the backbone.
        head: arguments of the task, those of the stage after the network among them.
        window: rows that a step of the training reads of a series.
        windows: windows of an epoch.
        synthetic: series that never were, beside those of the data set; half of the windows are
            theirs.
    """

    task: ClassVar[str] = "time-series-anomaly-detection"

    kind: type[NetworkSpec] = SeriesRecurrentBackboneSpec
    backbone: dict[str, Any]
    head: dict[str, Any]
    window: int = 384
    windows: int = 4_800
    synthetic: int = 500
