"""Figures of every task: scored, recorded, verified, and refuted where they are false.

Those of entries are verified in `test_entries.py`, where their data is read.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import pytest

import zoo
from helpers import edit_record, stand_in
from suite.cases import TASKS, cases_of, tiny
from zoo import checkpoint
from zoo.evaluation import evaluate
from zoo.schema import DatasetInfo

every_task = pytest.mark.parametrize("task", TASKS)


@pytest.fixture
def path(task, tmp_path, monkeypatch):
    """A tiny checkpoint whose record holds the figures of a tiny data set."""
    monkeypatch.setattr(zoo.statistics, "RESAMPLES", 50)
    path = Path(shutil.copytree(tiny(task), tmp_path / "tiny"))
    info, data = checkpoint.read(path).info, cases_of(task).data()
    stand_in(monkeypatch, info.name, lambda split: data)
    dataset = DatasetInfo(name=info.name, title="Mine", url="x", splits={"test": len(data)})
    metrics = evaluate(path, data)
    checkpoint.replace_info(path, msgspec.structs.replace(info, dataset=dataset, metrics=metrics))
    return path


@every_task
def test_every_figure_has_its_interval_and_its_noise(task, path):
    info = zoo.info(path)
    assert info.metrics and len({metric.name for metric in info.metrics}) == len(info.metrics)
    for metric in info.metrics:
        low, high = metric.confidence_interval
        assert low <= high and metric.num_examples >= 1 and metric.split == "test"


@every_task
def test_scoring_tells_how_far_it_is_from_its_answers_on(task, path):
    told = []
    evaluate(path, cases_of(task).data(), progress=lambda *how: told.append(how))
    what, _, total = told[0]
    assert what != "bootstrap"
    assert [how[1] for how in told if how[0] == what][-1] == total > 0


@every_task
def test_an_honest_record_agrees(task, path):
    result = zoo.verify(path)
    assert result.agrees and result.complaint == "" and result.basis == "the whole test split"
    for item in result.comparisons:
        assert item.measured == item.claimed
        assert item.allowed[0] <= item.claimed.value <= item.allowed[1]


@every_task
def test_a_false_claim_does_not(task, path):
    def change(record):
        metric = record["metrics"][0]
        metric["value"] = 3 * metric["value"] + 0.3

    edit_record(path, change)
    result = zoo.verify(path)
    assert not result.agrees and "the figure differs" in result.complaint
    honest = [item.agrees for item in result.comparisons[1:]]
    assert honest == [True] * len(honest)
