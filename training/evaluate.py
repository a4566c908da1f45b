"""Score a checkpoint on the official test split and write the figures into its record:
`python -m training.evaluate lstm-imdb`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import numpy as np
import typer

from models import load_recipe
from training.folds import with_folds
from training.words import refresh_words
from zoo import checkpoint, registry
from zoo.cli.errors import one_line_errors, run_script
from zoo.cli.output import figure, progress_bars
from zoo.errors import InputError
from zoo.evaluation import evaluate
from zoo.pipelines import make_pipeline
from zoo.schema import Metric, ModelInfo, SeedSpread, short, short_spread

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


def seed_spread(metric: str, runs: list[ModelInfo]) -> SeedSpread:
    """Return mean and sample standard deviation of a metric over runs of different seeds.

    Args:
        metric: the metric's name.
        runs: the records of the runs; each must hold the metric.
    """
    values = {}
    for run in sorted(runs, key=lambda run: run.training.seed if run.training else 0):
        found = run.metric(metric)
        assert run.training is not None and found is not None
        values[str(run.training.seed)] = found.value
    numbers = list(values.values())
    return SeedSpread(
        values=values,
        mean=float(f"{np.mean(numbers):.6g}"),
        std=float(f"{np.std(numbers, ddof=1):.6g}"),
    )


def check_runs(info: ModelInfo, runs: list[ModelInfo]) -> None:
    """Check that runs may be told together: evaluated, of the same recipe, of other seeds.

    Raises:
        InputError: one may not.
    """
    seeds = [run.training.seed if run.training else None for run in (info, *runs)]
    if None in seeds or len(set(seeds)) != len(seeds):
        raise InputError(f"Expected runs with different seeds. Received the seeds: {seeds}")
    for run in runs:
        if (run.name, run.parameters) != (info.name, info.parameters) or not run.metrics:
            raise InputError(
                f"Expected evaluated runs of {info.name}, with {info.parameters} parameters. "
                f"Received: {run.name}, with {run.parameters} and {len(run.metrics)} metrics"
            )


@app.command()
def main(
    name: Annotated[str, typer.Argument(help="Entry, such as lstm-imdb.")],
    checkpoint_dir: Annotated[
        Path | None, typer.Option("--checkpoint", help="Directory; default: the bundled one.")
    ] = None,
    seed_run: Annotated[
        list[Path] | None,
        typer.Option(help="Evaluated run with another seed, for mean and spread; repeatable."),
    ] = None,
    fold_run: Annotated[
        list[Path] | None,
        typer.Option(
            help="Evaluated run on another cut of the same data; repeatable: all of them."
        ),
    ] = None,
) -> None:
    """Score a checkpoint on the official test split and write the figures into its zoo.json.

    Examples:

        python -m training.evaluate lstm-imdb --checkpoint runs/lstm-imdb-seed-2

        python -m training.evaluate lstm-imdb --seed-run runs/lstm-imdb-seed-2
    """
    with one_line_errors():
        recipe = load_recipe(name)
        path = checkpoint_dir or registry.resolve(name)
        loaded = checkpoint.read(path)
        runs = [registry.info(run) for run in seed_run or []]
        check_runs(loaded.info, runs)
        with progress_bars() as progress:
            metrics: tuple[Metric, ...] = evaluate(make_pipeline(loaded), progress=progress)
        info = msgspec.structs.replace(loaded.info, metrics=metrics)
        if runs:
            metrics = tuple(
                msgspec.structs.replace(metric, seeds=seed_spread(metric.name, [info, *runs]))
                for metric in metrics
            )
            info = msgspec.structs.replace(info, metrics=metrics)
        if fold_run:
            metrics = with_folds(info, loaded, [checkpoint.read(run) for run in fold_run])
            info = msgspec.structs.replace(info, metrics=metrics)
        checkpoint.replace_info(path, refresh_words(info, recipe))
        for metric in metrics:
            spread = metric.seeds
            seeds = f", seeds {short_spread(spread, '+-')}" if spread else ""
            print(f"{metric.split} {metric.name}: {figure(metric)}{seeds}")
            if metric.folds:
                print(
                    f"  over {len(metric.folds.values)} folds: mean {short(metric.folds.mean)} +- "
                    f"{short(metric.folds.std)}, all examples together {short(metric.folds.pooled)}"
                )


if __name__ == "__main__":
    run_script(app, "training.evaluate")
