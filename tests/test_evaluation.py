"""The metrics and their intervals."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as sk

import zoo
from zoo.evaluation import METRICS, classification_metrics


def example(count, classes, seed=0):
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, classes, count)
    logits = generator.normal(size=(count, classes)) + 1.5 * np.eye(classes)[labels]
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return probabilities, labels


@pytest.mark.parametrize("classes", [2, 4])
def test_the_values_are_those_of_scikit_learn(classes):
    probabilities, labels = example(300, classes)
    received = {m.name: m for m in classification_metrics(probabilities, labels, "test")}
    predicted = probabilities.argmax(axis=1)
    average = "binary" if classes == 2 else "macro"
    auc = (
        sk.roc_auc_score(labels, probabilities[:, 1])
        if classes == 2
        else sk.roc_auc_score(labels, probabilities, multi_class="ovr")
    )
    expected = {
        "accuracy": sk.accuracy_score(labels, predicted),
        "precision": sk.precision_score(labels, predicted, average=average),
        "recall": sk.recall_score(labels, predicted, average=average),
        "f1": sk.f1_score(labels, predicted, average=average),
        "auc": auc,
    }
    assert list(received) == list(METRICS)
    for name, value in expected.items():
        metric = received[name]
        assert metric.value == pytest.approx(value, abs=1e-6)
        low, high = metric.confidence_interval
        assert low < metric.value < high and metric.num_examples == 300


def test_the_interval_is_reproducible_and_narrows_with_more_examples():
    few, many = (classification_metrics(*example(count, 2), "test")[0] for count in (100, 2500))
    assert classification_metrics(*example(100, 2), "test")[0] == few
    widths = [m.confidence_interval[1] - m.confidence_interval[0] for m in (few, many)]
    assert widths[0] / widths[1] == pytest.approx(5, rel=0.35)  # the square root of 25
    share = many.value
    normal = 2 * 1.96 * np.sqrt(share * (1 - share) / 2500)
    assert widths[1] == pytest.approx(normal, rel=0.15)


def test_one_class_alone_is_refused():
    probabilities, _ = example(10, 2)
    with pytest.raises(zoo.InputError, match="at least two classes"):
        classification_metrics(probabilities, np.ones(10, int), "test")
