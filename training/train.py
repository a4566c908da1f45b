"""Train an entry by its recipe: `python -m training.train lstm-imdb`."""

from __future__ import annotations

import dataclasses
import shlex
import shutil
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from models import list_recipes, load_recipe
from training.folds import on_fold
from zoo.cli.errors import one_line_errors, run_script
from zoo.cli.options import Devices, Wandb, WandbTexts
from zoo.cli.output import progress_bars
from zoo.common.quiet import import_keras
from zoo.errors import InputError, shown
from zoo.learning.devices import as_devices
from zoo.recipe import GradientDescent, Recipe
from zoo.schema import MAX_EPOCHS, ModelInfo, short
from zoo.task import task_named

if TYPE_CHECKING:
    from zoo.fitting.wandb_run import WandbRun
    from zoo.learning.learner import Learner

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


def learner_of(recipe: Recipe, data: Any = None, *, quiet: bool = False) -> Learner:
    """Return what trains a recipe's entry.

    Args:
        recipe: what is to be trained.
        data: what the recipe's task has read for a recipe on the same data, for several runs;
            None reads it.
        quiet: whether nothing is said of what is being done.

    Raises:
        DataError: the data set cannot be loaded.
    """
    from zoo.pipelines import pipeline

    task = task_named(recipe.task)
    assert task is not None
    learner: Learner = task.learn(
        recipe,
        entry=pipeline,
        tell=(lambda told: None) if quiet else lambda told: print(told, flush=True),
        data=data,
    )
    return learner


def train_recipe(
    recipe: Recipe,
    output: Path,
    *,
    restart: bool = False,
    wandb: bool = False,
    wandb_texts: bool = False,
    devices: int | str | Sequence[str] | None = None,
    command: str = "",
    data: Any = None,
) -> ModelInfo:
    """Train by a recipe and write a checkpoint directory.

    The run's state and its TensorBoard events lie beside it, in `<output>.run`. A run that was
    killed goes on from there when it is called again with the same arguments; what is fitted in
    closed form is done as a whole or not at all.

    Args:
        recipe: what to train; its `seed` seeds weights, dropout and the order of the examples.
        output: the checkpoint directory to make.
        restart: whether a run that is on disk is thrown away, finished or not.
        wandb: whether Weights & Biases gets what TensorBoard gets, but no picture that shows
            validation texts.
        wandb_texts: whether it gets those too.
        devices: how many devices share every batch, or their names; needs the backend jax.
        command: the command to record.
        data: as for `learner_of`.

    Returns:
        The record of the checkpoint that was written.

    Raises:
        InputError: `output` exists, or another run's state lies beside it, or wandb is wanted and
            not installed, or the recipe is fitted in closed form.
        DataError: the data set cannot be loaded.
        OutputError: the place cannot be written or is full.
        KeyboardInterrupt: Ctrl-C was pressed, or SIGTERM or SIGHUP came; it says how to go on.

    Example:
        >>> train_recipe(load_recipe("lstm-imdb"), Path("runs/mine"))  # doctest: +SKIP
    """
    work = output.with_name(output.name + ".run")
    if restart:
        shutil.rmtree(work, ignore_errors=True)
    if output.exists() and not restart:
        raise InputError(
            f"Expected an --output that does not exist yet. Received: {output}. Choose another, "
            "or add --restart to train it anew"
        )
    shared = as_devices(devices)
    descent = isinstance(recipe, GradientDescent)
    if shared is not None and not descent:
        raise InputError(
            f"Expected no --devices: {recipe.name} is fitted in closed form. "
            f"Received: {shown(devices)}"
        )
    spread: AbstractContextManager[None] = nullcontext()
    if descent:
        import_keras()
        from zoo.fitting.devices import on_devices

        spread = on_devices(shared)
    from training.writing import write_trained
    from zoo.fitting.stopping import stop_requests
    from zoo.learning.learner import Interrupted, Run
    from zoo.learning.recipes import hyperparameters

    if wandb and not descent:
        raise InputError(
            f"Expected no --wandb: {recipe.name} is fitted in closed form, without epochs"
        )
    config = hyperparameters(recipe)
    with (
        spread,
        _mirror(recipe, config, work, wandb, wandb_texts) as mirror,
        progress_bars() as progress,
    ):
        learner = learner_of(recipe, data)
        if descent:
            _keep_compiled(work)
        identity: dict[str, Any] = {"recipe": repr(recipe)}
        if learner.sources:
            identity["data"] = [[source.sha256, source.used] for source in learner.sources]
        run = Run(path=work, identity=identity, progress=progress, mirror=mirror)
        # What comes after the last epoch is written before any signal counts.
        with stop_requests() if learner.resumable else nullcontext():
            try:
                learnt = learner.fit(run)
            except Interrupted as stop:
                raise Interrupted(
                    f"{stop}: the run lies in {work}; give the same command again to go on",
                    stop.signal,
                ) from None
            return write_trained(
                recipe, learner, learnt, output, command=command, overwrite=restart
            )


@contextmanager
def _mirror(
    recipe: Recipe, config: dict[str, Any], work: Path, wanted: bool, texts: bool
) -> Iterator[WandbRun | None]:
    if not wanted:
        yield None
        return
    from zoo.fitting.wandb_run import wandb_run

    name = f"{recipe.name}-seed-{recipe.seed}"
    with wandb_run(work, name=name, job="train", config=config, texts=texts) as run:
        yield run


def _keep_compiled(work: Path) -> None:
    """Have JAX keep what it compiled: a run that goes on need not compile anew."""
    import keras

    if keras.backend.backend() == "jax":
        import jax

        jax.config.update("jax_compilation_cache_dir", str((work / "compiled").resolve()))


@app.command()
def main(
    name: Annotated[
        str, typer.Argument(help=f"File of a recipe, or entry: {', '.join(list_recipes())}")
    ],
    seed: Annotated[int | None, typer.Option(help="Another seed than the recipe's.")] = None,
    epochs: Annotated[int | None, typer.Option(help="Other passes than the recipe's.")] = None,
    fold: Annotated[
        str | None,
        typer.Option(help="Another cut of the recipe's data, such as jhmdb/2; default: its own."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="Checkpoint directory; default runs/NAME-seed-SEED.")
    ] = None,
    restart: Annotated[bool, typer.Option(help="Throw away what an earlier run left.")] = False,
    wandb: Wandb = False,
    wandb_texts: WandbTexts = False,
    devices: Devices = None,
) -> None:
    """Train an entry by its recipe and write a checkpoint directory.

    A run that was killed, or stopped by Ctrl-C or SIGTERM, goes on when the same command is given
    again.

    Examples:

        python -m training.train lstm-imdb

        python -m training.train lstm-imdb --seed 2 --output runs/second

        KERAS_BACKEND=jax python -m training.train lstm-imdb

        python -m training.train ./my_reviews.py
    """
    with one_line_errors():
        recipe = load_recipe(name)
        for option, value, least, most in (
            ("--epochs", epochs, 1, MAX_EPOCHS),
            ("--seed", seed, 0, (1 << 31) - 1),
        ):
            if value is not None and not least <= value <= most:
                raise InputError(f"Expected {option} from {least} to {most:,}. Received: {value}")
        if seed is not None:
            recipe = dataclasses.replace(recipe, seed=seed)
        if epochs is not None:
            if not isinstance(recipe, GradientDescent):
                raise InputError(
                    f"Expected no --epochs: {recipe.name} is fitted in closed form. "
                    f"Received: {epochs}"
                )
            recipe = dataclasses.replace(recipe, epochs=epochs)
        if fold is not None:
            recipe = on_fold(recipe, fold)
        target = output or Path("runs") / f"{recipe.name}-seed-{recipe.seed}"
        options = "".join(
            f" --{option} {shlex.quote(str(value))}"
            for option, value in (
                ("seed", seed),
                ("epochs", epochs),
                ("fold", fold),
                ("devices", devices),
            )
            if value is not None
        )
        info = train_recipe(
            recipe,
            target,
            restart=restart,
            wandb=wandb,
            wandb_texts=wandb_texts,
            devices=devices,
            command=f"python -m training.train {shlex.quote(Path(name).name)}{options}",
        )
        assert info.training is not None
        scores = ", ".join(f"{key} {short(v)}" for key, v in info.training.validation.items())
        print(f"Wrote {target}: epoch {info.training.best_epoch}, validation {scores}.")


if __name__ == "__main__":
    run_script(app, "training.train")
