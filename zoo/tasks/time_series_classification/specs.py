"""What a checkpoint of the task may ask for beside its network, and what it implies; no Keras."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from msgspec import Meta

from zoo.common.costs import Cost
from zoo.networks.echo_state.spec import (
    EchoStateBackboneSpec,
    ReadoutSpec,
    series_cost,
    series_tensor_shapes,
)
from zoo.specs import ArgumentSpec, Rate, Units, count_parameters

__all__ = [
    "POOLINGS",
    "PooledClassifierSpec",
    "SequenceClassifierSpec",
    "classifier_cost",
    "classifier_shapes",
]

POOLINGS = ("mean", "max", "last", "sqrtn", "attention")
# Steps of a series whose cost is counted; its length is the user's.
_STEPS = 1_000

Classes = Annotated[int, Meta(ge=2, le=100_000)]


class SequenceClassifierSpec(ReadoutSpec, frozen=True, kw_only=True):
    """Constructor arguments of `zoo.tasks.time_series_classification.model.SequenceClassifier`.

    Args:
        num_classes: number of classes.
        points: number of points in time, spread evenly from start to end, at which the readout
            hears the features.
    """

    num_classes: Classes
    points: Annotated[int, Meta(ge=1, le=10_000)] = 1

    def readout_shape(self, backbone: EchoStateBackboneSpec) -> tuple[int, int]:
        """Return the shape of the readout's kernel."""
        return (backbone.features * self.points, self.num_classes)


class PooledClassifierSpec(ArgumentSpec, frozen=True, kw_only=True):
    """Constructor arguments of classifiers over networks that are trained.

    Args:
        num_classes: number of classes.
        pooling: how the states over time become one vector; several are concatenated, "attention"
            after the others.
        attention_units: size of what the attention compares with its context.
        dropout: share of the pooled vector dropped in training.
    """

    num_classes: Classes
    pooling: Annotated[
        tuple[Literal["mean", "max", "last", "sqrtn", "attention"], ...],
        Meta(min_length=1, max_length=5),
    ]
    attention_units: Units = 32
    dropout: Rate = 0.0

    def __post_init__(self) -> None:
        if len(set(self.pooling)) < len(self.pooling):
            raise ValueError(f"Expected different kinds of pooling, got {list(self.pooling)}")

    @property
    def plain_pooling(self) -> tuple[str, ...]:
        """The kinds of pooling that have no weights, in their order."""
        return tuple(kind for kind in self.pooling if kind != "attention")

    @property
    def attends(self) -> bool:
        """Whether there is attention."""
        return "attention" in self.pooling


def classifier_shapes(backbone: Any, head: Any) -> dict[str, tuple[int, ...]]:
    """Return the name and shape of every weight of a classifier of series.

    Args:
        backbone: arguments of the backbone.
        head: arguments of the classifier.
    """
    if backbone.closed_form:
        return series_tensor_shapes(backbone, head)
    shapes: dict[str, tuple[int, ...]] = backbone.layer_shapes()
    features = backbone.features
    if head.attends:
        shapes["attention/kernel"] = (features, head.attention_units)
        shapes["attention/bias"] = (head.attention_units,)
        shapes["attention/context"] = (head.attention_units, 1)
    shapes["logits/kernel"] = (features * len(head.pooling), head.num_classes)
    shapes["logits/bias"] = (head.num_classes,)
    return shapes


def classifier_cost(
    shapes: Mapping[str, tuple[int, ...]], backbone: Any, head: Any, preprocessor: Any = None
) -> Cost:
    """Return what a classifier of series takes.

    Args:
        shapes: the shape of every weight by name.
        backbone: arguments of the backbone.
        head: arguments of the classifier.
        preprocessor: None: such models have none.
    """
    if backbone.closed_form:
        return series_cost(shapes, backbone, head, preprocessor)
    heard = _STEPS * (head.attention_units + backbone.features) if head.attends else 0
    return Cost(
        parameters=count_parameters(dict(shapes)),
        activations=backbone.activations(_STEPS) + heard + 2 * shapes["logits/kernel"][0],
        multiply_adds=backbone.multiply_adds(_STEPS) + _STEPS * head.attention_units,
        cause=f"{backbone.units:,} units",
    )
