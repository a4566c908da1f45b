"""Write what a recipe's training came to as a checkpoint directory."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from models import list_recipes
from training.record import commit
from zoo.fitting.history import history_of
from zoo.fitting.machine import hardware, packages
from zoo.learning.fitted import Fitted, write_fitted
from zoo.schema import DataSource, ModelInfo, TrainingRecord

if TYPE_CHECKING:
    from models import Recipe

__all__ = ["Course", "write_trained"]


@dataclass(frozen=True)
class Course:
    """How a training went, as its record says it.

    Attributes:
        backend: what computed.
        minutes: how long it took.
        validation: what the stored weights score on the validation part.
        epochs: passes over the training part.
        best_epoch: the pass whose weights were kept.
        history: loss and scores of every pass.
        packages: names of the packages that the result depends on; None for all that a record
            names.
        sources: where the data comes from, of data of a user's own.
    """

    backend: str
    minutes: float
    validation: Mapping[str, float]
    epochs: int = 1
    best_epoch: int = 1
    history: Sequence[Mapping[str, float]] = ()
    packages: Collection[str] | None = None
    sources: Sequence[DataSource] = ()


def write_trained(
    recipe: Recipe,
    fitted: Fitted,
    course: Course,
    output: Path,
    *,
    command: str,
    overwrite: bool,
) -> ModelInfo:
    """Write what was trained by a recipe; return the record.

    Args:
        recipe: what was trained.
        fitted: the model as it is stored.
        course: how the training went.
        output: the checkpoint directory to make.
        command: the command to record.
        overwrite: whether an existing checkpoint is replaced.
    """
    used = course.packages
    place = "models/" if recipe.name in list_recipes() else ""
    info = ModelInfo(
        name=recipe.name,
        task=recipe.task,
        architecture=recipe.architecture,
        description=recipe.description,
        labels=getattr(recipe, "labels", ()),
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
            backend=course.backend,
            hardware=hardware(),
            minutes=course.minutes,
            seed=recipe.seed,
            epochs=course.epochs,
            best_epoch=course.best_epoch,
            method=recipe.method,
            validation=dict(course.validation),
            data=tuple(course.sources),
            history=history_of(course.history) or msgspec.UNSET,
        ),
        licenses=recipe.licenses,
        papers=recipe.papers,
    )
    return write_fitted(output, info, fitted, overwrite=overwrite)
