"""Files of a checkpoint as they should be: hashed before they are held, and all of one moment."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from zoo.checkpoint.weights import check_weights
from zoo.common.atomic import restore
from zoo.errors import CheckpointError
from zoo.files import open_regular
from zoo.formats import RECORD
from zoo.schema import FileInfo

__all__ = ["fingerprint", "of_one_moment", "read_matching"]

# What is larger is looked at in pieces before it is held.
_LARGE = 32 << 20
_PIECE = 4 << 20
# A directory may be replaced while it is read, again and again.
_READINGS = 100

Result = TypeVar("Result")
Shapes = Mapping[str, tuple[int, ...]]


def fingerprint(data: bytes) -> FileInfo:
    """Return the SHA-256 and the size of `data`.

    Example:
        >>> fingerprint(b"").size
        0
    """
    return FileInfo(sha256=hashlib.sha256(data).hexdigest(), size=len(data))


def of_one_moment(path: Path, read: Callable[[], Result]) -> Result:
    """Return what is read of a directory, read again if that was replaced meanwhile.

    Args:
        path: a checkpoint directory.
        read: reads it; raises CheckpointError if what it finds does not fit together.

    Raises:
        CheckpointError: as `read` does of a directory that stays the same.
    """

    def state() -> list[tuple[int, ...]]:
        found: list[tuple[int, ...]] = []
        for place in (path, path / RECORD):
            with contextlib.suppress(OSError, ValueError):
                status = place.stat()
                found.append((status.st_dev, status.st_ino, status.st_mtime_ns))
        return found

    for attempt in range(_READINGS):
        restore(path)
        before = state()
        try:
            return read()
        except CheckpointError:
            # Nothing there, twice, may be two moments of two replacements by renaming.
            if attempt == _READINGS - 1 or (before and state() == before):
                raise
    raise AssertionError("the loop above returns or raises")


def read_matching(
    path: Path, expected: FileInfo, shapes: Shapes | None = None
) -> tuple[bytes, str | None]:
    """Read a file and compare it with its fingerprint.

    What is large is hashed in pieces first, so that it is not held if it is not as it should be.

    Args:
        path: the file.
        expected: its fingerprint.
        shapes: if these are weights, the shape of each by name.

    Returns:
        The bytes, and what is wrong with them or None.

    Raises:
        CheckpointError: there is no such file, it is no regular one, it is too large, it cannot
            be read, or large weights are not those of the model.
    """
    with open_regular(path, expected.size, CheckpointError) as file:
        try:
            if expected.size > _LARGE:
                digest, left = hashlib.sha256(), expected.size
                while piece := file.read(min(left, _PIECE)):
                    digest.update(piece)
                    left -= len(piece)
                received = FileInfo(sha256=digest.hexdigest(), size=expected.size - left)
                if received != expected:
                    return b"", _difference(received, expected)
                file.seek(0)
                if shapes is not None:
                    check_weights(file, expected.size, shapes, path)
                    file.seek(0)
            data = file.read(expected.size)
        except OSError as error:
            raise CheckpointError(f"{path} cannot be read: {error.strerror or error}") from error
    received = fingerprint(data)
    return data, None if received == expected else _difference(received, expected)


def _difference(received: FileInfo, expected: FileInfo) -> str:
    return (
        f"Expected: {expected.size} bytes with SHA-256 {expected.sha256}. "
        f"Received: {received.size} bytes with SHA-256 {received.sha256}"
    )
