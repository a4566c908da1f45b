"""Checkpoints of every task: what is written is read, and what was damaged is refused."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import zoo
from helpers import checkpoint_files, edit_json, edit_record, edit_tensors
from suite.cases import TASKS, cases_of, tiny, variants
from zoo import checkpoint
from zoo.formats import CONFIG, RECORD, WEIGHTS
from zoo.task import task_named

every_task = pytest.mark.parametrize("task", TASKS)
DAMAGES = [(task, name) for task in TASKS for name in cases_of(task).damages]


@pytest.fixture
def path(task, tmp_path):
    """A tiny checkpoint of the task that may be damaged."""
    return Path(shutil.copytree(tiny(task), tmp_path / "tiny"))


@pytest.mark.parametrize(("task", "variant"), variants())
def test_what_was_read_is_written_byte_for_byte(task, variant, tmp_path):
    source = tiny(task, variant)
    loaded = checkpoint.read(source)
    checkpoint.write(
        tmp_path / "copy",
        info=loaded.info,
        backbone=loaded.backbone,
        head=loaded.head,
        preprocessor=loaded.preprocessor,
        assets=loaded.assets,
        weights=checkpoint.serialize_tensors(loaded.tensors),
    )
    assert checkpoint_files(tmp_path / "copy") == checkpoint_files(source)


@every_task
def test_a_file_that_is_missing_damaged_or_too_much_is_named(task, path):
    for name in sorted({*task_named(task).format.files, RECORD}):
        file, content = path / name, (path / name).read_bytes()
        file.unlink()
        with pytest.raises(zoo.CheckpointError, match="no such file") as caught:
            checkpoint.read(path)
        assert name in str(caught.value)
        changed = bytearray(content)
        changed[len(content) // 2] ^= 1
        damaged = (content[:-1], bytes(changed), content + b" ")
        for data in damaged if name != RECORD else (b"", b"[]", b"\x00\xff", b"[" * 100_000):
            file.write_bytes(data)
            with pytest.raises(zoo.CheckpointError) as caught:
                checkpoint.read(path)
            assert name in str(caught.value)
        file.write_bytes(content)
    (path / "model.pkl").write_text("extra")
    with pytest.raises(zoo.CheckpointError, match="does not list"):
        checkpoint.read(path)
    (path / "model.pkl").unlink()
    checkpoint.read(path)


@pytest.mark.parametrize(("task", "name"), DAMAGES)
def test_what_does_not_fit_behind_right_hashes_is_refused(task, name, path):
    damage = cases_of(task).damages[name]
    if damage.file == WEIGHTS:
        edit_tensors(path, damage.change)
    else:
        edit_json(path, damage.file, damage.change)
    with pytest.raises(zoo.CheckpointError, match=damage.words):
        zoo.pipeline(path)


@every_task
def test_it_is_read_as_no_other_task_and_by_no_other_module(task, path):
    for other in {*TASKS, "text-generation"} - {task}:
        edit_record(path, lambda record, other=other: record.update(task=other))
        with pytest.raises(zoo.CheckpointError):
            zoo.pipeline(path)
    edit_record(path, lambda record: record.update(task=task))
    edit_json(path, CONFIG, lambda config: config.update(module="os"))
    with pytest.raises(zoo.CheckpointError, match="does not name its class"):
        zoo.pipeline(path)
