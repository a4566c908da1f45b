"""Search the hyperparameters of a reservoir's entry on its validation stretch:
`python -m training.search_reservoirs esn-lorenz`."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from models import load_recipe
from training.train import learner_of
from zoo.cli.errors import one_line_errors, run_script
from zoo.errors import InputError, shown

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


def draw_trial(recipe: Any, number: int) -> dict[str, Any]:
    """Return the arguments of the backbone in one trial: random, the same for the same number.

    Args:
        recipe: the recipe, whose number of units and density stay.
        number: the trial's number.
    """
    generator = np.random.default_rng(number)
    return {
        **recipe.backbone,
        "spectral_radius": round(float(generator.uniform(0.2, 1.25)), 3),
        "leak_rate": float(generator.choice([1.0, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1])),
        "input_scaling": float(f"{10 ** generator.uniform(-1, 0.5):.2g}"),
        "bias_scaling": float(f"{10 ** generator.uniform(-2, 0.3):.2g}"),
    }


def fit(recipe: Any) -> Any:
    """Return the fit of a recipe's readout, with what each penalty scored in validation.

    Args:
        recipe: the recipe.
    """
    learner: Any = learner_of(recipe, quiet=True)
    return learner.solve(None)


@app.command()
def main(
    name: Annotated[str, typer.Argument(help="Entry, such as esn-lorenz.")],
    trials: Annotated[int, typer.Option(help="Number of draws.")] = 40,
    seeds: Annotated[int, typer.Option(help="Reservoirs for every draw.")] = 2,
    log: Annotated[
        Path | None, typer.Option(help="One line a trial; default runs/NAME-search.jsonl.")
    ] = None,
) -> None:
    """Draw hyperparameters at random and score each on the validation stretch.

    Where the data has no such stretch it is scored in cross-validation of the training split.
    Trials that stand in the log already are not repeated.

    Examples:

        python -m training.search_reservoirs esn-lorenz --trials 100
    """
    with one_line_errors():
        recipe: Any = load_recipe(name)
        if not hasattr(recipe, "ridges"):
            raise InputError(f"Expected the recipe of a reservoir. Received: {shown(name)}")
        path = log or Path("runs") / f"{name}-search.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = path.read_text().splitlines() if path.exists() else []
        results = [json.loads(line) for line in lines]
        done = {result["trial"] for result in results}
        for number in range(trials):
            if number in done:
                continue
            backbone = draw_trial(recipe, number)
            fits = [
                fit(dataclasses.replace(recipe, backbone=backbone, seed=seed))
                for seed in range(1, seeds + 1)
            ]
            result = {
                "trial": number,
                "score": float(np.mean([fit.scores[fit.ridge] for fit in fits])),
                "ridges": [fit.ridge for fit in fits],
                "validation": [fit.validation for fit in fits],
                "backbone": backbone,
            }
            with path.open("a") as file:
                file.write(json.dumps(result) + "\n")
            results.append(result)
            print(f"{number}: {result['score']:.6g}", file=sys.stderr)
        for result in sorted(results, key=lambda result: result["score"])[:5]:
            print(json.dumps(result))


if __name__ == "__main__":
    run_script(app, "training.search_reservoirs")
