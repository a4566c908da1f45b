"""Checkpoint directories: read and checked, without Keras.

A checkpoint is a directory of `zoo.json` (the record), `config.json` (class names and constructor
arguments), `assets/` (vocabularies) and `model.safetensors` (the weights); `zoo.formats` says
which of them a task has. Nothing in it is ever executed: classes come from an allow-list,
arguments are bounded, and every byte is hashed before it is used.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

from zoo.checkpoint.configuration import convert
from zoo.checkpoint.reading import of_one_moment, read_matching
from zoo.checkpoint.sizes import Plan, check_plan, check_sizes, reading_order
from zoo.checkpoint.weights import parse_weights
from zoo.common.costs import MAX_PARAMETERS
from zoo.common.strict_json import parse_json
from zoo.errors import CheckpointError, shown
from zoo.files import is_bundled, list_files, own_file, read_file
from zoo.formats import CONFIG, PUBLISHED_COPIES, RECORD, WEIGHTS, Checkpoint, Format
from zoo.schema import FORMAT_VERSION, ModelInfo
from zoo.task import task_named, task_names
from zoo.text.vocabularies import (
    MAX_VOCABULARY_BYTES,
    check_vocabulary,
    vocabulary_limit,
)

__all__ = [
    "MAX_JSON",
    "check_listing",
    "check_next",
    "format_of",
    "parse",
    "parse_info",
    "read",
    "read_contents",
    "read_info",
    "size_limit",
]

MAX_JSON = 4 << 20


def parse_info(data: bytes, path: Path) -> ModelInfo:
    """Turn the content of a record into the record.

    Args:
        data: content of a `zoo.json`.
        path: the file to name in errors.

    Raises:
        CheckpointError: it is not as it should be, or of a newer format.
    """
    content = parse_json(data, path)
    version = content.get("format_version") if isinstance(content, dict) else None
    if isinstance(version, int) and version > FORMAT_VERSION:
        raise CheckpointError(
            f"{path} was written by a newer version of rnn-zoo. Expected: format_version at most "
            f"{FORMAT_VERSION}. Received: {shown(version)}. Run: pip install --upgrade rnn-zoo"
        )
    info: ModelInfo = convert(content, ModelInfo, path)
    for metric in info.metrics:
        numbers = (metric.value, *metric.confidence_interval)
        if not all(map(math.isfinite, numbers)):
            raise CheckpointError(
                f"{path}: expected finite figures for the metric {shown(metric.name)}. "
                f"Received: {numbers}"
            )
    return info


def read_info(path: Path) -> ModelInfo:
    """Read the record of the checkpoint directory `path`, without its other files.

    Args:
        path: a checkpoint directory.

    Raises:
        CheckpointError: `zoo.json` is missing or not as it should be.
    """
    path = Path(path)

    def read_record() -> ModelInfo:
        record = own_file(path, RECORD)
        return parse_info(read_file(record, MAX_JSON), record)

    return of_one_moment(path, read_record)


def read(path: str | Path) -> Checkpoint:
    """Read and verify a checkpoint directory as a whole.

    Every file is read once, hashed, and only then parsed, so what was verified is what is used.

    Args:
        path: a checkpoint directory.

    Raises:
        CheckpointError: a file is missing, truncated, changed or not listed; a class is not on
            the allow-list; an argument is out of bounds; a tensor has another name, shape or
            dtype than the model, or holds NaN; or the format is newer than this version reads.

    Example:
        >>> from zoo import checkpoint
        >>> checkpoint.read("./my-checkpoint").info.task  # doctest: +SKIP
        'text-classification'
    """
    path = Path(path)
    info, contents = read_contents(path)
    return parse(path, info, contents)


def read_contents(path: Path) -> tuple[ModelInfo, dict[str, bytes]]:
    """Read all files of a checkpoint directory and compare them with their fingerprints.

    Args:
        path: a checkpoint directory.

    Returns:
        The record, and the bytes of every file by name, `zoo.json` among them.

    Raises:
        CheckpointError: a file is missing, truncated, changed or not listed, or the record is not
            as it should be.
    """
    return of_one_moment(path, lambda: _read_contents(path))


def _read_contents(path: Path) -> tuple[ModelInfo, dict[str, bytes]]:
    record = read_file(own_file(path, RECORD), MAX_JSON)
    info = parse_info(record, path / RECORD)
    check_listing(info, path)
    extra = sorted(
        name
        for name in list_files(path) - info.files.keys() - {RECORD}
        if name.partition("/")[0] not in PUBLISHED_COPIES
    )
    if extra and not is_bundled(path):
        raise CheckpointError(
            f"{path} holds a file that its {RECORD} does not list. Received: "
            f"{shown(extra[0])}. Move it elsewhere"
        )
    contents = {RECORD: record}
    plan = None
    for name in reading_order(info):
        place = own_file(path, name)
        shapes = plan.shapes if plan and name == WEIGHTS else None
        data, wrong = read_matching(place, info.files[name], shapes)
        if wrong is not None:
            raise CheckpointError(
                f"{path / name} was changed or damaged. {wrong}. Fetch the checkpoint again"
            )
        contents[name] = data
        plan = check_next(name, data, info, path, plan)
    return info, contents


def check_next(name: str, data: bytes, info: ModelInfo, path: Path, plan: Plan | None) -> Plan:
    """Check a file that was read, before the next one is; they come in `reading_order`.

    Args:
        name: the file's relative name.
        data: its content.
        info: the record.
        path: the directory to name in errors.
        plan: what this returned for the file before; None for the first.

    Raises:
        CheckpointError: as for `read`.
    """
    if plan is None:
        plan = check_plan(info, data, path, format_of(info, path))
        check_sizes(info, plan, path)
    elif name in plan.vocabularies:
        form = format_of(info, path).vocabulary_of(name, plan.preprocessor)
        check_vocabulary(data, form, plan.vocabularies[name])
    return plan


def size_limit(name: str) -> int:
    """Return the most bytes that a file of a checkpoint may have.

    Args:
        name: its relative name.

    Example:
        >>> size_limit("zoo.json")
        4194304
    """
    if name.startswith("assets/"):
        return MAX_VOCABULARY_BYTES
    return MAX_JSON if name.endswith(".json") else MAX_PARAMETERS * 4 + MAX_JSON


def check_listing(info: ModelInfo, path: Path) -> None:
    """Refuse a record that does not list exactly the files of its task, or too large ones.

    Args:
        info: the record.
        path: the directory to name in errors.

    Raises:
        CheckpointError: a name is missing or not one of the task's, or a size is out of bounds.
    """
    form = format_of(info, path)
    if set(info.files) != form.files:
        raise CheckpointError(
            f"{path / RECORD} does not list a checkpoint's files. Expected: "
            f"{', '.join(sorted(form.files))}. "
            f"Received: {shown(', '.join(sorted(info.files)), 200)}"
        )
    for name, file in info.files.items():
        if file.size > size_limit(name):
            raise CheckpointError(
                f"{path / RECORD} lists a file larger than a checkpoint's may be. Expected: at "
                f"most {size_limit(name)} bytes of {name}. Received: {file.size}"
            )


def format_of(info: ModelInfo, path: Path) -> Format:
    """Return what a checkpoint of a record's task consists of.

    Args:
        info: the record.
        path: the directory to name in errors.

    Raises:
        CheckpointError: the zoo has no such task.
    """
    task = task_named(info.task)
    if task is None:
        raise CheckpointError(
            f"{path / RECORD} names a task that the zoo does not know. Expected one of: "
            f"{', '.join(task_names())}. Received: {shown(info.task)}"
        )
    return task.format


def parse(path: Path, info: ModelInfo, contents: Mapping[str, bytes]) -> Checkpoint:
    """Turn the record and the files' contents into a checkpoint, checking all that they say.

    Args:
        path: the directory to name in errors.
        info: the record.
        contents: the bytes of every file but `zoo.json`.

    Raises:
        CheckpointError: as for `read`.
    """
    form = format_of(info, path)
    plan = check_plan(info, contents[CONFIG], path, form)
    for name, tokens in plan.vocabularies.items():
        if len(contents[name]) > vocabulary_limit(tokens):
            raise CheckpointError(f"{path / name} is larger than {vocabulary_limit(tokens)} bytes")
    return Checkpoint(
        path=path,
        info=info,
        backbone=plan.backbone,
        head=plan.head,
        preprocessor=plan.preprocessor,
        assets={name: contents[name] for name in form.assets},
        tensors=parse_weights(contents[WEIGHTS], plan.shapes, path / WEIGHTS),
    )
