"""What a checkpoint of the task may ask for beside its network; no Keras here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import Meta

from zoo.common.costs import Cost
from zoo.networks.recurrent.series_spec import SeriesRecurrentBackboneSpec
from zoo.specs import ArgumentSpec, count_parameters

__all__ = ["INPUTS", "AnomalyDetectorSpec", "detector_cost", "detector_shapes"]

# What the network reads of a row: where the value lies among those before, and how far it moved.
INPUTS = 2
_STEPS = 1_000

Steps = Annotated[float, Meta(ge=1.0, le=100_000.0)]
Weight = Annotated[float, Meta(ge=0.0, le=100.0)]


class AnomalyDetectorSpec(ArgumentSpec, frozen=True, kw_only=True):
    """Constructor arguments of `zoo.tasks.time_series_anomaly_detection.model.AnomalyDetector`.

    Args:
        components: normal distributions that the forecast of a row is a mixture of.
        scaling_rows: rows that the running mean and deviation of a series are taken over.
        error_steps: rows that errors of the forecast are averaged over.
        surprise_steps: rows that surprises are averaged over.
        level_steps: rows that the level of the series is averaged over; what it is compared with
            is averaged over ten times as many.
        weights: how much count: errors, surprises, shifts of the level, and distances from the
            mean.
        memory: rows after which half of what is unusual for a series is forgotten.
        power: how much the largest of the past count in what is unusual; without bound it is the
            largest alone.
        floor: share of the deviation of a series that counts as usual in any case.
        hold: rows for which an alarm silences those that are not stronger.
        threshold: score from which on a row is an alarm.
    """

    components: Annotated[int, Meta(ge=1, le=32)] = 3
    scaling_rows: Steps = 2_000.0
    error_steps: Steps = 3.0
    surprise_steps: Steps = 5.0
    level_steps: Steps = 20.0
    weights: Annotated[tuple[Weight, ...], Meta(min_length=4, max_length=4)] = (1.0, 1.0, 1.0, 1.0)
    memory: Annotated[float, Meta(ge=1.0, le=1e9)] = 2_000.0
    power: Annotated[float, Meta(ge=1.0, le=32.0)] = 8.0
    floor: Annotated[float, Meta(gt=0.0, le=100.0)] = 0.05
    hold: Annotated[int, Meta(ge=1, le=10_000)] = 80
    threshold: Annotated[float, Meta(gt=0.0, le=1.0)] = 0.7

    @property
    def outputs(self) -> int:
        """Numbers that the head gives a row: weight, place and width of every component."""
        return 3 * self.components


def detector_shapes(
    backbone: SeriesRecurrentBackboneSpec, head: AnomalyDetectorSpec
) -> dict[str, tuple[int, ...]]:
    """Return the name and shape of every weight of a detector.

    Args:
        backbone: arguments of the backbone.
        head: arguments of the task.
    """
    return {
        **backbone.layer_shapes(),
        "forecast/kernel": (backbone.features + INPUTS, head.outputs),
        "forecast/bias": (head.outputs,),
    }


def detector_cost(
    shapes: Mapping[str, tuple[int, ...]],
    backbone: SeriesRecurrentBackboneSpec,
    head: AnomalyDetectorSpec,
    preprocessor: Any = None,
) -> Cost:
    """Return what a detector takes.

    Args:
        shapes: the shape of every weight by name.
        backbone: arguments of the backbone.
        head: arguments of the task.
        preprocessor: None: such models have none.
    """
    return Cost(
        parameters=count_parameters(dict(shapes)),
        activations=backbone.activations(_STEPS) + _STEPS * head.outputs,
        multiply_adds=backbone.multiply_adds(_STEPS)
        + _STEPS * (backbone.features + INPUTS) * head.outputs,
        cause=f"{backbone.units:,} units",
    )
