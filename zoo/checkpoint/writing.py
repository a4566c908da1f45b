"""Checkpoint directories: written as a whole or not at all, without Keras."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from zoo.checkpoint.configuration import model_config
from zoo.checkpoint.directory import MAX_JSON, format_of, parse, parse_info
from zoo.checkpoint.reading import fingerprint
from zoo.errors import InputError
from zoo.files import (
    check_new_directory,
    occupied,
    output_path,
    write_atomically,
    write_directory,
)
from zoo.formats import CONFIG, RECORD, WEIGHTS, Checkpoint
from zoo.schema import FORMAT_VERSION, ModelInfo
from zoo.specs import count_parameters

__all__ = [
    "check_destination",
    "check_record_size",
    "replace_info",
    "slug",
    "to_json",
    "write",
]


def to_json(value: Any) -> bytes:
    """Return a value as the content of a JSON file, always the same bytes.

    Args:
        value: what JSON holds, or a structure of such values.

    Example:
        >>> to_json({"a": 1})
        b'{\\n  "a": 1\\n}\\n'
    """
    builtins = msgspec.to_builtins(value)
    return (json.dumps(builtins, indent=2, ensure_ascii=False) + "\n").encode("utf-8")


def write(
    path: str | Path,
    *,
    info: ModelInfo,
    backbone: Any,
    head: Any,
    preprocessor: Any = None,
    assets: Mapping[str, bytes],
    weights: bytes,
    overwrite: bool = False,
) -> Checkpoint:
    """Write a checkpoint directory, as a whole or not at all.

    Args:
        path: the directory to make.
        info: the record, whose task decides what there is; its `files` and `parameters` are
            filled in here.
        backbone: arguments of the backbone.
        head: arguments of the task's head.
        preprocessor: arguments of the preprocessor; None where the task has none.
        assets: content of the vocabularies' files by name.
        weights: a safetensors file, from `serialize_tensors`.
        overwrite: whether an existing checkpoint directory of this path is replaced.

    Raises:
        InputError: `path` exists, and is not a checkpoint directory or `overwrite` is False.
        OutputError: the place cannot be written or is full. Nothing is left behind.
    """
    path = output_path(path)
    form = format_of(info, path)
    config = model_config(info.task, form, backbone, head, preprocessor)
    contents = {CONFIG: to_json(config), **assets, WEIGHTS: weights}
    info = msgspec.structs.replace(
        info,
        format_version=FORMAT_VERSION,
        parameters=count_parameters(form.shapes(backbone, head)),
        files={name: fingerprint(contents[name]) for name in sorted(contents)},
    )
    # What is written must be readable: the same checks now as later.
    record = to_json(info)
    check_record_size(record)
    info = parse_info(record, path / RECORD)
    checkpoint = parse(path, info, contents)
    check_destination(path, overwrite)
    write_directory(path, {**contents, RECORD: to_json(info)}, overwrite)
    return checkpoint


def check_record_size(record: bytes) -> None:
    """Refuse a record that no reader would take.

    Args:
        record: content of a `zoo.json`.

    Raises:
        InputError: it is too long.
    """
    if len(record) > MAX_JSON:
        raise InputError(
            f"Expected a record of at most {MAX_JSON:,} bytes. Received: {len(record):,}. Give "
            "fewer or shorter labels"
        )


def check_destination(path: Path, overwrite: bool) -> None:
    """Refuse to write a checkpoint directory where something else is.

    Args:
        path: the directory to make.
        overwrite: whether a checkpoint directory there may be replaced.

    Raises:
        InputError: `path` exists and may not be replaced.
    """
    if not os.path.lexists(path):
        return
    check_new_directory(path)
    if path.is_dir() and not path.is_symlink():
        if not any(path.iterdir()):
            return
        if (path / ".git").exists():  # it would go with all its history
            raise InputError(
                "Expected a path that does not exist yet. Received: a git repository, "
                f"{str(path)!r}. Choose another path, and copy the files from there"
            )
        if overwrite and (path / RECORD).is_file():
            return
    raise occupied(path, overwrite)


def replace_info(path: str | Path, info: ModelInfo) -> None:
    """Replace the record of an existing checkpoint directory in one step.

    Args:
        path: a checkpoint directory.
        info: the new record; it must list the files as they are.

    Raises:
        OutputError: the place cannot be written or is full. The old record stays.
    """
    record = Path(path) / RECORD
    info = parse_info(to_json(info), record)
    write_atomically(record, to_json(info))


def slug(text: str) -> str:
    """Return `text` as a name that `zoo.json` accepts.

    Example:
        >>> slug("My Checkpoint_2")
        'my-checkpoint-2'
    """
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:64].strip("-") or "model"
