"""What teaches a network of irregular series: boosted trees and a linear model of their figures."""

from __future__ import annotations

import numpy as np

from zoo.tasks.irregular_time_series_classification.recipe import TeacherSettings

__all__ = ["lessons"]


def lessons(facts: np.ndarray, labels: np.ndarray, settings: TeacherSettings) -> np.ndarray:
    """Return what a network is to answer to every series: between its label and a teacher's answer.

    The teacher hears what the head of the network hears beside the state. It is fitted in
    cross-validation, so that it answers only to series that it was not fitted to; where it is
    unsure, the label is as much chance as knowledge.

    Args:
        facts: figures and static features of the series, float64 (series, facts).
        labels: their class numbers, from 0.
        settings: how it is fitted.

    Returns:
        float32 array of shape (series, classes), each row of which sums to 1.

    Reference:
        [Hinton et al., 2015](https://arxiv.org/abs/1503.02531)
    """
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    folds = StratifiedKFold(settings.folds, shuffle=True, random_state=settings.seed)
    members = [
        make_pipeline(StandardScaler(), LogisticRegression(C=settings.strength, max_iter=500)),
        HistGradientBoostingClassifier(
            max_iter=settings.trees,
            learning_rate=settings.rate,
            max_leaf_nodes=settings.leaves,
            min_samples_leaf=settings.least,
            max_features=settings.features,
            l2_regularization=5.0,
            random_state=settings.seed,
        ),
    ]
    logarithms = [
        np.log(
            np.clip(
                cross_val_predict(one, facts, labels, cv=folds, method="predict_proba"), 1e-6, None
            )
        )
        for one in members
    ]
    answers = np.exp(np.mean(logarithms, axis=0))
    answers /= answers.sum(axis=1, keepdims=True)
    truth = np.eye(answers.shape[1])[labels]
    return (settings.label_share * truth + (1.0 - settings.label_share) * answers).astype("f4")
