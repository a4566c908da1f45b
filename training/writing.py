"""Write what a recipe's training came to as a checkpoint directory."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from training.record import commit
from zoo import checkpoint
from zoo.fitting.building import in_float32, tensor_variables
from zoo.fitting.history import history_of
from zoo.fitting.loop import TrainingResult
from zoo.fitting.machine import hardware, packages
from zoo.schema import ModelInfo, TrainingRecord

if TYPE_CHECKING:
    from models import TextClassificationRecipe, TranslationRecipe
    from zoo.fitting.wandb_run import WandbRun

__all__ = ["write_trained"]


def write_trained(
    recipe: TextClassificationRecipe | TranslationRecipe,
    model: Any,
    result: TrainingResult,
    score: Callable[[Any], dict[str, float]],
    output: Path,
    *,
    task: str,
    architecture: str,
    labels: tuple[str, ...] = (),
    parts: Mapping[str, Any],
    command: str,
    overwrite: bool,
    mirror: WandbRun | None,
) -> ModelInfo:
    """Write the model with its best weights; return the record.

    Args:
        recipe: what was trained.
        model: the model.
        result: what the training came to.
        score: scores a model on the validation part.
        output: the checkpoint directory to make.
        task: the Hugging Face name of the task.
        architecture: family of the network.
        labels: names of the classes.
        parts: what `zoo.checkpoint.write` takes: `backbone`, `head`, `preprocessor`, `assets`.
        command: the command to record.
        overwrite: whether an existing checkpoint is replaced.
        mirror: a run of Weights & Biases, which gets the figures.
    """
    if mirror is not None:
        mirror.summarise({"best_epoch": result.best_epoch, **result.best})
    # Stored in half precision: the figures below are those of the stored weights.
    for variable, value in zip(model.trainable_variables, result.weights, strict=True):
        variable.assign(value.astype(np.float16).astype(np.float32))
    model = in_float32(model)
    weights = checkpoint.serialize_tensors(
        {
            name: np.asarray(keras.ops.convert_to_numpy(variable))
            for name, variable in tensor_variables(model).items()
        }
    )
    written = checkpoint.write(
        output,
        info=ModelInfo(
            name=recipe.name,
            task=task,
            architecture=architecture,
            description=recipe.description,
            labels=labels,
            parameters=0,
            dataset=recipe.dataset_info,
            training=TrainingRecord(
                recipe=f"models/{recipe.name.replace('-', '_')}.py",
                command=command,
                commit=commit(),
                packages=packages(),
                backend=keras.backend.backend(),
                hardware=hardware(),
                minutes=round(result.seconds / 60, 1),
                seed=recipe.seed,
                epochs=result.epochs,
                best_epoch=result.best_epoch,
                method=recipe.method,
                validation={name: round(v, 6) for name, v in score(model).items()},
                history=history_of(result.history),
            ),
            licenses=recipe.licenses,
            papers=recipe.papers,
        ),
        **parts,
        weights=weights,
        overwrite=overwrite,
    )
    return written.info
