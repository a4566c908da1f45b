"""Files that are read within bounds and written as a whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from zoo.common.atomic import place_directory, temporary
from zoo.errors import (
    CheckpointError,
    DataError,
    InputError,
    OutputError,
    ZooError,
    shown,
    shown_path,
)

__all__ = [
    "BUNDLED",
    "check_new_directory",
    "is_bundled",
    "is_full",
    "list_files",
    "new_directory",
    "occupied",
    "open_regular",
    "output_path",
    "own_file",
    "read_file",
    "read_regular",
    "write_atomically",
    "write_directory",
]


# The checkpoints that come with the package.
BUNDLED = Path(__file__).parent / "checkpoints"


@contextmanager
def open_regular(
    path: str | Path, limit: int, error: type[ZooError] = DataError
) -> Iterator[BinaryIO]:
    """Open a file from outside to read: a regular one, no larger than `limit` bytes.

    A FIFO, a device or a socket under that name is refused without waiting for it. Reading may
    give more than `limit` bytes all the same where the file grows meanwhile: ask for as many as
    you take.

    Args:
        path: the file.
        limit: the most bytes that it may have.
        error: the class of the errors raised.

    Raises:
        ZooError: of the class `error`: there is no such file, it is no regular one, it is too
            large, or it cannot be read.

    Example:
        >>> with open_regular(__file__, 1 << 20) as file:
        ...     len(file.read(3))
        3
    """
    try:
        # O_NONBLOCK: a FIFO planted under this name must not hang the reader.
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
        descriptor = os.open(path, flags | getattr(os, "O_BINARY", 0))
    except FileNotFoundError:
        raise error(f"Expected a file. Received: no such file, {shown_path(path)}") from None
    except ValueError as problem:  # a null character in the name
        raise error(f"{shown_path(path)} is not the name of a file: {problem}") from None
    except OSError as problem:
        raise error(f"{path} cannot be read: {problem.strerror or problem}") from problem
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise error(
                f"{path} is not a regular file. Expected: a file. Received: {_kind(status.st_mode)}"
            )
        if status.st_size > limit:
            raise error(
                f"{path} is longer than it may be. Expected: at most {limit} bytes. "
                f"Received: {status.st_size} bytes"
            )
        with open(descriptor, "rb", closefd=False) as file:
            yield file
    finally:
        os.close(descriptor)


def _kind(mode: int) -> str:
    kinds = {
        stat.S_IFDIR: "a folder",
        stat.S_IFIFO: "a pipe",
        stat.S_IFSOCK: "a socket",
        **dict.fromkeys((stat.S_IFCHR, stat.S_IFBLK), "a device"),
    }
    return kinds.get(stat.S_IFMT(mode), "something else")


def read_regular(path: str | Path, limit: int, error: type[ZooError] = DataError) -> bytes:
    """Read a whole file from outside: a regular one, no larger than `limit` bytes.

    Args:
        path: the file.
        limit: the most bytes that it may have.
        error: the class of the errors raised.

    Raises:
        ZooError: as for `open_regular`.

    Example:
        >>> len(read_regular(__file__, 1 << 20)) > 0
        True
    """
    with open_regular(path, limit, error) as file:
        try:
            return file.read(limit)
        except OSError as problem:
            raise error(f"{path} cannot be read: {problem.strerror or problem}") from problem


def read_file(path: Path, limit: int) -> bytes:
    """Read a file of a checkpoint, as `read_regular` does.

    Args:
        path: the file.
        limit: the most bytes that it may have.

    Raises:
        CheckpointError: there is no such file, it is no regular one, it is too large, or it
            cannot be read.
    """
    return read_regular(path, limit, CheckpointError)


def is_bundled(folder: Path) -> bool:
    """Return whether a checkpoint is one of the package's own.

    Args:
        folder: the checkpoint directory.
    """
    return folder.parent == BUNDLED


def own_file(folder: Path, name: str) -> Path:
    """Return the path of a file of a checkpoint, which must not lead out of it.

    The Hub's client keeps a checkpoint as links into the folder of contents beside it: those are
    the checkpoint's own too. What comes with the package may be links to anywhere: some installers
    make nothing else.

    Args:
        folder: the checkpoint directory.
        name: the file's relative name.

    Raises:
        CheckpointError: the file, or a folder on the way to it, is a link to elsewhere.
    """
    if is_bundled(folder):
        return folder / name
    real, home = os.path.realpath(folder / name), os.path.realpath(folder)
    homes = [home]
    if Path(home).parent.name == "snapshots":
        homes.append(str(Path(home).parent.parent / "blobs"))
    if not any(real.startswith(own.rstrip(os.sep) + os.sep) for own in homes):
        raise CheckpointError(
            f"{folder / name} is a link that leads out of the checkpoint, to {real}. Expected: a "
            "file of its own. Copy it there"
        )
    return folder / name


# No space is left on the device, or to the user.
_FULL = (errno.ENOSPC, errno.EDQUOT) if hasattr(errno, "EDQUOT") else (errno.ENOSPC,)


def is_full(error: OSError) -> bool:
    """Return whether there is no space left.

    Args:
        error: what the system says.
    """
    return error.errno in _FULL


def list_files(path: Path) -> set[str]:
    """Return the relative names of all files below `path`; directories are not followed out."""

    def fail(error: OSError) -> None:
        raise CheckpointError(f"{error.filename} cannot be read: {error.strerror}") from error

    names = set()
    for folder, folders, files in os.walk(path, followlinks=False, onerror=fail):
        links = [name for name in folders if (Path(folder) / name).is_symlink()]
        for name in files + links:
            names.add((Path(folder) / name).relative_to(path).as_posix())
    return names


def _write_file(path: Path, data: bytes) -> None:
    with open(path, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def write_atomically(path: Path, data: bytes) -> None:
    """Write `data` to a temporary file beside `path`, then rename it to `path`.

    Raises:
        OutputError: the place cannot be written or is full. What was there stays.
    """
    try:
        with temporary(path, folder=False) as name:
            _write_file(name, data)
            os.replace(name, path)
    except OSError as error:
        raise OutputError(f"{path} could not be written: {error.strerror or error}") from error


def output_path(path: Any, example: str = "./my-checkpoint", endings: Sequence[str] = ()) -> Path:
    """Return the path of what is to be written.

    Args:
        path: what was given for it.
        example: what could have been.
        endings: one of which the file's name must have, in any case, such as `".png"`.

    Raises:
        InputError: it is no path, or an empty one, or ends otherwise.

    Example:
        >>> output_path("why.html").name
        'why.html'
    """
    text = os.fspath(path) if isinstance(path, str | os.PathLike) else None
    if not isinstance(text, str) or not text.strip() or "\0" in text:
        raise InputError(f"Expected a path, such as {example!r}. Received: {shown(path)}")
    if endings and Path(text).suffix.lower() not in endings:
        wanted = " or ".join(endings)
        raise InputError(f"Expected a file name in {wanted}. Received: {shown_path(text)}")
    return Path(text)


def check_new_directory(path: Path) -> None:
    """Refuse to make a directory where this process itself works, which would lose its place.

    Args:
        path: the directory to make.

    Raises:
        InputError: it is the working directory, or one that this lies in.
    """
    real = path.resolve()
    if path.name in ("", "..") or Path.cwd().is_relative_to(real):
        raise InputError(
            "Expected the path of a directory to make, such as './my-checkpoint'. Received: "
            f"{str(path)!r}, {_above(real)}. Choose another path"
        )


def _above(path: Path) -> str:
    if path == path.parent:
        return "the root of the file system"
    return "the working directory" if path == Path.cwd() else "in which the working directory lies"


def occupied(
    path: Path,
    overwrite: bool = False,
    kind: str = "a checkpoint directory",
    option: str = "overwrite=True",
) -> InputError:
    """Return the error of a directory that is to be made where something else is.

    Args:
        path: the place.
        overwrite: whether a directory of the kind there would be replaced.
        kind: what is replaced.
        option: what replaces it.
    """
    if overwrite:
        return InputError(
            f"Expected a path that does not exist yet, or {kind} to replace. "
            f"Received: {str(path)!r}, which holds something else. Choose another path"
        )
    return InputError(
        f"Expected a path that does not exist yet. Received: {str(path)!r}. Choose another path, "
        f"or pass {option} to replace {kind}"
    )


@contextmanager
def new_directory(path: Path, overwrite: bool = True) -> Iterator[Path]:
    """Yield a directory under a temporary name beside `path`, and move it to `path` in the end.

    At every moment the old or the new directory is at `path`, whole; a process that is killed
    leaves nothing that the next one that writes there does not remove.

    Args:
        path: the directory to make.
        overwrite: whether an old one there is replaced, if there is anything in it.

    Raises:
        InputError: something is there, and is not to be replaced.
        OutputError: the place cannot be written or is full. What was there stays, and nothing
            else is left behind.
    """
    if path.name in ("", ".."):
        path = path.resolve()
    try:
        with temporary(path, folder=True) as staging:
            yield staging
            try:
                place_directory(staging, path, overwrite)
            except FileExistsError:
                raise occupied(path, overwrite) from None
    except OSError as error:
        advice = "Free some space or choose" if is_full(error) else "Choose"
        raise OutputError(
            f"{path} could not be written: {error.strerror or error}. {advice} another place"
        ) from error


def write_directory(path: Path, contents: Mapping[str, bytes], overwrite: bool = True) -> None:
    """Write a directory of files under a temporary name, then move it to `path`.

    Args:
        path: the directory to make.
        contents: the bytes of every file by its relative name.
        overwrite: whether an old one there is replaced, if there is anything in it.

    Raises:
        InputError: something is there, and is not to be replaced.
        OutputError: the place cannot be written or is full. What was there stays, and nothing
            else is left behind.
    """
    with new_directory(path, overwrite) as staging:
        for name, data in contents.items():
            target = staging / name
            target.parent.mkdir(parents=True, exist_ok=True)
            _write_file(target, data)
