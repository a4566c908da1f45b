"""The event files of a folder of TensorBoard's, as they go up to the Hub."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from zoo.common.user_warnings import warn_user
from zoo.errors import CheckpointError, DataError, shown_path
from zoo.files import read_file
from zoo.fitting.privacy import without_examples

__all__ = ["EVENTS", "own_events", "read_events"]

EVENTS = "events.out.tfevents."
_MAX_BYTES = 512 << 20
_MAX_FILES = 1_000
# events.out.tfevents.<second>.<host>.<process>.<number>, or other names of other writers.
_NAME = re.compile(r"(?P<second>\d+)\..*?\.(?P<process>\d+)\.(?P<number>\d+)(?P<end>\.v2)?")


def own_events(checkpoint: Path) -> dict[str, bytes]:
    """Return the event files that training left beside a checkpoint, without examples.

    Args:
        checkpoint: the checkpoint directory; the files lie in `<checkpoint>.run/tensorboard`.

    Returns:
        The contents by the names below `runs/`; none where there is no such folder.

    Raises:
        DataError: a file cannot be read, or there are too many.
    """
    run = Path(f"{os.path.abspath(checkpoint)}.run")  # noqa: PTH100 (a link is named as it is)
    folder = run / "tensorboard"
    if run.is_symlink() or folder.is_symlink():
        _tell_left_out(1, run)
        return {}
    return {name: without_examples(data) for name, data in _read(folder).items()}


def read_events(folder: Path) -> dict[str, bytes]:
    """Return the event files of a folder, as they are.

    Args:
        folder: a folder of runs, which is no link.

    Returns:
        The contents by the names below `runs/`.

    Raises:
        DataError: it holds none, it is a link, a file cannot be read, or there are too many.
    """
    if folder.is_symlink():
        raise DataError(
            f"Expected a folder of TensorBoard's event files, {EVENTS}*. Received: "
            f"{shown_path(folder)}, a link, which is not followed. Name the folder itself"
        )
    files = _read(folder)
    if not files:
        raise DataError(
            f"Expected a folder of TensorBoard's event files, {EVENTS}*. "
            f"Received: {shown_path(folder)}, which holds none"
        )
    return files


def _read(folder: Path) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    size = left_out = 0
    for place, folders, names in os.walk(folder, followlinks=False):
        folders.sort()
        left_out += sum((Path(place) / name).is_symlink() for name in folders)
        for name in sorted(names):
            if not name.startswith(EVENTS):
                continue
            path = Path(place) / name
            if not stat.S_ISREG(path.lstat().st_mode):
                left_out += 1
                continue
            try:
                content = read_file(path, _MAX_BYTES - size)
            except CheckpointError as error:
                raise DataError(
                    f"Expected event files of at most {_MAX_BYTES} bytes together that can be "
                    f"read. Received: {shown_path(path)}. {error}"
                ) from None
            size += len(content)
            below = Path("runs") / Path(place).relative_to(folder)
            files[_free_name(below, name, files)] = content
            if len(files) > _MAX_FILES:
                raise DataError(
                    f"Expected at most {_MAX_FILES} event files. Received: more, in "
                    f"{shown_path(folder)}. Name the folder of one run"
                )
    if left_out:
        _tell_left_out(left_out, folder)
    return files


def _free_name(folder: Path, name: str, taken: dict[str, bytes]) -> str:
    """Return the name that an event file goes up under: without the machine's."""
    rest = name.removeprefix(EVENTS)
    match = _NAME.fullmatch(rest)
    if match is not None:
        own = f"{match['second']}.{match['process']}.{match['number']}{match['end'] or ''}"
    else:  # of another writer: the time it began is all that is certain
        own = f"{(re.match('[0-9]+', rest) or ['0'])[0]}.0.0"
    path = (folder / f"{EVENTS}{own}").as_posix()
    count = 0
    while path in taken:
        count += 1
        path = (folder / f"{EVENTS}{own}.{count}").as_posix()
    return path


def _tell_left_out(count: int, folder: Path) -> None:
    warn_user(
        f"{count} links or special files of {shown_path(folder)} were left out: only regular "
        "files of the folder itself go up",
    )
