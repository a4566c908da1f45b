"""The state of a run on disk, from which it goes on after it was killed."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import msgspec
import numpy as np
from msgspec import Meta
from numpy.lib import format as npy

from zoo.errors import InputError, shown
from zoo.files import open_regular, write_atomically

__all__ = ["SavedProgress", "load_arrays", "load_progress", "save_state"]

_PROGRESS = "progress.json"
_MAX_PROGRESS = 64 << 20
# What the names and headers of arrays take beside their numbers.
_MAX_OVERHEAD = 64 << 20
_ADVICE = "Remove that file to train from the start"

Count = Annotated[int, Meta(ge=0, lt=1 << 31)]


class SavedProgress(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """How far a run has come.

    Attributes:
        identity: what tells this run from others.
        epoch: epochs that have ended.
        step: steps of the one that has begun.
        stale: epochs since the best one.
        seconds: time spent so far.
        loss_sum: sum of the losses of those steps.
        best_epoch: number of the best epoch, 0 before the first has ended.
        best: its scores.
        history: the scores of every epoch, with its number and its loss.
    """

    identity: dict[str, Any]
    epoch: Count = 0
    step: Count = 0
    stale: Count = 0
    seconds: Annotated[float, Meta(ge=0)] = 0.0
    loss_sum: float = 0.0
    best_epoch: Count = 0
    best: dict[str, float] = {}
    history: list[dict[str, int | float]] = []

    def __post_init__(self) -> None:
        numbers = [scores.get("epoch") for scores in self.history]
        if numbers != list(range(1, self.epoch + 1)):
            raise ValueError(f"the history of {self.epoch} epochs has {shown(numbers)}")
        if self.best_epoch > self.epoch or bool(self.best) != bool(self.best_epoch):
            raise ValueError(f"epoch {self.best_epoch} of {self.epoch} cannot be the best")


def save_state(path: Path, arrays: Mapping[str, np.ndarray], progress: SavedProgress) -> None:
    """Write the state of a run in one step: a kill leaves the old state or the new one.

    Args:
        path: the file to write.
        arrays: every variable by name.
        progress: what else the run needs to go on.

    Raises:
        OutputError: the place cannot be written or is full. The old state stays.
    """
    buffer = io.BytesIO()
    text = json.dumps(msgspec.structs.asdict(progress))
    encoded = np.frombuffer(text.encode("utf-8"), np.uint8)
    np.savez(buffer, allow_pickle=False, **{_PROGRESS: encoded, **arrays})
    write_atomically(path, buffer.getvalue())


def load_progress(path: Path) -> SavedProgress | None:
    """Read how far a run has come, and none of its arrays; return None if there is no state.

    Args:
        path: the file that `save_state` wrote.

    Raises:
        InputError: the file is damaged, or was written by something else.

    Example:
        >>> load_progress(Path("mine.run/state.npz")) is None
        True
    """
    if not path.exists():
        return None
    with _opened(path, 1 << 62) as archive:
        shape, dtype = _header(archive, _PROGRESS)
        if len(shape) != 1 or dtype != np.uint8 or shape[0] > _MAX_PROGRESS:
            raise ValueError(f"{_PROGRESS} has the shape {shape} of {dtype}")
        content = json.loads(_read(archive, _PROGRESS).tobytes())
        return msgspec.convert(content, SavedProgress)


def load_arrays(
    path: Path, expected: Mapping[str, tuple[tuple[int, ...], np.dtype[Any]]]
) -> dict[str, np.ndarray]:
    """Read the arrays of a state whose names, shapes and types are known.

    All of them are compared before the first is read.

    Args:
        path: the file that `save_state` wrote.
        expected: shape and type of every array by name.

    Raises:
        InputError: the file is damaged, or its arrays are others, or not finite.
    """
    size = sum(dtype.itemsize * int(np.prod(shape)) for shape, dtype in expected.values())
    with _opened(path, size + _MAX_PROGRESS + _MAX_OVERHEAD) as archive:
        names = sorted(info.filename for info in archive.infolist())
        wanted = sorted(f"{name}.npy" for name in [_PROGRESS, *expected])
        if names != wanted:
            raise ValueError(
                f"it holds {len(names)} arrays, such as {shown(sorted({*names} ^ {*wanted})[:1])}, "
                f"where {len(wanted)} others belong"
            )
        for name, (shape, dtype) in expected.items():
            found = _header(archive, name)
            if found != (shape, dtype):
                raise ValueError(f"{name} has the shape {found[0]} of {found[1]}, not {shape}")
        arrays = {name: _read(archive, name) for name in expected}
    for name, array in arrays.items():
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise InputError(
                f"Expected finite numbers in the state {path}. Received: others in {name}. "
                f"{_ADVICE}"
            )
    return arrays


@contextmanager
def _opened(path: Path, limit: int) -> Iterator[zipfile.ZipFile]:
    with open_regular(path, limit, InputError) as file:
        try:
            with zipfile.ZipFile(file) as archive:
                yield archive
        except InputError:
            raise
        except Exception as error:  # zipfile, NumPy, JSON and msgspec each raise their own kind
            raise InputError(
                f"Expected the state of a training run. Received: {path}, which cannot be read "
                f"({error}). {_ADVICE}"
            ) from error


def _header(archive: zipfile.ZipFile, name: str) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Return shape and type of an array that takes the room they say, and read no more."""
    info = archive.getinfo(f"{name}.npy")
    # What is packed could unpack to any size, and this library packs nothing.
    if info.compress_type != zipfile.ZIP_STORED or info.compress_size != info.file_size:
        raise ValueError(f"{name} is compressed")
    with archive.open(info) as file:
        version = npy.read_magic(file)
        if version != (1, 0):
            raise ValueError(f"{name} has the version {version}")
        shape, _, dtype = npy.read_array_header_1_0(file)
        size = file.tell() + dtype.itemsize * int(np.prod(shape, dtype=object))
    if dtype.hasobject or size != info.file_size:
        raise ValueError(f"{name} has the shape {shape} of {dtype} in {info.file_size} bytes")
    return shape, dtype


def _read(archive: zipfile.ZipFile, name: str) -> np.ndarray:
    with archive.open(f"{name}.npy") as file:
        array: np.ndarray = npy.read_array(file, allow_pickle=False)
        if file.read(1):  # also has the checksum compared
            raise ValueError(f"{name} is longer than its shape")
    return array
