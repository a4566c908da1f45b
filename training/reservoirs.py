"""Train the entries of reservoirs by their recipes: in closed form, without Keras."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from models.series_recipe import ForecastingRecipe, SeriesClassificationRecipe
from zoo.datasets import load_series
from zoo.fitting.classifier import fit_classifier
from zoo.fitting.common import Fit, draw_tensors
from zoo.fitting.forecaster import fit_forecaster
from zoo.runtime.forecaster import ReservoirForecaster
from zoo.series_evaluation import PROTOCOLS, forecast_metrics, score
from zoo.series_specs import EchoStateBackboneSpec, ForecasterSpec, SequenceClassifierSpec
from zoo.specs import make_spec

__all__ = ["backbone_spec", "fit_recipe", "head_spec"]

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
    data = load_series(recipe.dataset, "train")
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
    protocol = PROTOCOLS[recipe.dataset]
    (held,) = load_series(recipe.dataset, "validation").series
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
