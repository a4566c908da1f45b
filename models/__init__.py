"""Recipes: one file an entry, holding everything that its training needs to know."""

from __future__ import annotations

import importlib
from pathlib import Path

from models.common.recipe import TextClassificationRecipe, TranslationRecipe
from models.common.series_recipe import ForecastingRecipe, SeriesClassificationRecipe
from zoo.errors import InputError, shown
from zoo.registry import near_names

__all__ = [
    "ForecastingRecipe",
    "Recipe",
    "SeriesClassificationRecipe",
    "TextClassificationRecipe",
    "TranslationRecipe",
    "list_recipes",
    "load_recipe",
]

Recipe = (
    TextClassificationRecipe | TranslationRecipe | ForecastingRecipe | SeriesClassificationRecipe
)


def list_recipes() -> list[str]:
    """Return the names of the entries that have a recipe.

    Example:
        >>> "lstm-imdb" in list_recipes()
        True
    """
    files = Path(__file__).parent.glob("*.py")
    return sorted(file.stem.replace("_", "-") for file in files if file.stem != "__init__")


def load_recipe(name: str) -> Recipe:
    """Return the recipe of an entry.

    Args:
        name: the entry's name, such as `"lstm-imdb"`.

    Raises:
        InputError: no entry of that name has a recipe.

    Example:
        >>> load_recipe("lstm-imdb").dataset
        'imdb_reviews'
    """
    names = list_recipes()
    if name not in names:
        near = near_names(name, names)
        hint = f" Did you mean {' or '.join(near)}?" if near else ""
        raise InputError(
            f"Expected the name of a recipe: {', '.join(names)}. Received: {shown(name)}.{hint}"
        )
    module = importlib.import_module(f"models.{name.replace('-', '_')}")
    recipe: Recipe = module.RECIPE
    return recipe
