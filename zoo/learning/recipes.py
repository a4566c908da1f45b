"""What TensorBoard tells of a recipe."""

from __future__ import annotations

import dataclasses
from typing import Any

from zoo.fitting.names import plain
from zoo.recipe import Recipe

__all__ = ["hyperparameters"]

# What one asks first of a training.
_TELLING = ("name", "seed", "units", "learning_rate", "batch_size")
# What a recipe holds beside hyperparameters: what the card and the record say.
_WORDS = ("description", "method", "dataset_info", "labels", "licenses", "papers")


def hyperparameters(recipe: Recipe) -> dict[str, bool | int | float | str]:
    """Return the hyperparameters of a recipe by name, those of its network among them.

    Args:
        recipe: the recipe.

    Example:
        >>> from models import load_recipe
        >>> hyperparameters(load_recipe("lstm-imdb"))["units"]
        128
    """
    settings: dict[str, Any] = {}
    for field in dataclasses.fields(recipe):
        value: Any = getattr(recipe, field.name)
        if field.name in _WORDS or isinstance(value, type):
            continue
        if isinstance(value, dict):
            settings |= value
        elif dataclasses.is_dataclass(value) and not isinstance(value, type):
            parts = dataclasses.asdict(value).items()
            settings |= {f"{field.name}_{name}": part for name, part in parts}
        else:
            settings[field.name] = value
    return plain({name: settings[name] for name in [*_TELLING, *settings] if name in settings})
