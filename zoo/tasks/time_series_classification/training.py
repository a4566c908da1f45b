"""Training of a classifier of series by its recipe: in closed form, without Keras."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zoo.datasets import dataset_named, load_dataset
from zoo.errors import InputError
from zoo.learning.closed_form import ClosedForm
from zoo.learning.recipes import hyperparameters
from zoo.networks.echo_state.closed_form import Fit, Progress
from zoo.networks.echo_state.spec import EchoStateBackboneSpec
from zoo.schema import DataSource
from zoo.specs import make_spec
from zoo.tasks.time_series_classification.data import read_labelled_series
from zoo.tasks.time_series_classification.fitting import fit_classifier
from zoo.tasks.time_series_classification.recipe import SeriesClassificationRecipe
from zoo.tasks.time_series_classification.specs import SequenceClassifierSpec

__all__ = ["learn"]


def learn(
    recipe: SeriesClassificationRecipe,
    *,
    entry: Callable[[str], Any],
    tell: Callable[[str], None],
    data: Any = None,
) -> ClosedForm:
    """Return what fits a classifier of series; see `zoo.task.Task.learn`.

    Args:
        recipe: what is fitted.
        entry: of no matter here: no other entry teaches it.
        tell: called with what is being done.
        data: the training part; None reads it.

    Raises:
        InputError: series of your own have other labels than the recipe.
    """
    backbone = make_spec(EchoStateBackboneSpec, **recipe.backbone, seed=recipe.seed)
    head = make_spec(SequenceClassifierSpec, num_classes=len(recipe.labels), points=recipe.points)
    tell(f"Loading {recipe.dataset} ...")
    held, sources = None, tuple[DataSource, ...]()
    if data is not None:
        train = data
    elif dataset_named(recipe.dataset) is not None:
        train = load_dataset(recipe.dataset, "train")
    else:
        own = read_labelled_series(recipe.dataset, backbone.channels, recipe.labels)
        if own.labels != recipe.labels:
            raise InputError(
                f"Expected a recipe with the labels of {recipe.dataset}: labels={own.labels!r}. "
                f"Received: {recipe.labels!r}"
            )
        train, held, sources = own.train, own.held, own.sources

    def solve(progress: Progress | None) -> Fit:
        return fit_classifier(
            backbone,
            head,
            train.series,
            train.labels,
            standardize=recipe.standardize,
            ridge=recipe.ridges,
            folds=recipe.folds,
            progress=progress,
        )

    return ClosedForm(
        solve=solve,
        backbone=backbone,
        head=head,
        config=hyperparameters(recipe),
        method=recipe.method,
        sources=sources,
        held=held,
    )
