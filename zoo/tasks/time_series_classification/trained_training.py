"""Training of a classifier of series by its recipe, by gradient descent."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from zoo.classes.probabilities import all_right, class_scores
from zoo.datasets import dataset_named, load_dataset
from zoo.errors import InputError
from zoo.fitting.building import build_task
from zoo.fitting.goals import later
from zoo.fitting.optimizer import optimizer_of
from zoo.fitting.starts import draw_starts
from zoo.learning.descent import Descent
from zoo.learning.recipes import hyperparameters
from zoo.learning.refit import RefitDescent
from zoo.series.augmentation import AugmentedSeries
from zoo.series.examples import SeriesDataset
from zoo.specs import make_spec
from zoo.tasks.time_series_classification.data import LabelledSeries, read_labelled_series
from zoo.tasks.time_series_classification.held import hold_back
from zoo.tasks.time_series_classification.recipe import SeriesNetworkRecipe
from zoo.tasks.time_series_classification.specs import PooledClassifierSpec

__all__ = ["learn", "read_series", "scaling_of", "series_scores"]


def learn(
    recipe: SeriesNetworkRecipe,
    *,
    entry: Callable[[str], Any],
    tell: Callable[[str], None],
    data: LabelledSeries | None = None,
) -> Descent:
    """Return what trains a classifier of series; see `zoo.task.Task.learn`.

    Args:
        recipe: what is trained.
        entry: of no matter here: no other entry teaches it.
        tell: called with what is being done.
        data: what `read_series` returned for the recipe; None reads it.

    Raises:
        InputError: series of your own have other labels than the recipe.
    """
    if data is None:
        tell(f"Loading {recipe.dataset} ...")
        data = read_series(recipe)
    classes = len(recipe.labels)
    backbone = make_spec(recipe.kind, **recipe.backbone)
    head = make_spec(
        PooledClassifierSpec,
        num_classes=classes,
        pooling=recipe.pooling,
        attention_units=recipe.attention_units,
        dropout=recipe.dropout,
    )

    def fresh(series: list[np.ndarray]) -> Any:
        keras.utils.set_random_seed(recipe.seed)
        model = build_task(recipe.task, backbone, head, precision=recipe.precision)
        model.scale_to(series, together=recipe.scaled_together)
        draw_starts(
            model,
            kernel_start=recipe.kernel_start,
            recurrent_start=recipe.recurrent_start,
            embedding_start=None,
            seed=recipe.seed,
        )
        steps = -(-len(series) // recipe.batch_size) * recipe.epochs
        model.compile(
            optimizer=optimizer_of(recipe, steps=steps),
            loss=keras.losses.CategoricalCrossentropy(label_smoothing=recipe.label_smoothing),
            metrics=[],
        )
        return model

    def examples_of(part: SeriesDataset) -> Callable[[int], AugmentedSeries]:
        assert part.labels is not None
        targets = np.eye(classes, dtype=np.float32)[part.labels]
        scaling = scaling_of(part.series)

        def examples(epoch: int) -> AugmentedSeries:
            seed = (recipe.seed, epoch)
            return AugmentedSeries(part.series, targets, recipe.augmentation, scaling, seed)

        return examples

    train, held = data.train, data.held
    arguments: dict[str, Any] = {
        "model": fresh(train.series),
        "examples": examples_of(train),
        "score": lambda model: series_scores(model, held),
        "settings": recipe,
        "preprocessor": None,
        "assets": {},
        "config": hyperparameters(recipe),
        "method": recipe.method,
        "sources": data.sources,
        "held": held,
    }
    if recipe.last and not recipe.refit:
        return Descent(better=later, **arguments)
    if not recipe.refit:
        return Descent(perfect=all_right, **arguments)
    assert train.labels is not None and held.labels is not None
    whole = SeriesDataset(
        [*train.series, *held.series], np.concatenate([train.labels, held.labels])
    )
    return RefitDescent(whole=examples_of(whole), anew=lambda: fresh(whole.series), **arguments)


def read_series(recipe: SeriesNetworkRecipe) -> LabelledSeries:
    """Return the series that a recipe is trained on, and those held back for validation.

    Args:
        recipe: what is trained.

    Raises:
        DataError: the data is neither at hand nor reachable.
        InputError: series of your own have other labels than the recipe.
    """
    if dataset_named(recipe.dataset) is not None:
        train, held = hold_back(load_dataset(recipe.dataset, "train"), recipe.held)
        return LabelledSeries(train, held, recipe.labels, (), recipe.kind)
    channels = recipe.backbone["channels"]
    own = read_labelled_series(recipe.dataset, channels, recipe.labels, share=recipe.held)
    if own.labels != recipe.labels:
        raise InputError(
            f"Expected a recipe with the labels of {recipe.dataset}: labels={own.labels!r}. "
            f"Received: {recipe.labels!r}"
        )
    return own


def series_scores(model: Any, held: SeriesDataset) -> dict[str, float]:
    """Return the accuracy and the mean cross-entropy of a classifier as it is.

    Args:
        model: a compiled classifier of series.
        held: series with their classes.
    """
    assert held.labels is not None
    return class_scores(model.predict(held.series, batch_size=128), held.labels)


def scaling_of(series: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and deviation of the channels of all series together.

    Args:
        series: float arrays of shape (time, channels).
    """
    steps = np.concatenate(series)
    return steps.mean(axis=0), steps.std(axis=0)
