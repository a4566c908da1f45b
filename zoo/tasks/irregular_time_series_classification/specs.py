"""What a checkpoint of the task may ask for beside its network, and what a model costs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import Meta

from zoo.common.costs import Cost
from zoo.series.irregular_features import SUMMARIES
from zoo.series.irregular_spec import IrregularBackboneSpec, scaling_shapes
from zoo.specs import ArgumentSpec, Rate, count_parameters

__all__ = ["IrregularClassifierSpec", "cost", "facts_of", "tensor_shapes"]

# Steps of a series whose cost is counted; its length is the user's.
_STEPS = 1_000


class IrregularClassifierSpec(ArgumentSpec, frozen=True, kw_only=True):
    """Constructor arguments of the module's `IrregularClassifier`.

    Args:
        num_classes: number of classes.
        hidden_units: units of a layer between what is known of a series and its classes; with 0
            there is none.
        dropout: share of the figures and static features dropped in training.
        state_dropout: share of the last state and of the hidden layer dropped in training.
    """

    num_classes: Annotated[int, Meta(ge=2, le=100_000)]
    hidden_units: Annotated[int, Meta(ge=0, le=8192)] = 0
    dropout: Rate = 0.0
    state_dropout: Rate = 0.0


def facts_of(backbone: IrregularBackboneSpec) -> int:
    """Return how many numbers the head hears beside the last state.

    They are the figures of every variable, the static features, and which of these are known.

    Args:
        backbone: arguments of the backbone.
    """
    return SUMMARIES * len(backbone.variables) + 2 * len(backbone.statics)


def tensor_shapes(
    backbone: IrregularBackboneSpec, head: IrregularClassifierSpec
) -> dict[str, tuple[int, ...]]:
    """Return the name and shape of every weight of a model.

    Args:
        backbone: arguments of the backbone.
        head: arguments of the task.
    """
    shapes = backbone.layer_shapes()
    if backbone.statics:
        shapes |= scaling_shapes("static_scaling", len(backbone.statics))
    facts = (facts_of(backbone),)
    shapes |= {"facts_scaling/mean": facts, "facts_scaling/scale": facts}
    features = backbone.features + facts[0]
    if head.hidden_units:
        shapes |= {
            "hidden/kernel": (features, head.hidden_units),
            "hidden/bias": (head.hidden_units,),
        }
        features = head.hidden_units
    return {
        **shapes,
        "logits/kernel": (features, head.num_classes),
        "logits/bias": (head.num_classes,),
    }


def cost(
    shapes: Mapping[str, tuple[int, ...]],
    backbone: IrregularBackboneSpec,
    head: IrregularClassifierSpec,
    preprocessor: Any = None,
) -> Cost:
    """Return what a model takes.

    Args:
        shapes: the shape of every weight by name.
        backbone: arguments of the backbone.
        head: arguments of the task.
        preprocessor: None: such models have none.
    """
    parameters = count_parameters(dict(shapes))
    return Cost(
        parameters=parameters,
        activations=backbone.activations(_STEPS),
        multiply_adds=backbone.multiply_adds(_STEPS) + parameters,
        cause=f"{backbone.units:,} units over {len(backbone.variables):,} variables",
    )
