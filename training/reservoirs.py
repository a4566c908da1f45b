"""Train the entries of reservoirs by their recipes: in closed form, without Keras."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from models.common.series_recipe import ForecastingRecipe, SeriesClassificationRecipe
from training.writing import Course, write_trained
from zoo.cli.output import progress_bars
from zoo.datasets import dataset_named, load_dataset
from zoo.errors import InputError
from zoo.learning.fitted import Fitted
from zoo.networks.echo_state.closed_form import Fit, draw_tensors
from zoo.networks.echo_state.spec import EchoStateBackboneSpec
from zoo.schema import ModelInfo
from zoo.specs import make_spec
from zoo.tasks.time_series_classification.fitting import fit_classifier
from zoo.tasks.time_series_classification.specs import SequenceClassifierSpec
from zoo.tasks.time_series_forecasting.fitting import fit_forecaster
from zoo.tasks.time_series_forecasting.network import ReservoirForecaster
from zoo.tasks.time_series_forecasting.scoring import forecast_metrics, score
from zoo.tasks.time_series_forecasting.specs import ForecasterSpec

__all__ = ["Recipe", "backbone_spec", "fit_recipe", "head_spec", "train_reservoir"]

Recipe = ForecastingRecipe | SeriesClassificationRecipe
Head = ForecasterSpec | SequenceClassifierSpec


def backbone_spec(recipe: Recipe) -> EchoStateBackboneSpec:
    """Return the arguments of a recipe's backbone.

    Args:
        recipe: the recipe.
    """
    return make_spec(EchoStateBackboneSpec, **recipe.backbone, seed=recipe.seed)


def head_spec(recipe: Recipe) -> Head:
    """Return the arguments of a recipe's readout.

    Args:
        recipe: the recipe.
    """
    if isinstance(recipe, ForecastingRecipe):
        return make_spec(ForecasterSpec, squares=recipe.squares, washout=recipe.washout)
    return make_spec(SequenceClassifierSpec, num_classes=len(recipe.labels), points=recipe.points)


def fit_recipe(recipe: Recipe, progress: Callable[[str, int, int], None] | None = None) -> Fit:
    """Fit the readout of a recipe's entry on its training split.

    Args:
        recipe: the recipe.
        progress: called with what is being done, how much is done, and how much there is.

    Returns:
        The fit; its `validation` holds the figures of the validation stretch, or those of the
        cross-validation where there is none.

    Raises:
        DataError: the data is neither at hand nor reachable.
    """
    backbone, head = backbone_spec(recipe), head_spec(recipe)
    data = load_dataset(recipe.dataset, "train")
    if isinstance(recipe, SeriesClassificationRecipe):
        assert isinstance(head, SequenceClassifierSpec) and data.labels is not None
        return fit_classifier(
            backbone,
            head,
            data.series,
            data.labels,
            standardize=recipe.standardize,
            ridge=recipe.ridges,
            folds=recipe.folds,
            progress=progress,
        )
    assert isinstance(head, ForecasterSpec)
    dataset = dataset_named(recipe.dataset)
    assert dataset is not None
    protocol = dataset.protocol
    (held,) = load_dataset(recipe.dataset, "validation").series
    fit = fit_forecaster(
        backbone,
        head,
        data.series,
        lambda model: score(model, held, protocol),
        tensors=draw_tensors(backbone, data.series),
        ridge=recipe.ridges,
        progress=progress,
    )
    model = ReservoirForecaster(fit.tensors, backbone, head)
    figures = {
        metric.name: metric.value
        for metric in forecast_metrics(model, held, protocol, "validation")
    }
    if protocol.lyapunov_steps is not None:
        # The median moves in steps: seeds are told apart by the mean.
        figures["mean_valid_time"] = -float(np.round(fit.scores[fit.ridge], 6))
    return Fit(fit.tensors, fit.ridge, fit.scores, figures)


def train_reservoir(
    recipe: Recipe, output: Path, *, restart: bool = False, command: str = ""
) -> ModelInfo:
    """Train by a recipe and write a checkpoint directory.

    A fit takes less than a minute, so that none is resumed: it is done as a whole or not at all.

    Args:
        recipe: what to train; its `seed` seeds the reservoir.
        output: the checkpoint directory to make.
        restart: whether one that is there is replaced.
        command: the command to record.

    Returns:
        The record of the checkpoint that was written.

    Raises:
        InputError: `output` exists.
        DataError: the data is neither at hand nor reachable.
        OutputError: the place cannot be written or is full.

    Example:
        >>> train_reservoir(load_recipe("esn-lorenz"), Path("runs/mine"))  # doctest: +SKIP
    """
    if output.exists() and not restart:
        raise InputError(
            f"Expected an --output that does not exist yet. Received: {output}. Choose another, "
            "or add --restart to train it anew"
        )
    start = time.perf_counter()
    with progress_bars() as progress:
        fit = fit_recipe(recipe, progress)
    minutes = (time.perf_counter() - start) / 60
    course = Course(
        backend="numpy",
        minutes=round(minutes, 2),
        validation={name: float(f"{value:.6g}") for name, value in fit.validation.items()},
        packages=("python", "numpy", "scipy"),
    )
    fitted = Fitted(fit.tensors, backbone_spec(recipe), head_spec(recipe))
    return write_trained(recipe, fitted, course, output, command=command, overwrite=restart)
