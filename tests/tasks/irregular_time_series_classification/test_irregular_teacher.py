"""What teaches networks of irregular series answers only to what it was not fitted to."""

from __future__ import annotations

import numpy as np
import pytest
from typer.testing import CliRunner

from training.train import app
from zoo.tasks.irregular_time_series_classification.examples import Facts
from zoo.tasks.irregular_time_series_classification.recipe import TeacherSettings
from zoo.tasks.irregular_time_series_classification.teacher import Teacher, lessons
from zoo.tasks.irregular_time_series_classification.testing import examples

SETTINGS = TeacherSettings(trees=20, boosted=10, folds=3, sets=1, label_share=0.25)


def test_labels_that_are_drawn_by_lot_are_not_known_to_it():
    generator = np.random.default_rng(0)
    facts, labels = generator.normal(size=(150, 6)), generator.integers(0, 2, 150)
    right = (Teacher(facts, labels, SETTINGS).answers(facts).argmax(axis=1) == labels).mean()
    assert 0.3 < right < 0.7  # trees that had seen the labels would know nearly all


def test_a_target_lies_between_the_label_and_the_answer_to_what_is_read():
    series, labels = examples(90)
    facts = Facts.fit(series)
    whole, altered = lessons(series, labels, facts, SETTINGS)
    for one in (whole, altered):
        assert one.targets.sum(axis=1) == pytest.approx(1, abs=1e-6)
        assert (one.targets[np.arange(90), labels] >= 0.25).all()
        assert (one.targets.argmax(axis=1) == labels).mean() > 0.9
    measured = [
        sum(np.isfinite(item.values).sum() for item in one.series) for one in (whole, altered)
    ]
    assert 0.6 < measured[1] / measured[0] < 0.95
    assert not any(np.isnan(item.values).all(axis=1).any() for item in altered.series)


def test_several_seeds_have_no_one_output(tmp_path):
    given = ["grud-physionet2012", "--seed", "1", "--seed", "2", "--output", str(tmp_path / "out")]
    done = CliRunner().invoke(app, given)
    assert done.exit_code == 2 and "no --output with several seeds" in done.stderr
