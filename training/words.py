"""Bring the words of records up to date with their recipes: `python -m training.words`."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer

from models import load_recipe
from zoo import checkpoint, registry
from zoo.cli.errors import one_line_errors, run_script
from zoo.datasets import dataset_named
from zoo.recipe import Recipe
from zoo.schema import ModelInfo

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


def refresh_words(info: ModelInfo, recipe: Recipe) -> ModelInfo:
    """Return the record with the words of the recipe as they are now.

    A better sentence or another citation needs no new training; what was measured stays.

    Args:
        info: the record of a checkpoint that was trained by the recipe.
        recipe: the recipe.
    """
    assert info.training is not None
    return msgspec.structs.replace(
        info,
        architecture=recipe.architecture,
        description=recipe.description,
        dataset=info.dataset if _is_other_cut(info, recipe) else recipe.dataset_info,
        licenses=recipe.licenses,
        papers=recipe.papers,
        training=msgspec.structs.replace(info.training, method=recipe.method),
    )


def _is_other_cut(info: ModelInfo, recipe: Recipe) -> bool:
    dataset = dataset_named(recipe.dataset)
    return (
        dataset is not None
        and info.dataset is not None
        and info.dataset.name != dataset.name
        and info.dataset.name in dataset.folds
    )


@app.command()
def main(
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Entries, such as lstm-imdb, or directories; by default all entries."),
    ] = None,
) -> None:
    """Write what the recipes say now into the zoo.json of checkpoints.

    Architectures, descriptions, methods, data, licences and citations only: no figure and no other
    file changes.

    Examples:

        python -m training.words

        python -m training.words lstm-imdb gru-imdb
    """
    with one_line_errors():
        for name in names or registry.list_models():
            info = registry.info(name)
            refreshed = refresh_words(info, load_recipe(info.name))
            if refreshed == info:
                print(f"{name}: up to date")
                continue
            checkpoint.replace_info(registry.resolve(name), refreshed)
            print(f"{name}: words refreshed")


if __name__ == "__main__":
    run_script(app, "training.words")
