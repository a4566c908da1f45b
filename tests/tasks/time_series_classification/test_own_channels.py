"""Classifiers of series tuned on series of other channels, and folders whose files differ."""

from __future__ import annotations

import functools
import itertools
import logging
import tempfile
from pathlib import Path

import numpy as np
import pytest

import zoo
from zoo import registry
from zoo.interfaces import UserData
from zoo.networks.recurrent.series_channels import weights_for_channels
from zoo.networks.recurrent.series_spec import SeriesRecurrentBackboneSpec
from zoo.networks.recurrent.series_steps import SeriesFeatureSteps
from zoo.series.files import SeriesReading, noted, parse_series
from zoo.series.sources import read_source
from zoo.task import task_named
from zoo.tasks.time_series_classification.testing import (
    LABELS,
    examples,
    make_gru_classifier,
    make_lstm_classifier,
)

TASK = task_named("time-series-classification")


@functools.cache
def source(make):
    return registry.read(make(Path(tempfile.mkdtemp(prefix="zoo-own-")) / "tiny"))


def prepared(train, make=make_gru_classifier, **settings):
    found = source(make)
    return TASK.prepare(found, UserData(train=train, options={}), TASK.settings(found, settings))


def of_channels(count):
    """Series of so many channels, and the names of their classes."""
    series, labels = examples(24, 5, 0.1)
    wide = [np.resize(item.T, (count, len(item))).T + np.arange(count) for item in series]
    return wide, [LABELS[label] for label in labels]


def test_a_channel_that_is_given_twice_counts_as_once():
    spec = SeriesRecurrentBackboneSpec(channels=2, cell="gru", units=3, lags=(1, 3), frame=2)
    generator = np.random.default_rng(0)
    shapes = {"scaling/mean": (2,), "recurrent_0/gru_cell/kernel": (2 * 2 * 3, 9), "logits/b": (4,)}
    tensors = {name: generator.normal(size=shape) for name, shape in shapes.items()}
    found = weights_for_channels(tensors, spec, 4)
    assert found.keys() == {"recurrent_0/gru_cell/kernel", "logits/b"}
    once = generator.normal(size=(4, 2)).astype("f4")

    def given(series, weights):
        # The scaling of features is not of what is carried over.
        steps = SeriesFeatureSteps.__new__(SeriesFeatureSteps)
        steps._spec, steps.kept, steps._scaling = spec, 3, None
        features, _ = steps(series, series[:0])
        return features.reshape(2, -1) @ weights["recurrent_0/gru_cell/kernel"]

    twice = np.concatenate([once, once], axis=1)
    np.testing.assert_allclose(given(twice, found), given(once, tensors), atol=1e-5)
    # Of fewer channels the first ones count for all.
    fewer = weights_for_channels(tensors, spec, 1)["recurrent_0/gru_cell/kernel"]
    first = tensors["recurrent_0/gru_cell/kernel"].reshape(2, 3, 2, 9)[:, :, :1]
    np.testing.assert_array_equal(fewer, 2 * first.reshape(6, 9))


@pytest.mark.parametrize("channels", [1, 3])
def test_a_network_is_tuned_on_series_of_other_channels(channels):
    found = source(make_gru_classifier)
    data = prepared(of_channels(channels), epochs=2)
    assert data.data.channels == channels and data.data.network == found.backbone

    def load(**arguments):
        return zoo.load(found.path, **arguments)

    with pytest.warns(UserWarning, match=rf"{channels} channels?, and tiny was trained on 2: "):
        learner = TASK.tune(load, found.info, data)
    model = learner.model
    assert model.backbone.spec.channels == channels and model.spec.num_classes == 3
    assert f"2 channels: of the {channels} of these series" in learner.method
    tensors = model.tensors
    for name, value in found.tensors.items():
        if "scaling" not in name and "recurrent_0" not in name:
            np.testing.assert_array_equal(tensors[name], value.astype("f4"))
    steps = np.concatenate(data.data.train.series)
    np.testing.assert_allclose(tensors["scaling/mean"], steps.mean(axis=0), atol=0.02)
    assert not any("scaling" in variable.path for variable in model.trainable_variables)
    assert np.isfinite(learner.score(model)["log_loss"])


def test_points_and_reservoirs_keep_their_channels():
    with pytest.raises(zoo.InputError, match="Expected 2 channels"):
        prepared(of_channels(3), make_lstm_classifier)


def folder(place, tables):
    for number, (label, text) in enumerate(tables):
        (place / label).mkdir(exist_ok=True)
        (place / label / f"{number}.csv").write_text(text)
    return place


def rows(count, columns, header=""):
    steps = itertools.count()
    lines = [",".join(f"{next(steps) ** 1.5:.3f}" for _ in range(columns)) for _ in range(count)]
    return "\n".join(filter(None, [header, *lines])) + "\n"


def test_files_of_other_channels_are_named_and_other_columns_told(tmp_path):
    tables = [(label, rows(5, 3, "x,y,z")) for label in "aabbbb"]
    (tmp_path / "none").mkdir()
    with pytest.warns(UserWarning, match="1 folder in .* without any series, such as 'none'"):
        found = read_source(folder(tmp_path, tables), classes=True)
    (tmp_path / "none").rmdir()
    assert found.series[0].shape == (5, 3) and found.labels == ["a"] * 2 + ["b"] * 4
    folder(tmp_path, [("a", rows(5, 3, "z,y,x"))])
    with pytest.warns(UserWarning, match=r"1 of 6 series .*0\.csv: 'z, y, x' where others have"):
        read_source(tmp_path, classes=True)
    folder(tmp_path, [("a", rows(5, 2, "x,y"))])
    with pytest.raises(zoo.InputError, match=r"3 channels in every.*2 in .*0\.csv: 'x, y'"):
        read_source(tmp_path, classes=True)


def test_a_channel_that_never_changes_is_told():
    series, labels = of_channels(2)
    still = [np.column_stack([item, np.full(len(item), 7.0)]) for item in series]
    with pytest.warns(UserWarning, match=r"Nothing changes in channel 2 \(counted from 0\)"):
        assert prepared((still, labels)).data.channels == 3


def test_a_series_of_one_step_among_others_is_told():
    series, labels = of_channels(2)
    with pytest.warns(UserWarning, match=r"Of one step alone: 1 of 24 series, such as number 3 "):
        prepared(([*series[:3], series[3][:1], *series[4:]], labels))


def test_messages_that_begin_with_numbers_are_not_taken_for_one():
    lines = ["ds,x", *(f"2024-01-{day:02},{day}" for day in (1, 2, 3, 6, 7, 8))]
    content = ("\n".join(lines) + "\n").encode()
    series = parse_series(content, "a.csv", reading=SeriesReading(fill="linear"))
    told = [note.message for note in noted([series]) if note.warns]
    assert len(told) == 2 and "2 steps are missing" in told[0] and "2 missing values" in told[1]


def test_what_is_true_of_many_files_is_told_once(tmp_path, caplog):
    days = [f"2024-01-{day:02}" for day in range(1, 9)]
    for number in range(6):
        kept = [day for at, day in enumerate(days) if at != 2 + number % 3]
        lines = ["ds,x", *(f"{day},{at}.5" for at, day in enumerate(kept[number // 3 :]))]
        (tmp_path / "ab"[number % 2]).mkdir(exist_ok=True)
        (tmp_path / "ab"[number % 2] / f"{number}.csv").write_text("\n".join(lines) + "\n")
    caplog.set_level(logging.INFO, "zoo")
    with pytest.warns(UserWarning, match=r"is missing.*; the like of 5 more") as caught:
        read_source(tmp_path, classes=True)
    assert len(caught) == 1 and len(caplog.messages) == 1
    assert "0.csv: 7 steps, every day" in caplog.text and "; the like of 5 more" in caplog.text
