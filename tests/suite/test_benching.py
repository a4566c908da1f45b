"""Every task is measured by `zoo bench`."""

from __future__ import annotations

import json

import pytest

import zoo
from helpers import zoo_command
from suite.cases import TASKS, cases_of, tiny
from zoo.benching import bench as module
from zoo.benching.bench import BATCHES
from zoo.benching.machine import Limits
from zoo.common.testing import NotApplicable


@pytest.mark.parametrize("task", TASKS)
def test_a_pipeline_is_measured_in_a_process_of_its_own(task, monkeypatch):
    if task != TASKS[0]:  # the machine is the same
        monkeypatch.setattr(module, "limits", lambda: Limits(1, 1.0, 1.0, 1.0))
    told = []
    found = zoo.bench(
        tiny(task), rounds=1, keras=False, progress=lambda *step: told.append(step[1:])
    )
    assert found.name == zoo.info(tiny(task)).name and found.limits.gflops > 0
    figures = found.ways["pipeline"]
    assert figures.first > 0 and figures.memory > 10
    steps = {"step"} if not isinstance(cases_of(task).streamed, NotApplicable) else set()
    assert set(figures.cases) - {"step"} == set(map(str, BATCHES))
    assert set(figures.cases) - set(map(str, BATCHES)) <= steps
    assert all(0 < one.low <= one.median <= one.high for one in figures.cases.values())
    assert told and all(done <= whole for done, whole in told)
    for way, reason in found.left_out.items():
        assert way not in found.ways and reason


def test_the_command_prints_json(monkeypatch):
    monkeypatch.setattr(module, "limits", lambda: Limits(1, 1.0, 1.0, 1.0))
    task = TASKS[0]
    done = zoo_command("bench", str(tiny(task)), "--rounds", "1", "--no-keras", "--json")
    assert "pipeline" in json.loads(done.stdout)["ways"]
    with pytest.raises(zoo.InputError, match="rounds from 1 to 1000"):
        zoo.bench(tiny(task), rounds=0)
