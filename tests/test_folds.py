"""Figures over models of one recipe, each trained on another cut of the same data."""

from __future__ import annotations

import dataclasses

import msgspec
import numpy as np
import pytest

import zoo
from models import load_recipe
from training.folds import on_fold, with_folds
from zoo import checkpoint, datasets
from zoo.classes.metrics import classification_metrics
from zoo.datasets.common import DataSet
from zoo.schema import DatasetInfo, TrainingRecord
from zoo.series.examples import SeriesDataset
from zoo.tasks.time_series_classification.testing import LABELS, examples, make_gru_classifier

CUTS = ("cuts/a", "cuts/b", "cuts/c")


@pytest.fixture
def cuts(monkeypatch):
    """Three cuts of a data set, whose test parts have 9, 12 and 15 series."""
    known = {}
    for number, name in enumerate(CUTS):
        data = SeriesDataset(*examples(9 + 3 * number, number))
        info = DatasetInfo(name=name, title=name, url="", splits={"test": len(data)})
        known[name] = DataSet(
            info=info,
            terms="",
            load=lambda split, download, data=data: data,
            labels=LABELS,
            folds=CUTS,
        )
    monkeypatch.setattr(datasets, "KNOWN", known)
    return known


def run_on(path, dataset, shift, seed=1):
    """Return an evaluated checkpoint of a cut, whose weights are its own."""
    source = checkpoint.read(make_gru_classifier(path))
    tensors = dict(source.tensors)
    tensors["logits/bias"] = tensors["logits/bias"] + np.float16(shift) * np.eye(3, dtype="f2")[0]
    record = TrainingRecord(
        recipe="",
        command="",
        commit=None,
        packages={},
        backend="",
        hardware="",
        minutes=0.0,
        seed=seed,
        epochs=1,
        best_epoch=1,
        validation={},
    )
    info = msgspec.structs.replace(source.info, dataset=dataset.info, training=record)
    source = dataclasses.replace(source, info=info, tensors=tensors)
    metrics = zoo.evaluate(zoo.pipelines.make_pipeline(source), dataset.load("test", False))
    return dataclasses.replace(source, info=msgspec.structs.replace(info, metrics=metrics))


def test_every_example_is_answered_by_the_model_that_has_not_seen_it(cuts, tmp_path):
    runs = [run_on(tmp_path / name[-1], cuts[name], 2.0 * at) for at, name in enumerate(CUTS)]
    metrics = with_folds(runs[0].info, runs[0], runs[:0:-1])
    accuracies = [run.info.metrics[0].value for run in runs]
    assert len(set(accuracies)) > 1
    folds = metrics[0].folds
    assert metrics[0].value == accuracies[0]  # that of its own cut stays
    assert folds.values == dict(zip(CUTS, accuracies, strict=True))
    assert folds.mean == pytest.approx(np.mean(accuracies), abs=1e-6)
    assert folds.std == pytest.approx(np.std(accuracies, ddof=1), abs=1e-6)
    parts = [cuts[name].load("test", False) for name in CUTS]
    answers = [
        zoo.pipelines.make_pipeline(run).predict_proba(part.series)
        for run, part in zip(runs, parts, strict=True)
    ]
    labels = np.concatenate([part.labels for part in parts])
    together = classification_metrics(np.concatenate(answers), labels, "test", lambda *a: None)
    assert [metric.folds.pooled for metric in metrics] == pytest.approx(
        [metric.value for metric in together]
    )
    assert folds.num_examples == 36
    # A record that holds them is written and read.
    copy = msgspec.json.decode(msgspec.json.encode(metrics[0]), type=type(metrics[0]))
    assert copy == metrics[0]


def test_a_cut_that_is_missing_twice_there_or_of_another_seed_is_refused(cuts, tmp_path):
    first, second, third = (run_on(tmp_path / name[-1], cuts[name], 0.0) for name in CUTS)
    other = run_on(tmp_path / "other", cuts["cuts/c"], 0.0, seed=2)
    for others in ([second], [second, second], [second, third, third], [second, other]):
        with pytest.raises(zoo.InputError, match="one run of tiny on each of"):
            with_folds(first.info, first, others)


def test_a_recipe_is_put_on_another_cut_and_on_no_other_data():
    with pytest.raises(zoo.InputError, match=r"fold of data that has any.*lstm-imdb"):
        on_fold(load_recipe("lstm-imdb"), "jhmdb/2")
    recipe = dataclasses.replace(load_recipe("esn-japanese-vowels"), dataset="jhmdb/1")
    moved = on_fold(recipe, "jhmdb/3")
    assert moved.dataset == moved.dataset_info.name == "jhmdb/3"
    with pytest.raises(zoo.InputError, match="'hmp/m1'"):
        on_fold(recipe, "hmp/m1")
