"""The weights' file: its header is compared with the model before anything else of it is read.

What the safetensors library checks of a header is checked here too, and that the tensors are those
of the model, which bounds what the library may then allocate. Values are looked at in pieces: a
file that is refused is never held as a whole.
"""

from __future__ import annotations

import hashlib
import io
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import msgspec
import numpy as np
import safetensors.numpy
from msgspec import Meta
from safetensors import SafetensorError

from zoo.common.strict_json import parse_json
from zoo.errors import CheckpointError, InputError, shown
from zoo.specs import count_parameters, holds_keys, key_limit

__all__ = ["check_weights", "parse_weights", "serialize_tensors", "weights_limit"]

# Of the header, a tensor beside its name: its dtype, shape and place.
_ENTRY_BYTES = 256
_PIECE = 4 << 20
_DTYPES: dict[str, np.dtype[Any]] = {
    "F16": np.dtype("<f2"),
    "F32": np.dtype("<f4"),
    "I32": np.dtype("<i4"),
}

Count = Annotated[int, Meta(ge=0)]
Shapes = Mapping[str, tuple[int, ...]]


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a header says of a tensor."""

    dtype: str
    shape: list[Count]
    data_offsets: tuple[Count, Count]


_LEAST = 10  # the length of a header, and an empty one


def _header_limit(shapes: Shapes) -> int:
    return sum(len(name) + _ENTRY_BYTES for name in shapes) + 4096


def weights_limit(shapes: Shapes) -> int:
    """Return the most bytes that a file of tensors of these shapes may have.

    Args:
        shapes: the shape of every tensor by name.

    Example:
        >>> weights_limit({"logits/bias": (2,)})
        4379
    """
    # A number takes four bytes at most, and the length of the header eight.
    return 4 * count_parameters(dict(shapes)) + _header_limit(shapes) + 8


def check_weights(file: BinaryIO, size: int, shapes: Shapes, path: Path) -> str:
    """Compare the names, shapes, dtypes and values of a file of weights with what is expected.

    Args:
        file: the file, at its start; it is read once, piece by piece.
        size: its number of bytes.
        shapes: the shape of every tensor of the model by name.
        path: the file to name in errors.

    Returns:
        The SHA-256 of what was read.

    Raises:
        CheckpointError: it is no safetensors file of those tensors, or a value is not finite.
    """
    digest = hashlib.sha256()
    first = file.read(8)
    digest.update(first)
    length, most = int.from_bytes(first, "little"), min(_header_limit(shapes), size - 8)
    if size < _LEAST:
        raise CheckpointError(
            f"{path} is not a safetensors file of this model. Expected: {_LEAST} bytes or more. "
            f"Received: {size}"
        )
    if len(first) < 8 or not 2 <= length <= most:
        raise CheckpointError(
            f"{path} is not a safetensors file of this model. Expected: a header of at most "
            f"{max(most, 0)} bytes. Received: {length if len(first) == 8 else 'none'}"
        )
    data = file.read(length)
    digest.update(data)
    places = _places(data, size - 8 - length, shapes, path)
    for name, dtype, count in places:
        check = _Keys(name, shapes[name], path) if holds_keys(name) else _Floats(name, path)
        while count:
            some = min(count, _PIECE // dtype.itemsize)
            piece = file.read(some * dtype.itemsize)
            if len(piece) < some * dtype.itemsize:
                raise CheckpointError(f"{path} is cut off within the tensor {name!r}")
            digest.update(piece)
            check.look_at(np.frombuffer(piece, dtype))
            count -= some
    return digest.hexdigest()


def parse_weights(data: bytes, shapes: Shapes, path: Path) -> dict[str, np.ndarray]:
    """Return the tensors of a file of weights, after `check_weights`.

    Args:
        data: the content of the file.
        shapes: the shape of every tensor of the model by name.
        path: the file to name in errors.

    Raises:
        CheckpointError: as for `check_weights`.
    """
    check_weights(io.BytesIO(data), len(data), shapes, path)
    try:
        return safetensors.numpy.load(data)
    except (SafetensorError, KeyError, ValueError, TypeError) as error:
        raise CheckpointError(f"{path} is not a safetensors file: {error}") from None


def _places(
    header: bytes, size: int, shapes: Shapes, path: Path
) -> list[tuple[str, np.dtype[Any], int]]:
    """Return the tensors in the order in which they lie: names, dtypes and numbers of values."""
    try:
        entries = parse_json(header, path)
    except CheckpointError as error:
        raise CheckpointError(f"{path} is not a safetensors file: {error}") from None
    metadata = entries.pop("__metadata__", {}) if isinstance(entries, dict) else None
    if not isinstance(metadata, dict) or not all(
        isinstance(value, str) for value in metadata.values()
    ):
        raise CheckpointError(
            f"{path} is not a safetensors file. Expected: tensors by name, and texts as metadata. "
            f"Received: {shown(entries if metadata is None else metadata)}"
        )
    for name in sorted(shapes.keys() | entries.keys()):
        if name not in entries:
            raise CheckpointError(f"{path} lacks the tensor {name!r}. Fetch the checkpoint again")
        if name not in shapes:
            raise CheckpointError(
                f"{path} holds a tensor that the model has not. Received: {shown(name)}"
            )
    found = []
    for name, entry in entries.items():
        begin, end = _place(entry, name, path)
        dtype, shape = entry["dtype"], entry["shape"]
        if shape != list(shapes[name]):
            raise CheckpointError(
                f"{path}: expected the shape {shapes[name]} for the tensor {name!r}. "
                f"Received: {shown(shape)}"
            )
        allowed = ("I32",) if holds_keys(name) else ("F16", "F32")
        if dtype not in allowed:
            raise CheckpointError(
                f"{path}: expected {_words(allowed)} for the tensor {name!r}. "
                f"Received: {_word(dtype)}"
            )
        count = math.prod(shapes[name])
        if end - begin != count * _DTYPES[dtype].itemsize:
            raise CheckpointError(
                f"{path} is not a safetensors file: the tensor {name!r} takes "
                f"{count * _DTYPES[dtype].itemsize} bytes, and {end - begin} are given it"
            )
        found.append((begin, end, name, _DTYPES[dtype], count))
    found.sort()
    at = 0
    for begin, end, name, *_ in found:
        if begin != at:
            raise CheckpointError(
                f"{path} is not a safetensors file: expected the tensor {name!r} at byte {at}, "
                f"where the one before ends. Received: {begin}"
            )
        at = end
    if at != size:
        raise CheckpointError(
            f"{path} is not a safetensors file of {at} bytes of tensors. Received: {size} bytes"
        )
    return [(name, dtype, count) for _, _, name, dtype, count in found]


def _place(entry: Any, name: str, path: Path) -> tuple[int, int]:
    """Return where a tensor begins and ends; its other fields are of the right kinds then."""
    try:
        place = msgspec.convert(entry, _Entry)
        begin, end = place.data_offsets
        return begin, end
    except (msgspec.ValidationError, RecursionError):
        pass
    raise CheckpointError(
        f"{path} is not a safetensors file. Expected: dtype, shape and data_offsets of the tensor "
        f"{name!r}. Received: {shown(entry)}"
    )


def _word(dtype: str) -> str:
    words = {"F16": "float16", "F32": "float32", "F64": "float64", "BF16": "bfloat16"}
    words |= {f"I{bits}": f"int{bits}" for bits in (8, 16, 32, 64)}
    return words.get(dtype, shown(dtype))


def _words(dtypes: tuple[str, ...]) -> str:
    return " or ".join(map(_word, dtypes))


class _Floats:
    """Refuses a tensor of weights that are not finite."""

    def __init__(self, name: str, path: Path) -> None:
        self.name, self.path = name, path

    def look_at(self, piece: np.ndarray) -> None:
        if not np.isfinite(piece).all():
            raise CheckpointError(
                f"{self.path}: expected finite weights. Received: "
                f"{int((~np.isfinite(piece)).sum())} NaN or infinite values in the tensor "
                f"{self.name!r}"
            )


class _Keys:
    """Refuses keys that are out of bounds, or not in ascending order along the last axis.

    Unsorted ones would give wrong answers where they are searched by halving, and columns beyond
    the last reach into memory that is not the model's.
    """

    def __init__(self, name: str, shape: tuple[int, ...], path: Path) -> None:
        self.name, self.path = name, path
        self.limit, self.row = key_limit(name, shape), shape[-1]
        self.seen, self.last = 0, -1

    def look_at(self, piece: np.ndarray) -> None:
        before = np.concatenate([[self.last], piece[:-1]])
        # The first key of a row follows none.
        before[(-self.seen) % self.row :: self.row] = -1
        if piece.max() >= self.limit or (piece <= before).any():
            raise CheckpointError(
                f"{self.path}: expected keys in ascending order, from 0 and below {self.limit}, "
                f"for the tensor {self.name!r}. Received: {shown(piece[:8].tolist())}"
            )
        self.seen, self.last = self.seen + len(piece), int(piece[-1])


def serialize_tensors(tensors: Mapping[str, np.ndarray]) -> bytes:
    """Return the safetensors file of `tensors`: the same bytes for the same values, always.

    The weights are stored as float16 when that loses nothing, as for a checkpoint that was
    stored so before, and as float32 otherwise.

    Args:
        tensors: float arrays by name; those of keys are integers and stored as int32.

    Raises:
        InputError: a weight is NaN or infinite.
    """
    full, keys = {}, {}
    for name in sorted(tensors):
        if holds_keys(name):
            keys[name] = np.ascontiguousarray(tensors[name], dtype=np.int32)
            continue
        # safetensors writes the memory of an array: a view in another order would be stored wrong.
        full[name] = np.ascontiguousarray(tensors[name], dtype=np.float32)
        if not np.isfinite(full[name]).all():
            raise InputError(
                f"Expected finite weights. Received: NaN or infinity in the tensor {name!r}. "
                "Train with a lower learning rate or with gradient clipping"
            )
    with np.errstate(over="ignore"):
        half = {name: tensor.astype(np.float16) for name, tensor in full.items()}
    lossless = all(np.array_equal(half[name].astype(np.float32), full[name]) for name in full)
    return safetensors.numpy.save((half if lossless else full) | keys)
