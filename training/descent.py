"""What the trainings by gradient descent share: the weights kept, rounded, scored and written."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras

from training.writing import Course, write_trained
from zoo.fitting.loop import TrainingResult
from zoo.learning.fitted import Fitted, rounded
from zoo.schema import DataSource, ModelInfo

if TYPE_CHECKING:
    from models import TextClassificationRecipe, TranslationRecipe
    from zoo.fitting.wandb_run import WandbRun

__all__ = ["identity_of", "write_descent"]


def write_descent(
    recipe: TextClassificationRecipe | TranslationRecipe,
    model: Any,
    result: TrainingResult,
    score: Callable[[Any], dict[str, float]],
    output: Path,
    *,
    preprocessor: Any,
    assets: Mapping[str, bytes],
    sources: Sequence[DataSource] = (),
    command: str,
    overwrite: bool,
    mirror: WandbRun | None,
) -> ModelInfo:
    """Write a model with its best weights; return the record.

    Args:
        recipe: what was trained.
        model: the model.
        result: what the training came to.
        score: scores a model on the validation part.
        output: the checkpoint directory to make.
        preprocessor: arguments of what makes the model's input.
        assets: the files that this reads, by name.
        sources: where the data comes from, of data of a user's own.
        command: the command to record.
        overwrite: whether an existing checkpoint is replaced.
        mirror: a run of Weights & Biases, which gets the figures.
    """
    if mirror is not None:
        mirror.summarise({"best_epoch": result.best_epoch, **result.best})
    model = rounded(model, result.weights)
    fitted = dataclasses.replace(Fitted.of(model), preprocessor=preprocessor, assets=assets)
    course = Course(
        backend=keras.backend.backend(),
        minutes=round(result.seconds / 60, 1),
        validation={name: round(value, 6) for name, value in score(model).items()},
        epochs=result.epochs,
        best_epoch=result.best_epoch,
        history=result.history,
        sources=sources,
    )
    return write_trained(recipe, fitted, course, output, command=command, overwrite=overwrite)


def identity_of(
    recipe: TextClassificationRecipe | TranslationRecipe, sources: Sequence[DataSource] = ()
) -> dict[str, Any]:
    """Return what a run must have in common with one that it goes on from.

    Args:
        recipe: what is trained.
        sources: where the data comes from, of data of a user's own.
    """
    identity: dict[str, Any] = {"recipe": repr(recipe), "backend": keras.backend.backend()}
    if sources:
        identity["data"] = [[source.sha256, source.used] for source in sources]
    return identity
