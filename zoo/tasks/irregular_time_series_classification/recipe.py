"""The vocabulary that recipes of classifiers of irregular series are written in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from zoo.recipe import GradientDescent
from zoo.series.irregular_spec import IrregularBackboneSpec

__all__ = ["IrregularClassificationRecipe"]


@dataclass(frozen=True, kw_only=True)
class IrregularClassificationRecipe(GradientDescent):
    """How one classifier of irregular series is trained; weights are chosen by the validation loss.

    Attributes, beside those of `GradientDescent`:
        kind: kind of backbone, by what bounds its arguments.
        backbone: arguments of the backbone; names that are left out are those of the data.
        hidden_units: units of a layer below the classes; 0 for none.
        dropout: share of the figures and static features dropped in training.
        state_dropout: share of the last state and of the hidden layer dropped.
        held: share of the training part that is held back for validation.
    """

    task: ClassVar[str] = "irregular-time-series-classification"

    kind: type[IrregularBackboneSpec]
    backbone: dict[str, Any]
    hidden_units: int
    dropout: float
    state_dropout: float
    held: float = 0.15
