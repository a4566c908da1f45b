"""What the record of a commit on the Hub is: remembered beside the client's copy of it.

A commit of 40 hexadecimal digits stands for certain contents, but the client's cache does not say
which: it holds a link from a name to a content, and a link can be led elsewhere. So the first time
the Hub says what the content of `zoo.json` is, its fingerprint is kept in the repository's folder
of the cache, and every later load compares. `zoo.json` in turn has the fingerprints of the rest.

This notices a file that was damaged, edited, mixed up or replaced in the cache. It does not notice
somebody who can write to the cache and forges the fingerprint too: against that stand the pins of
the published entries, which come with the package.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
from pathlib import Path

import msgspec

from zoo.common.strict_json import parse_json
from zoo.errors import CheckpointError, OutputError
from zoo.files import read_file, write_atomically
from zoo.schema import FileInfo

__all__ = ["content_name", "is_content_name", "recall", "remember"]

logger = logging.getLogger(__name__)

_NAME = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_MAX_SIZE = 4096


def is_content_name(name: str) -> bool:
    """Return whether a name is a hash: what git calls a content, or the large file storage.

    Example:
        >>> is_content_name("0" * 40), is_content_name("zoo.json")
        (True, False)
    """
    return _NAME.fullmatch(name) is not None


def content_name(data: bytes, like: str | None) -> str | None:
    """Return the name of a content, in the manner of another name; None if that is no hash.

    Args:
        data: the content.
        like: 40 digits for what git calls it, 64 for the large file storage.

    Example:
        >>> content_name(b"", like="0" * 40)
        'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391'
    """
    if like is None or not is_content_name(like):
        return None
    if len(like) == 64:
        return hashlib.sha256(data).hexdigest()
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def _place(snapshot: Path) -> Path:
    return snapshot.parent.parent / "zoo" / f"{snapshot.name}.json"


def recall(snapshot: Path) -> FileInfo | None:
    """Return the fingerprint of a commit's `zoo.json`, or None if it was not met before.

    Args:
        snapshot: the client's folder of the commit.
    """
    place = _place(snapshot)
    try:
        return msgspec.convert(parse_json(read_file(place, _MAX_SIZE), place), FileInfo)
    except (CheckpointError, msgspec.ValidationError, RecursionError):
        return None


def remember(snapshot: Path, fingerprint: FileInfo) -> None:
    """Keep the fingerprint of a commit's `zoo.json`, if the cache can be written.

    Args:
        snapshot: the client's folder of the commit.
        fingerprint: size and SHA-256.
    """
    content = json.dumps(msgspec.to_builtins(fingerprint)) + "\n"
    try:
        write_atomically(_place(snapshot), content.encode())
    except OutputError as error:
        logger.info("%s", error)
