"""Write what a recipe's training came to as a checkpoint directory."""

from __future__ import annotations

from pathlib import Path

import msgspec

from models import list_recipes
from training.record import commit
from zoo.fitting.history import history_of
from zoo.fitting.machine import hardware, packages
from zoo.learning.fitted import write_fitted
from zoo.learning.learner import Learner, Learnt
from zoo.recipe import Recipe
from zoo.schema import ModelInfo, TrainingRecord

__all__ = ["write_trained"]


def write_trained(
    recipe: Recipe,
    learner: Learner,
    learnt: Learnt,
    output: Path,
    *,
    command: str,
    overwrite: bool,
) -> ModelInfo:
    """Write what was trained by a recipe; return the record.

    Args:
        recipe: what was trained.
        learner: what learnt it.
        learnt: what that came to.
        output: the checkpoint directory to make.
        command: the command to record.
        overwrite: whether an existing checkpoint is replaced.
    """
    used = learnt.packages
    place = "models/" if recipe.name in list_recipes() else ""
    info = ModelInfo(
        name=recipe.name,
        task=recipe.task,
        architecture=recipe.architecture,
        description=recipe.description,
        labels=recipe.labels,
        parameters=0,
        dataset=recipe.dataset_info,
        training=TrainingRecord(
            recipe=place + recipe.name.replace("-", "_") + ".py",
            command=command,
            commit=commit(),
            packages={
                name: version
                for name, version in packages().items()
                if used is None or name in used
            },
            backend=learnt.backend,
            hardware=hardware(),
            minutes=round(learnt.seconds / 60, 2),
            seed=recipe.seed,
            epochs=learnt.epochs,
            best_epoch=learnt.best_epoch,
            method=recipe.method,
            validation=dict(learnt.validation),
            data=tuple(learner.sources),
            history=history_of(learnt.history) or msgspec.UNSET,
        ),
        licenses=recipe.licenses,
        papers=recipe.papers,
    )
    return write_fitted(output, info, learnt.fitted, overwrite=overwrite)
