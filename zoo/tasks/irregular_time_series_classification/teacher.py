"""What teaches a network of irregular series: trees and a linear model of their figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from zoo.series.irregular import IrregularSeries
from zoo.tasks.irregular_time_series_classification.examples import Facts, IrregularExamples
from zoo.tasks.irregular_time_series_classification.recipe import TeacherSettings

__all__ = ["Teacher", "lessons"]


class Teacher:
    """A linear model, random trees and boosted trees, whose logarithms are averaged.

    They hear what the head of the network hears beside the state. They are fitted in parts of a
    cross-validation, so that a series is answered by those alone that were not fitted to it.

    Args:
        facts: figures and static features of the series, float64 (series, facts).
        labels: their class numbers, from 0.
        settings: how they are fitted.
    """

    def __init__(self, facts: np.ndarray, labels: np.ndarray, settings: TeacherSettings) -> None:
        from sklearn.model_selection import StratifiedKFold

        folds = StratifiedKFold(settings.folds, shuffle=True, random_state=settings.seed)
        self._parts = [
            (held, [one.fit(facts[kept], labels[kept]) for one in _members(settings)])
            for kept, held in folds.split(facts, labels)
        ]
        self._classes = int(labels.max()) + 1

    def answers(self, facts: np.ndarray) -> np.ndarray:
        """Return the probability of every class, float64 (series, classes).

        Args:
            facts: those of the same series, or of the series as they were altered.
        """
        answers = np.empty((len(facts), self._classes))
        for held, members in self._parts:
            found = [np.log(np.maximum(one.predict_proba(facts[held]), 1e-4)) for one in members]
            answers[held] = np.exp(np.mean(found, axis=0))
        answers /= answers.sum(axis=1, keepdims=True)
        return answers


def _members(settings: TeacherSettings) -> list[Any]:
    from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return [
        make_pipeline(StandardScaler(), LogisticRegression(C=settings.strength, max_iter=500)),
        ExtraTreesClassifier(
            settings.trees,
            min_samples_leaf=settings.least,
            max_features=settings.features,
            random_state=settings.seed,
        ),
        HistGradientBoostingClassifier(
            max_iter=settings.boosted,
            learning_rate=settings.rate,
            max_leaf_nodes=settings.leaves,
            min_samples_leaf=10 * settings.least,
            max_features=settings.features,
            l2_regularization=5.0,
            random_state=settings.seed,
        ),
    ]


def lessons(
    series: Sequence[IrregularSeries], labels: np.ndarray, facts: Facts, settings: TeacherSettings
) -> list[IrregularExamples]:
    """Return what a network learns from, in turn: the series, and sets of them as altered.

    Of an altered series some of the measurements are left out, from none to `dropped`. The target
    lies between the label and the teacher's answer to the series as it is read: where the teacher
    is unsure, the label is as much chance as knowledge.

    Args:
        series: the training series.
        labels: their class numbers, from 0.
        facts: returns what the teacher hears of series.
        settings: how it teaches.

    Reference:
        [Hinton et al., 2015](https://arxiv.org/abs/1503.02531)
    """
    generator = np.random.default_rng(settings.seed)
    whole = facts(series)
    teacher, truth = Teacher(whole, labels, settings), np.eye(int(labels.max()) + 1)[labels]
    sets = [(list(series), whole)]
    for _ in range(settings.sets):
        altered = [_altered(item, settings.dropped, generator) for item in series]
        sets.append((altered, facts(altered)))
    share = settings.label_share
    return [
        IrregularExamples(
            items, (share * truth + (1.0 - share) * teacher.answers(heard)).astype(np.float32)
        )
        for items, heard in sets
    ]


def _altered(
    series: IrregularSeries, dropped: float, generator: np.random.Generator
) -> IrregularSeries:
    lost = generator.random(series.values.shape) < generator.uniform(0.0, dropped)
    values = np.where(lost, np.nan, series.values)
    measured = ~np.isnan(values).all(axis=1)
    return IrregularSeries(series.times[measured], values[measured], series.static)
