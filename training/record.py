"""What a checkpoint's record and TensorBoard tell of the recipe."""

from __future__ import annotations

import dataclasses
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from models import TextClassificationRecipe, TranslationRecipe

__all__ = ["commit", "hyperparameters"]

ROOT = Path(__file__).resolve().parent.parent


def commit() -> str | None:
    """Return the commit that is checked out, marked when files differ from it."""
    try:
        head = subprocess.run(
            ["git", "describe", "--always", "--abbrev=40", "--dirty", "--match="],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return head.stdout.strip() or None


# What one asks first of a training.
_TELLING = ("name", "seed", "units", "learning_rate", "batch_size")
# What a recipe holds beside hyperparameters: what the card and the record say.
_WORDS = ("description", "method", "dataset_info", "labels", "licenses", "papers", "kind")


def hyperparameters(
    recipe: TextClassificationRecipe | TranslationRecipe,
) -> dict[str, bool | int | float | str]:
    """Return the hyperparameters of a recipe by name, those of its network among them.

    Args:
        recipe: the recipe.

    Example:
        >>> from models import load_recipe
        >>> hyperparameters(load_recipe("lstm-imdb"))["units"]
        128
    """
    from zoo.fitting.names import plain

    settings: dict[str, Any] = {}
    for field in dataclasses.fields(recipe):
        value = getattr(recipe, field.name)
        if field.name == "backbone":
            settings |= value
        elif dataclasses.is_dataclass(value) and not isinstance(value, type):
            parts = dataclasses.asdict(value).items()
            settings |= {f"{field.name}_{name}": part for name, part in parts}
        elif field.name not in _WORDS:
            settings[field.name] = value
    return plain({name: settings[name] for name in [*_TELLING, *settings] if name in settings})
