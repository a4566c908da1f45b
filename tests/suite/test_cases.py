"""What every task brings for the tests of all is complete, and its pipeline is light."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from pathlib import Path

import pytest

from suite.cases import TASKS, cases_of, tiny
from zoo import checkpoint
from zoo.common.testing import Cases, Goal, NotApplicable
from zoo.errors import InputError
from zoo.task import task_named

ROOT = Path(__file__).parent.parent.parent
every_task = pytest.mark.parametrize("task", TASKS)


@every_task
def test_it_brings_cases_of_every_kind_or_says_why_not(task):
    cases = cases_of(task)
    assert isinstance(cases, Cases)
    for field in dataclasses.fields(Cases):
        value = getattr(cases, field.name)
        if isinstance(value, NotApplicable):
            assert "NotApplicable" in str(field.type), field.name
            assert value.reason.endswith(".") and len(value.reason.split()) >= 5
        elif field.name not in ("settings", "seeds"):
            assert value, field.name
    assert len(cases.inputs) >= 3 and len(cases.odd) >= 3 and len(cases.refused) >= 3
    assert len(cases.damages) >= 4 and cases.shallow in cases.variants
    assert isinstance(cases.goal, Goal) and {cases.goal.least, cases.goal.most} != {None}
    assert isinstance(cases.data(), task_named(task).data)


@every_task
def test_its_variants_are_of_every_family_that_it_takes(task):
    taken = set(task_named(task).format.backbones.values())
    assert {type(checkpoint.read(tiny(task, v)).backbone) for v in cases_of(task).variants} == taken


@every_task
def test_a_case_that_is_left_out_fails(task):
    given = {field.name: getattr(cases_of(task), field.name) for field in dataclasses.fields(Cases)}
    for name in given:
        with pytest.raises(TypeError, match=name):
            Cases(**{key: value for key, value in given.items() if key != name})


@every_task
def test_what_it_does_not_do_is_refused_in_a_line(task):
    cases, found = cases_of(task), task_named(task)
    for name in ("explain", "inspect"):
        if isinstance(getattr(cases, f"{name}ed"), NotApplicable):
            with pytest.raises(InputError, match=task):
                getattr(found, name)(None, "a text")


@every_task
def test_it_answers_in_a_fresh_process_with_neither_keras_nor_another_task(task, tmp_path):
    code = (
        "import pathlib, sys, zoo\n"
        f"from zoo.tasks.{task.replace('-', '_')}.testing import CASES\n"
        "path = CASES.variants[CASES.shallow](pathlib.Path(sys.argv[1]))\n"
        "CASES.ask_pipeline(zoo.pipeline(path), CASES.inputs)\n"
        "heavy = {'keras', 'tensorflow', 'jax', 'torch', 'sklearn', 'matplotlib', 'sacrebleu'}\n"
        "tasks = {n.split('.')[2] for n in sys.modules if n.startswith('zoo.tasks.')}\n"
        "print(sorted(heavy & set(sys.modules)), *tasks)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "tiny"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=600,
    )
    assert done.stdout.split() == ["[]", task.replace("-", "_")], done.stderr
