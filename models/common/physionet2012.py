"""What the recipes of the stays of PhysioNet 2012 have in common.

The two entries differ in the network alone. Both read every measurement at its own time: nothing is
resampled or filled.
"""

from __future__ import annotations

from typing import Any

from models.common.papers import DISTILLATION, PHYSIONET_2012
from zoo.datasets.physionet2012 import DATASETS, STATICS, VARIABLES
from zoo.schema import Licenses, Paper
from zoo.tasks.irregular_time_series_classification.recipe import (
    IrregularClassificationRecipe,
    TeacherSettings,
)

__all__ = ["physionet2012_recipe"]

METHOD = (
    "Trained on set a of the challenge, of which 15 % were held back to choose the hyperparameters "
    "and the epoch; set b, the test split, was scored once for every seed. The classes hear the "
    "last state of the network, six figures of every variable (the last value, the mean, the "
    "least, the largest, how often it was measured and whether at all) and the static features. A "
    "linear model, random trees and boosted trees on those figures, in cross-validation of the "
    "training part, teach the network: its target lies between the label and their answer (Hinton "
    "et al. 2015), also for stays of which up to half of the measurements are left out. AdamW with "
    "warm-up, cosine decay and gradient clipping; measurements, figures and states are dropped; "
    "the weights are averaged over steps."
)
(STAYS,) = DATASETS
COMMON: dict[str, Any] = {
    "method": METHOD,
    "dataset": STAYS.name,
    "dataset_info": STAYS.info,
    "labels": STAYS.labels,
    "licenses": Licenses(weights="apache-2.0", data=STAYS.terms),
    "hidden_units": 64,
    "dropout": 0.4,
    "state_dropout": 0.4,
    "batch_size": 64,
    "epochs": 14,
    "patience": 6,
    "learning_rate": 2e-3,
    "warmup": 0.1,
    "final_rate": 0.02,
    "weight_decay": 1e-3,
    "clipnorm": 1.0,
    "label_smoothing": 0.0,
    "average_decay": 0.995,
    "seed": 1,
    "teacher": TeacherSettings(label_share=0.25, sets=3, dropped=0.5),
}
BACKBONE = {
    "variables": VARIABLES,
    "statics": STATICS,
    "units": 48,
    "time_scale": 12.0,
    "measurement_dropout": 0.3,
}


def physionet2012_recipe(
    *, backbone: dict[str, Any], papers: tuple[Paper, ...], **own: Any
) -> IrregularClassificationRecipe:
    """Return the recipe of an entry.

    Args:
        backbone: arguments of the backbone beside the usual ones.
        papers: what to cite for the network.
        **own: the other fields that this entry sets itself.

    Example:
        >>> from zoo.networks.grud.spec import GRUDBackboneSpec
        >>> physionet2012_recipe(
        ...     name="mine", architecture="grud", description="Mine.", kind=GRUDBackboneSpec,
        ...     backbone={"units": 8}, papers=(),
        ... ).labels
        ('survived', 'died')
    """
    return IrregularClassificationRecipe(
        **{
            **COMMON,
            **own,
            "backbone": {**BACKBONE, **backbone},
            "papers": (*papers, DISTILLATION, PHYSIONET_2012),
        }
    )
