"""What the tests of every task share: the cases that each task brings in its folder."""

from __future__ import annotations

import functools
import importlib
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zoo
from zoo.common.testing import Cases, NotApplicable
from zoo.series.irregular import IrregularDataset
from zoo.task import task_named, task_names
from zoo.text.examples import TextDataset

__all__ = [
    "TASKS",
    "at_once_of",
    "cases_of",
    "needs",
    "one_entry_of",
    "same",
    "tasks_with_entries",
    "tiny",
    "variants",
]

TASKS = task_names()


def cases_of(task: str) -> Cases:
    """Return what a task brings."""
    return importlib.import_module(f"zoo.tasks.{task.replace('-', '_')}.testing").CASES


def at_once_of(task: str) -> list[Any]:
    """Return the mark `at_once` for a task whose answers are there before a function is compiled.

    To long inputs they are not, nor answers that are written step by step.
    """
    taken = task_named(task).data in (TextDataset, IrregularDataset)
    return [pytest.mark.at_once] if taken else []


def variants(marks: Callable[[str], list[Any]] = lambda task: []) -> list[Any]:
    """Return every task with every variant of its tiny checkpoints, as parameters."""
    return [
        pytest.param(task, variant, id=f"{task}-{variant}", marks=marks(task))
        for task in TASKS
        for variant in cases_of(task).variants
    ]


@functools.cache
def tiny(task: str, variant: str | None = None) -> Path:
    """Return a tiny checkpoint, which is not to be changed."""
    cases = cases_of(task)
    variant = variant or cases.shallow
    folder = Path(tempfile.mkdtemp(prefix="zoo-suite-"))
    return cases.variants[variant](folder / variant.replace(" ", "-"))


def needs(case):
    """Return a case, or skip the test for the reason that the task gives."""
    if isinstance(case, NotApplicable):
        pytest.skip(case.reason)
    return case


def tasks_with_entries() -> tuple[str, ...]:
    """Return the tasks that an entry is bundled of; a task may be there before its first."""
    bundled = {zoo.info(name).task for name in zoo.list_models()}
    return tuple(task for task in TASKS if task in bundled)


def one_entry_of(task: str) -> str:
    """Return the name of the smallest entry of a task."""
    return min(zoo.list_models(task=task), key=lambda name: zoo.info(name).size)


def same(one, other, tolerance=0.0):
    """Check that two lists of answers are the same, numbers but for a tolerance."""
    assert len(one) == len(other)
    for left, right in zip(one, other, strict=True):
        if isinstance(left, str):
            assert left == right
        else:
            np.testing.assert_allclose(left, right, rtol=tolerance, atol=tolerance)
