"""What a classifier gets right and wrong, as text and as a picture, of two classes and of many."""

from __future__ import annotations

import numpy as np
import pytest

from zoo import statistics
from zoo.classes.metrics import classification_metrics
from zoo.classes.report import class_report, draw_confusion_matrix, show_classes
from zoo.interfaces import Scoring


def test_the_report_is_that_of_scikit_learn():
    from sklearn.metrics import classification_report

    generator = np.random.default_rng(0)
    true, taken = generator.integers(0, 3, (2, 200))
    report = class_report(("a", "$b", "c"), true, taken)
    expected = classification_report(true, taken, output_dict=True)
    for index in range(3):
        row = expected[str(index)]
        assert report.precision[index] == pytest.approx(row["precision"])
        assert report.recall[index] == pytest.approx(row["recall"])
        assert report.f1[index] == pytest.approx(row["f1-score"])
    assert report.accuracy == pytest.approx(expected["accuracy"])
    assert report.confusion().sum() == 200 and report.confusion()[1, 2] == sum(
        (true == 1) & (taken == 2)
    )
    lines = report.text.splitlines()
    assert len(lines) == 13 and lines[2].split()[0] == "$b"
    assert (
        draw_confusion_matrix(report)
        .axes[0]
        .get_title()
        .endswith(f"accuracy {report.accuracy:.4f}")
    )
    many = class_report(tuple(f"class {i}" for i in range(20)), true, taken)
    assert "most frequent mistakes" in many.text and "class 1 -> class 2" in many.text


def test_very_many_classes_are_reported_within_bounds():
    """100,000 squared would be 80 GB."""
    true = np.arange(3_000) * 30
    taken = np.where(true % 900 == 0, 99_999, true)
    report = class_report(tuple(f"class {i}" for i in range(100_000)), true, taken)
    assert report.accuracy == pytest.approx(0.9667, abs=1e-3)
    lines = report.text.splitlines()
    assert len(lines) < 130 and "the 100 of 100,000 classes of the most frequent mistakes" in lines
    assert "     1  class 900 -> class 99999" in lines
    figure = draw_confusion_matrix(report)
    assert "the 40 of 100,000 classes" in figure.axes[0].get_title()
    assert len(figure.axes[0].get_xticks()) == 40 and max(figure.get_size_inches()) < 20


@pytest.mark.parametrize("labels", [("bad", "good"), ("a label that is much longer", "b", "c")])
def test_no_label_of_the_confusion_matrix_is_clipped(labels):
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    numbers = np.arange(60) % len(labels)
    figure = draw_confusion_matrix(class_report(labels, numbers, numbers))
    FigureCanvasAgg(figure).draw()
    axes, bar = figure.axes
    texts = [axes.title, axes.xaxis.label, axes.yaxis.label, bar.yaxis.label]
    texts += [*axes.get_xticklabels(), *axes.get_yticklabels(), *bar.get_yticklabels()]
    for text in texts:
        box = text.get_window_extent()
        assert box.x0 >= 0 <= box.y0, text
        assert box.x1 <= figure.bbox.width and box.y1 <= figure.bbox.height, text


def test_metrics_of_very_many_classes_take_no_auc_and_no_squares(monkeypatch):
    monkeypatch.setattr(statistics, "RESAMPLES", 20)
    labels = np.arange(2_000)
    probabilities = np.full((2_000, 2_000), 1e-4, np.float32)
    probabilities[labels, np.where(labels < 1_500, labels, 0)] = 0.8
    metrics = classification_metrics(probabilities, labels, "validation")
    assert [metric.name for metric in metrics] == ["accuracy", "precision", "recall", "f1"]
    assert metrics[0].value == metrics[2].value == 0.75
    # Every class has one text: drawn within its class it is that one always.
    assert metrics[0].confidence_interval == (0.75, 0.75)


def test_a_classifier_that_is_always_wrong_has_scores(monkeypatch):
    monkeypatch.setattr(statistics, "RESAMPLES", 5)
    labels = np.arange(10) % 2
    metrics = classification_metrics(np.eye(2)[1 - labels], labels, "validation")
    assert [metric.value for metric in metrics] == [0.0] * 5


def test_a_report_heads_its_counts_by_what_is_classified():
    told = []
    show_classes(("a", "b"), np.array([0, 1]), np.eye(2), Scoring(tell=told.append), noun="series")
    head, first, *_ = told[0].splitlines()
    assert head.endswith("      f1  series") and len(head) == len(first)
