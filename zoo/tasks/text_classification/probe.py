"""Where a new head starts: at the linear classifier of the frozen body's features."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

import warnings
from typing import Any

import keras
import numpy as np

from zoo.classes.probabilities import class_scores
from zoo.fitting.loop import Examples

__all__ = ["start_head"]

_STRENGTHS = (1e-3, 1e-2, 1e-1, 1.0)  # scikit-learn's C: the inverse of the penalty
_MOST = 20_000
# What one look at the texts may cost: rows times classes times features, and the exponential of
# every class, which takes as long as 64 products. Some thousand looks are had.
_WORK, _EXPONENTIAL = 1e8, 64
_LEAST = 10  # texts a class that a head can be solved by
_FOLDS = 5
_BATCH = 128


def start_head(model: Any, examples: Examples, classes: int, *, seed: int = 0) -> float | None:
    """Solve for the head of a classifier over its frozen body, by logistic regression.

    A head that starts at random sends gradients into the body that spoil what it knows before the
    head knows anything; one that is solved first does not. Of many classes fewer texts are used, so
    that it is done in minutes, and of very many the head is left as it is.

    Args:
        model: a text classifier of the zoo, without its preprocessor; its head is set.
        examples: token ids of the training texts with their classes, and their weights.
        classes: number of classes.
        seed: seed of the parts of the cross-validation that chooses the penalty, with the head's
            dropout, and of the 20,000 texts that are used where there are more.

    Returns:
        The inverse of the penalty, scikit-learn's `C`; None where there are too many classes.

    Reference:
        [Kumar et al., 2022](https://arxiv.org/abs/2202.10054),
        [Wager et al., 2013](https://arxiv.org/abs/1307.1493)
    """
    from scipy.special import softmax
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import ThreadpoolController

    most = min(_MOST, int(_WORK / (model.logits.kernel.shape[0] + _EXPONENTIAL) / classes))
    if most < min(_LEAST * classes, len(examples.targets)):
        return None
    rows = np.random.default_rng(seed).permutation(len(examples.targets))[:most]
    targets = examples.targets[rows]
    weights = np.ones(len(rows)) if examples.weights is None else examples.weights[rows]
    features = _features(model, [examples.sequences[row] for row in rows])
    # Dropout of a feature is noise of its own size: by that, not by its deviation, it is scaled,
    # so that the penalty is the one that dropout amounts to (Wager et al. 2013).
    scale = np.sqrt(np.mean(features**2, axis=0))
    scale = np.where(scale > 1e-6, scale, 1.0)
    features /= scale
    noise = np.random.default_rng(seed).random(features.shape) >= model.spec.dropout
    noised = features * noise / (1 - model.spec.dropout)

    # Looking for them takes longer than to learn from a few rows.
    libraries = ThreadpoolController()

    def solve(rows: np.ndarray, strength: float) -> tuple[np.ndarray, np.ndarray]:
        solver = LogisticRegression(C=strength, max_iter=500)
        # Steps of a few products each: threads would wait for one another most of the time.
        with warnings.catch_warnings(), libraries.limit(limits=1, user_api="blas"):
            warnings.simplefilter("ignore", ConvergenceWarning)  # a start need not be exact
            solver.fit(features[rows], targets[rows], weights[rows])
        return _columns(solver, classes)

    def loss(strength: float) -> float:
        probabilities = np.empty((len(rows), classes))
        for fold in range(_FOLDS):
            outside = np.arange(len(rows)) % _FOLDS == fold  # the rows are in random order
            kernel, bias = solve(~outside, strength)
            probabilities[outside] = softmax(noised[outside] @ kernel + bias, axis=1)
        return class_scores(probabilities, targets, weights)["log_loss"]

    # In a half of few texts there may be one class alone, of which nothing can be learnt.
    several = all(
        len(set(targets[np.arange(len(rows)) % _FOLDS != fold])) > 1 for fold in range(_FOLDS)
    )
    strength = min(_STRENGTHS, key=loss) if several else _STRENGTHS[0]
    if len(set(targets)) < 2:
        return strength
    kernel, bias = solve(np.arange(len(rows)), strength)
    kernel = kernel / scale[:, None]
    model.logits.set_weights([kernel.astype(np.float32), bias.astype(np.float32)])
    return strength


def _features(model: Any, sequences: list[np.ndarray]) -> np.ndarray:
    """Return what the head reads, float64 of shape (texts, features), without dropout."""
    inputs = model.backbone.input
    pooled = model.pooler(model.backbone(inputs), inputs["padding_mask"])
    body = keras.Model(inputs, pooled)
    examples = Examples(sequences, np.zeros(len(sequences), np.int32))
    features = np.empty((len(sequences), pooled.shape[-1]))
    order = np.argsort(examples.lengths, kind="stable")
    for start in range(0, len(order), _BATCH):
        rows = order[start : start + _BATCH]
        read, *_ = examples.batch(rows)
        features[rows] = keras.ops.convert_to_numpy(body.predict_on_batch(read))
    return features


def _columns(solver: Any, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Return a solved classifier's kernel and bias, with a column for every class."""
    coefficients, intercepts = solver.coef_, solver.intercept_
    if len(solver.classes_) == 2:  # of two classes scikit-learn keeps the difference
        coefficients = np.concatenate([-coefficients / 2, coefficients / 2])
        intercepts = np.concatenate([-intercepts / 2, intercepts / 2])
    kernel = np.zeros((coefficients.shape[1], classes))
    # A class without a text is not what any text is taken for.
    bias = np.full(classes, intercepts.min() - 5.0)
    kernel[:, solver.classes_], bias[solver.classes_] = coefficients.T, intercepts
    return kernel, bias
