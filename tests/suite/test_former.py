"""Directories that version 0.1.0 wrote, whose `config.json` calls modules by other names."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import zoo
from helpers import checkpoint_files, rewrite
from zoo import checkpoint, registry
from zoo.task import task_named, task_names


def entry_of(task):
    """Return the name of the smallest entry of a task."""
    return min(zoo.list_models(task=task), key=lambda name: zoo.info(name).size)


def formerly(text, task):
    for old, new in task_named(task).format.former.items():
        text = text.replace(f'"module": "{new}"', f'"module": "{old}"')
    return text


def modules_of(path):
    found = []

    def visit(value):
        if isinstance(value, dict):
            found.extend([value["module"]] if "module" in value else [])
            for item in value.values():
                visit(item)

    visit(json.loads((path / "config.json").read_text()))
    return found


# Those that are older than the names of today, and have entries.
FORMER = [name for name in task_names() if task_named(name).format.former]


@pytest.mark.parametrize("task", FORMER)
def test_a_directory_of_0_1_0_loads_and_is_saved_in_the_new_form(task, tmp_path):
    former = task_named(task).format.former
    name = next(
        name
        for name in zoo.list_models(task=task)
        if set(modules_of(registry.resolve(name))) <= set(former.values())
    )
    old = Path(shutil.copytree(registry.resolve(name), tmp_path / "old"))
    before = (old / "config.json").read_text()
    rewrite(old, "config.json", formerly(before, task).encode())
    assert set(modules_of(old)) <= set(former)

    read, bundled = checkpoint.read(old), checkpoint.read(registry.resolve(name))
    assert (read.backbone, read.head, read.preprocessor) == (
        bundled.backbone,
        bundled.head,
        bundled.preprocessor,
    )
    saved = zoo.save(zoo.load(old), tmp_path / "new")
    assert checkpoint_files(saved) == checkpoint_files(registry.resolve(name))


def test_labels_of_another_task_are_no_labels(tmp_path):
    task, other = FORMER[0], FORMER[-1]
    path = Path(shutil.copytree(registry.resolve(entry_of(task)), tmp_path / "mixed"))
    text = (path / "config.json").read_text()
    mine, theirs = task_named(task).format.module, next(iter(task_named(other).format.former))
    rewrite(path, "config.json", text.replace(mine, theirs).encode())
    with pytest.raises(zoo.CheckpointError, match="does not name its class as expected"):
        checkpoint.read(path)
