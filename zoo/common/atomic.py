"""Putting a file or directory into place in one step, and clearing up after a process that died.

What is being written bears a temporary name beside its place and is locked by its writer. A
process that is killed leaves it there, unlocked, and the next one that writes to the place removes
it. Where a directory is replaced, the two are exchanged in one step; a system or file system that
cannot do so puts the old one aside for a moment, under a name from which it is brought back.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import logging
import os
import re
import shutil
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

try:
    import fcntl
except ImportError:  # Windows: nothing is locked there, and so nothing is swept
    fcntl = None  # type: ignore[assignment]

__all__ = ["exchange", "held", "place_directory", "remove", "restore", "sweep", "temporary"]

logger = logging.getLogger(__name__)

_SUFFIX = ".zoo-tmp"
# Two processes that replace one directory may disturb each other, each time in another step.
_ATTEMPTS = 100
_OCCUPIED = {errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR}
_AT_FDCWD = -100
_EXCHANGE = 2  # RENAME_EXCHANGE of Linux, RENAME_SWAP of macOS


def _lock(descriptor: int) -> bool | None:
    """Lock an open file or directory.

    Returns:
        Whether it is locked now, and not by another; None where nothing can be.
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def _aside(path: Path) -> Path:
    if path.name in ("", ".."):  # `.` and the like; of the root it is a name that nothing bears
        path = path.resolve()
    return path.parent / f".{path.name}.zoo-replaced"


@contextmanager
def temporary(path: Path, folder: bool) -> Iterator[Path]:
    """Make an empty file or directory beside `path`, under a name that is this process's own.

    Its mode is what the umask leaves. What bears the name in the end is removed.

    Args:
        path: the place that it is for; what dead processes left there is removed.
        folder: whether it is a directory.
    """
    if not path.name:
        raise OSError(errno.EBUSY, "it is the root of the file system")
    path.parent.mkdir(parents=True, exist_ok=True)
    sweep(path)
    while True:
        name = path.with_name(f".{path.name}.{os.urandom(4).hex()}{_SUFFIX}")
        try:
            # The system takes the umask off; asking for it would change it for all threads.
            name.mkdir() if folder else name.touch(exist_ok=False)
        except FileExistsError:
            continue
        try:
            with held(name) as own:
                if own:
                    yield name
                    return
        finally:
            remove(name)


@contextmanager
def held(name: Path) -> Iterator[bool]:
    """Lock a file or directory; yields whether it is there still, and no other process has it.

    Args:
        name: the file or directory.
    """
    if fcntl is None:
        yield True
        return
    try:
        descriptor = os.open(name, os.O_RDONLY)
    except FileNotFoundError:
        yield False
        return
    try:
        yield _lock(descriptor) is not False and os.path.lexists(name)
    finally:
        os.close(descriptor)


def remove(path: Path) -> None:
    """Remove whatever is at `path`, as far as that goes; a link is not followed."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)


def sweep(path: Path) -> None:
    """Remove what dead processes left beside `path` when they wrote it.

    Args:
        path: a file or directory of the zoo's making, which need not be there.
    """
    pattern = re.compile(rf"\.{re.escape(path.name)}\.[0-9a-f]{{8}}{re.escape(_SUFFIX)}")
    left = []
    if fcntl is not None:
        with contextlib.suppress(OSError):
            left = [place for place in path.parent.iterdir() if pattern.fullmatch(place.name)]
    for place in left:
        try:
            descriptor = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:  # gone, or a link that stood where a directory was replaced
            if place.is_symlink():
                remove(place)
            continue
        try:
            if _lock(descriptor):
                remove(place)
        finally:
            os.close(descriptor)
    aside = _aside(path)
    if os.path.lexists(aside) and not restore(path):
        _discard(aside)


def _discard(aside: Path) -> None:
    """Remove a directory that was put aside: in one step from where it would be brought back."""
    name = aside.name.removesuffix(".zoo-replaced")
    doomed = aside.with_name(f"{name}.{os.urandom(4).hex()}{_SUFFIX}")
    with contextlib.suppress(OSError):
        aside.rename(doomed)
        remove(doomed)


def restore(path: Path) -> bool:
    """Bring back a directory whose replacement was cut short; return whether there was one.

    Args:
        path: where it was; nothing happens if something is there.
    """
    aside = _aside(path)
    if os.path.lexists(path) or not aside.is_dir():
        return False
    try:
        aside.rename(path)
    except OSError:  # another process was quicker
        return False
    logger.warning("%s was being replaced when a process was killed; the old one is back", path)
    return True


def exchange(one: Path, other: Path) -> None:
    """Let two paths change places in one step.

    Args:
        one: a path; something must be there.
        other: a path of the same file system; something must be there.

    Raises:
        OSError: this system or file system cannot do it, or it failed. Nothing has changed.
    """
    paths = os.fsencode(one), os.fsencode(other)
    library: Any = ctypes.CDLL(None, use_errno=True) if os.name == "posix" else None
    if sys.platform == "darwin" and hasattr(library, "renamex_np"):
        failed = library.renamex_np(*paths, ctypes.c_uint(_EXCHANGE))
    elif sys.platform == "linux" and hasattr(library, "renameat2"):
        failed = library.renameat2(
            _AT_FDCWD, paths[0], _AT_FDCWD, paths[1], ctypes.c_uint(_EXCHANGE)
        )
    else:
        raise OSError(errno.ENOSYS, "this system cannot exchange two directories")
    if failed:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def place_directory(staging: Path, path: Path, overwrite: bool) -> None:
    """Move a directory to its place; an old one there changes places with it.

    Args:
        staging: the directory; afterwards the old one, if there was one and could be exchanged.
        path: its place.
        overwrite: whether a directory there, of other than nothing, is replaced.

    Raises:
        FileExistsError: something is there, and is not a directory or may not be replaced.
        OSError: it failed otherwise. What was there stays.
    """
    for attempt in range(_ATTEMPTS):
        try:
            staging.rename(path)  # POSIX replaces nothing but an empty directory
            return
        except OSError as error:
            if error.errno not in _OCCUPIED or attempt == _ATTEMPTS - 1:
                raise
        try:
            replaceable = overwrite and stat.S_ISDIR(path.stat().st_mode)
        except FileNotFoundError:
            if not path.is_symlink():
                continue  # another process has put it aside for a moment
            replaceable = False
        if not replaceable:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
        try:
            exchange(staging, path)
            return
        except OSError:
            if _replace(staging, path):
                return


def _replace(staging: Path, path: Path) -> bool:
    """Put the old directory aside and then move the new one to its place.

    Returns:
        Whether it is there; False if another process came between.
    """
    aside = _aside(path)
    if os.path.lexists(aside):
        _discard(aside)
    try:
        path.rename(aside)
    except FileNotFoundError:
        return False
    except OSError as error:
        if error.errno in _OCCUPIED:
            return False
        raise
    try:
        staging.rename(path)
    except OSError as error:
        restore(path)
        if error.errno in _OCCUPIED:
            return False
        raise
    _discard(aside)
    return True
