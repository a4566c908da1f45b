"""Do to a trained entry what its recipe does after the last epoch: `python -m training.calibrate
segrnn-etth1`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from models import load_recipe
from training.train import learner_of
from zoo import checkpoint, registry
from zoo.cli.errors import one_line_errors, run_script
from zoo.common.quiet import import_keras
from zoo.errors import InputError
from zoo.files import read_regular
from zoo.formats import WEIGHTS
from zoo.recipe import Recipe
from zoo.schema import ModelInfo

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
_MOST_BYTES = 1 << 30


def calibrate(recipe: Recipe, path: Path) -> ModelInfo:
    """Set what a recipe sets after the last epoch, in a checkpoint that was trained without.

    No weight changes: the file of weights stays the same to the byte, and so does the record but
    for its fingerprints. Its figures are to be measured again.

    Args:
        recipe: what the checkpoint was trained by.
        path: the checkpoint directory.

    Raises:
        InputError: the recipe sets nothing then.
        DataError: the data is neither at hand nor reachable.
        OutputError: the place cannot be written. What was there stays.
    """
    import_keras()
    from zoo.fitting.building import from_checkpoint

    finish = getattr(learner_of(recipe, quiet=True), "finish", None)
    if finish is None:
        raise InputError(
            "Expected a recipe that sets something after the last epoch, such as how far quantiles "
            f"lie from the median. Received: {recipe.name}"
        )
    loaded = checkpoint.read(path)
    model = from_checkpoint(loaded)
    finish(model)
    written = checkpoint.write(
        path,
        info=loaded.info,
        backbone=model.backbone.spec,
        head=model.spec,
        preprocessor=loaded.preprocessor,
        assets=dict(loaded.assets),
        weights=read_regular(path / WEIGHTS, _MOST_BYTES),
        overwrite=True,
    )
    return written.info


@app.command()
def main(
    name: Annotated[str, typer.Argument(help="Entry, such as segrnn-etth1.")],
    checkpoint_dir: Annotated[
        Path | None, typer.Option("--checkpoint", help="Directory; default: the bundled one.")
    ] = None,
) -> None:
    """Set in a checkpoint what its recipe learns of the validation part after the last epoch.

    Then measure its figures again: python -m training.evaluate NAME.
    """
    with one_line_errors():
        path = Path(checkpoint_dir or registry.resolve(name))
        calibrate(load_recipe(name), path)
        print(f"Wrote {path}. Measure its figures again with: python -m training.evaluate {name}")


if __name__ == "__main__":
    run_script(app, "training.calibrate")
