"""Where the entries stand on the Hugging Face Hub, pinned to a commit and to every byte."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from zoo.common.strict_json import parse_json
from zoo.errors import CheckpointError
from zoo.files import read_file, write_atomically
from zoo.formats import RECORD
from zoo.schema import FileInfo, Name

__all__ = ["PUBLISHED", "Pin", "pins", "read_pins", "write_pins"]

PUBLISHED = Path(__file__).parent / "published.json"
_MAX_SIZE = 4 << 20

RepoId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+\Z", max_length=96)]
Commit = Annotated[str, Meta(pattern=r"^[0-9a-f]{40}\Z")]


class Pin(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One commit of a repository, and the fingerprint of every file of the checkpoint in it.

    Attributes:
        repo_id: the repository, `user/name`.
        revision: the commit's id, 40 hexadecimal digits.
        files: size and SHA-256 of `zoo.json` and of every file that it lists.

    Example:
        >>> Pin(repo_id="user/lstm", revision="0" * 40, files={}).repo_id
        'user/lstm'
    """

    repo_id: RepoId
    revision: Commit
    files: dict[str, FileInfo]


def read_pins(path: Path) -> dict[str, Pin]:
    """Read the pins of entries by name.

    Args:
        path: a file such as `published.json`.

    Raises:
        CheckpointError: the file is missing or not as it should be.
    """
    return _check(parse_json(read_file(path, _MAX_SIZE), path), path)


def _check(content: Any, path: Path) -> dict[str, Pin]:
    try:
        entries = msgspec.convert(content, dict[Name, Pin])
        for name, pin in entries.items():
            if RECORD not in pin.files:
                raise ValueError(f"{name} without the fingerprint of {RECORD}")
    except (ValueError, RecursionError) as error:
        raise CheckpointError(
            f"{path} does not hold the pins of published entries. Expected: repo_id, revision "
            f"and files by the entry's name. Received: {error}. Install rnn-zoo again"
        ) from None
    return entries


def write_pins(path: Path, entries: Mapping[str, Pin]) -> None:
    """Write the pins of entries, always the same bytes for the same pins.

    Args:
        path: a file such as `published.json`.
        entries: pins by the entry's name.

    Raises:
        CheckpointError: a pin is not as it should be.
        OutputError: the place cannot be written or is full. What was there stays.
    """
    builtins = msgspec.to_builtins(dict(entries))
    _check(builtins, path)
    write_atomically(path, (json.dumps(builtins, indent=2, sort_keys=True) + "\n").encode())


@cache
def pins() -> dict[str, Pin]:
    """Return the pins of the published entries by name.

    Example:
        >>> isinstance(pins(), dict)
        True
    """
    return read_pins(PUBLISHED)
