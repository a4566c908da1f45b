"""Training of a classifier of irregular series by its recipe."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import keras
import numpy as np

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
    IrregularExamples,
    examples_of,
    probabilities_of,
    scores_of,
)
from zoo.tasks.irregular_time_series_classification.recipe import (
    IrregularClassificationRecipe,
    TeacherSettings,
)
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
    names = Names(*(tuple(recipe.backbone.get(key, ())) for key in ("variables", "statics")))
    if data is not None:
        learnt = _Lessons.of(data, names, recipe.teacher)
    else:
        tell(f"Loading {recipe.dataset} ...")
        if dataset_named(recipe.dataset) is None:
            learnt = _own(recipe, names)
        else:
            learnt = _known(recipe.dataset, recipe.labels, names, recipe.held, recipe.teacher)
    # After what is drawn for the data, so that a run does not depend on whether it was read anew.
    keras.utils.set_random_seed(recipe.seed)
    names, data, sets, classes = learnt.names, learnt.data, learnt.sets, len(recipe.labels)
    assert data.train.labels is not None and data.held.labels is not None
    eye = np.eye(classes, dtype=np.float32)
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
    for name, value in learnt.scaling.items():
        variables[name].assign(value)
    shares = eye[data.train.labels].mean(axis=0)
    variables["logits/bias"].assign(np.log(np.maximum(shares, 1e-6)))
    steps = -(-len(data.train) // recipe.batch_size) * recipe.epochs
    model.compile(
        optimizer=optimizer_of(recipe, steps=steps),
        loss=keras.losses.CategoricalCrossentropy(label_smoothing=recipe.label_smoothing),
        metrics=[],
    )
    truth = data.held.labels
    return Descent(
        model=model,
        examples=lambda epoch: sets[epoch % len(sets)],
        score=lambda model: scores_of(probabilities_of(model, held, classes), truth),
        settings=recipe,
        preprocessor=None,
        assets={},
        config=hyperparameters(recipe),
        method=recipe.method,
        sources=data.sources,
        held=data.held,
    )


@dataclass(frozen=True)
class _Lessons:
    """What a network learns from.

    Attributes:
        names: what it calls what it reads.
        data: the training and the validation part.
        sets: what it reads, an epoch each, in turn.
        scaling: weights that scale what it reads.
    """

    names: Names
    data: LabelledIrregular
    sets: list[IrregularExamples]
    scaling: dict[str, np.ndarray]

    @classmethod
    def of(cls, data: LabelledIrregular, names: Names, teacher: TeacherSettings | None) -> _Lessons:
        """Return what is learnt of data, with a teacher's answers where there is one."""
        labels = data.train.labels
        assert labels is not None
        targets = np.eye(len(data.labels), dtype=np.float32)[labels]
        examples = examples_of(data.train, names, targets)
        facts = Facts.fit(examples.series)
        sets = [examples]
        if teacher is not None:
            sets = lessons(examples.series, labels, facts, teacher)
        return cls(names, data, sets, facts.tensors(facts(examples.series)))


@lru_cache(maxsize=1)  # of several seeds in one process, which read the same
def _known(
    dataset: str,
    labels: tuple[str, ...],
    names: Names,
    share: float,
    teacher: TeacherSettings | None,
) -> _Lessons:
    """Return what is learnt of a data set of the zoo.

    The cut is one for all seeds, so that their scores in validation are of the same series.
    """
    train, held = cut(load_dataset(dataset, "train"), share, 0)
    return _Lessons.of(LabelledIrregular(train, held, labels), names, teacher)


def _own(recipe: IrregularClassificationRecipe, names: Names) -> _Lessons:
    """Return what is learnt of data of one's own."""
    names = names if names.variables else names_in(recipe.dataset)
    own = read_labelled(recipe.dataset, names, recipe.labels)
    if own.labels != recipe.labels:
        raise InputError(
            f"Expected a recipe with the labels of {recipe.dataset}: labels={own.labels!r}. "
            f"Received: {recipe.labels!r}"
        )
    return _Lessons.of(own, names, recipe.teacher)
