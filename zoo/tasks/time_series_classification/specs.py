"""What a checkpoint of the task may ask for beside its network; no Keras here."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from zoo.networks.echo_state.spec import EchoStateBackboneSpec, ReadoutSpec

__all__ = [
    "SequenceClassifierSpec",
]


class SequenceClassifierSpec(ReadoutSpec, frozen=True, kw_only=True):
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
