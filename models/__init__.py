"""Recipes: one file an entry, holding everything that its training needs to know."""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path

from zoo.errors import InputError, shown
from zoo.recipe import Recipe
from zoo.registry import near_names

__all__ = ["list_recipes", "load_recipe"]


def list_recipes() -> list[str]:
    """Return the names of the entries that have a recipe.

    Example:
        >>> "lstm-imdb" in list_recipes()
        True
    """
    files = Path(__file__).parent.glob("*.py")
    return sorted(file.stem.replace("_", "-") for file in files if file.stem != "__init__")


def load_recipe(name: str) -> Recipe:
    """Return the recipe of an entry, or one of your own.

    Args:
        name: the entry's name, such as `"lstm-imdb"`, or the path of a Python file of your own,
            such as `"./my_reviews.py"`, which is run. It sets `RECIPE`, named as the file is:
            `my-reviews`.

    Raises:
        InputError: no entry of that name has a recipe, or the file holds none.

    Example:
        >>> load_recipe("lstm-imdb").dataset
        'imdb_reviews'
    """
    if name.endswith(".py"):
        return _own_recipe(Path(name))
    names = list_recipes()
    if name not in names:
        near = near_names(name, names)
        hint = f" Did you mean {' or '.join(near)}?" if near else ""
        raise InputError(
            f"Expected the name of a recipe: {', '.join(names)}, or a file such as "
            f"./my_reviews.py. Received: {shown(name)}.{hint}"
        )
    module = importlib.import_module(f"models.{name.replace('-', '_')}")
    recipe: Recipe = module.RECIPE
    return recipe


def _own_recipe(path: Path) -> Recipe:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if not path.is_file() or spec is None or spec.loader is None:
        raise InputError(f"Expected a file of a recipe. Received: {shown(str(path))}, no file")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except InputError:
        raise
    except Exception as error:
        raise InputError(
            f"Expected a recipe that Python can run. Received: {shown(str(path))}: "
            f"{type(error).__name__}: {error}"
        ) from error
    recipe, name = getattr(module, "RECIPE", None), path.stem.replace("_", "-")
    if not isinstance(recipe, Recipe):
        raise InputError(
            "Expected RECIPE = TextClassificationRecipe(...), or that of another task out of its "
            f"module zoo.tasks.TASK.recipe, in {path.name}. Received: {shown(recipe)}"
        )
    if recipe.name != name or name in list_recipes():
        raise InputError(
            f"Expected a recipe that is named as its file, {name}, and not as an entry. "
            f"Received: {shown(recipe.name)} in {path.name}"
        )
    return recipe
