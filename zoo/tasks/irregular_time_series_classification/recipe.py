"""The vocabulary that recipes of classifiers of irregular series are written in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from zoo.recipe import GradientDescent
from zoo.series.irregular_spec import IrregularBackboneSpec

__all__ = ["IrregularClassificationRecipe", "TeacherSettings"]


@dataclass(frozen=True, kw_only=True)
class TeacherSettings:
    """How trees and a linear model teach a recipe's network.

    Attributes:
        label_share: share of the true label, against the teacher's answer, in the target.
        sets: how many sets of altered series there are beside the series as they are.
        dropped: share of the measurements that an altered series lacks at most.
        folds: parts of the cross-validation in which the teacher answers.
        strength: inverse of the linear model's regularisation, scikit-learn's `C`.
        trees: how many random ones there are.
        least: series in a leaf of these, at least; in those of the boosted ones ten times as many.
        boosted: how many boosted trees there are.
        rate: how much of what a boosted tree says is taken.
        leaves: of every boosted tree.
        features: share of the figures that a split chooses among.
        seed: of the parts, the trees and what is left out.
    """

    label_share: float = 0.25
    sets: int = 3
    dropped: float = 0.5
    folds: int = 5
    strength: float = 0.01
    trees: int = 150
    least: int = 3
    boosted: int = 150
    rate: float = 0.06
    leaves: int = 6
    features: float = 0.2
    seed: int = 0


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
        teacher: what teaches the network beside the labels; None for these alone.
    """

    task: ClassVar[str] = "irregular-time-series-classification"

    kind: type[IrregularBackboneSpec]
    backbone: dict[str, Any]
    hidden_units: int
    dropout: float
    state_dropout: float
    held: float = 0.15
    teacher: TeacherSettings | None = None
