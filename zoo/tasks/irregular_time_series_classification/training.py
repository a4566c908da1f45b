"""Training of a classifier of irregular series by its recipe."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from zoo.classes.probabilities import class_scores
from zoo.datasets import dataset_named, load_dataset
from zoo.errors import InputError
from zoo.fitting.building import build_task, tensor_variables
from zoo.fitting.optimizer import optimizer_of
from zoo.learning.descent import Descent
from zoo.learning.recipes import hyperparameters
from zoo.series.irregular import Names
from zoo.series.irregular_files import names_in
from zoo.specs import make_spec
from zoo.tasks.irregular_time_series_classification.data import (
    LabelledIrregular,
    cut,
    read_labelled,
)
from zoo.tasks.irregular_time_series_classification.examples import (
    Facts,
    examples_of,
    probabilities_of,
)
from zoo.tasks.irregular_time_series_classification.recipe import IrregularClassificationRecipe
from zoo.tasks.irregular_time_series_classification.specs import IrregularClassifierSpec
from zoo.tasks.irregular_time_series_classification.teacher import lessons

__all__ = ["learn"]


def learn(
    recipe: IrregularClassificationRecipe,
    *,
    entry: Callable[[str], Any],
    tell: Callable[[str], None],
    data: LabelledIrregular | None = None,
) -> Descent:
    """Return what trains a classifier of irregular series; see `zoo.task.Task.learn`.

    Args:
        recipe: what is trained.
        entry: of no matter here: no other entry teaches it.
        tell: called with what is being done.
        data: the training and the validation part; None reads them.

    Raises:
        InputError: series of your own have other labels than the recipe.
    """
    keras.utils.set_random_seed(recipe.seed)
    names = Names(*(tuple(recipe.backbone.get(key, ())) for key in ("variables", "statics")))
    if data is None:
        tell(f"Loading {recipe.dataset} ...")
        known = dataset_named(recipe.dataset) is not None
        if not known and not names.variables:
            names = names_in(recipe.dataset)
        data = _read(recipe, names, known)
    classes = len(recipe.labels)
    assert data.train.labels is not None and data.held.labels is not None
    eye = np.eye(classes, dtype=np.float32)
    examples = examples_of(data.train, names, eye[data.train.labels])
    facts, sets = Facts.fit(examples.series), [examples]
    if recipe.teacher is not None:
        tell("Asking the teacher ...")
        sets = lessons(examples.series, data.train.labels, facts, recipe.teacher)
    held = examples_of(data.held, names, eye[data.held.labels])
    arguments = {**recipe.backbone, "variables": names.variables, "statics": names.statics}
    model = build_task(
        recipe.task,
        make_spec(recipe.kind, **arguments),
        make_spec(
            IrregularClassifierSpec,
            num_classes=classes,
            hidden_units=recipe.hidden_units,
            dropout=recipe.dropout,
            state_dropout=recipe.state_dropout,
        ),
        precision=recipe.precision,
    )
    variables = tensor_variables(model)
    for name, value in facts.tensors(facts(examples.series)).items():
        variables[name].assign(value)
    shares = eye[data.train.labels].mean(axis=0)
    variables["logits/bias"].assign(np.log(np.maximum(shares, 1e-6)))
    steps = -(-len(examples.series) // recipe.batch_size) * recipe.epochs
    model.compile(
        optimizer=optimizer_of(recipe, steps=steps),
        loss=keras.losses.CategoricalCrossentropy(label_smoothing=recipe.label_smoothing),
        metrics=[],
    )
    truth = data.held.labels
    return Descent(
        model=model,
        examples=lambda epoch: sets[epoch % len(sets)],
        score=lambda model: class_scores(probabilities_of(model, held, classes), truth),
        settings=recipe,
        preprocessor=None,
        assets={},
        config=hyperparameters(recipe),
        method=recipe.method,
        sources=data.sources,
        held=data.held,
    )


def _read(recipe: IrregularClassificationRecipe, names: Names, known: bool) -> LabelledIrregular:
    if known:
        # The cut is one for all seeds, so that their scores in validation are of the same series.
        train, held = cut(load_dataset(recipe.dataset, "train"), recipe.held, 0)
        return LabelledIrregular(train, held, recipe.labels)
    own = read_labelled(recipe.dataset, names, recipe.labels)
    if own.labels != recipe.labels:
        raise InputError(
            f"Expected a recipe with the labels of {recipe.dataset}: labels={own.labels!r}. "
            f"Received: {recipe.labels!r}"
        )
    return own
