"""The state of a session as bytes, which another process reads; what it holds is data, not code."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
import numpy as np
from msgspec import Meta

from zoo.errors import InputError, shown

__all__ = ["MOST_BYTES", "Part", "pack", "unpack"]

# A state is kilobytes; only one that keeps all it has read is more.
MOST_BYTES = 256 << 20
_KIND = b"rnn-zoo session 1\n"
_DIGEST = 32

Part = np.ndarray | str | int


class _Array(msgspec.Struct, frozen=True, tag="array"):
    dtype: Literal["<f4", "<f8", "<i4", "<i8"]
    shape: Annotated[tuple[Annotated[int, Meta(ge=0, le=1 << 32)], ...], Meta(max_length=4)]
    data: bytes


class _Packed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    model: str
    parts: dict[str, _Array | str | int]


def pack(model: str, parts: Mapping[str, Part]) -> bytes:
    """Return a state as bytes.

    Args:
        model: fingerprint of the checkpoint that the state belongs to.
        parts: what it consists of: float32, float64, int32 or int64 arrays, texts and numbers.

    Example:
        >>> unpack(pack("a1b2", {"count": 3}), "a1b2")
        {'count': 3}
    """
    packed: dict[str, Any] = {}
    for name, part in parts.items():
        if isinstance(part, np.ndarray):
            array = part.astype(part.dtype.newbyteorder("<"), copy=False)
            packed[name] = _Array(array.dtype.str, array.shape, array.tobytes())  # type: ignore[arg-type]
        else:
            packed[name] = part
    content = msgspec.msgpack.encode(_Packed(model, packed))
    return _KIND + hashlib.sha256(content).digest() + content


def unpack(data: bytes, model: str) -> dict[str, Part]:
    """Return what a state consists of.

    Args:
        data: what `pack` returned.
        model: fingerprint of the checkpoint that is to go on with it.

    Raises:
        InputError: it is something else, is damaged, or belongs to another checkpoint.
    """
    if not isinstance(data, bytes | bytearray | memoryview):
        raise InputError(
            "Expected the bytes of a session, as session.to_bytes() returns them. "
            f"Received: {shown(data)}"
        )
    if len(data) > MOST_BYTES:
        raise InputError(
            f"Expected a session of at most {MOST_BYTES >> 20} MB. Received: {len(data):,} bytes"
        )
    data = bytes(data)
    digest, content = data[len(_KIND) :][:_DIGEST], data[len(_KIND) + _DIGEST :]
    try:
        if not data.startswith(_KIND) or hashlib.sha256(content).digest() != digest:
            raise ValueError("its beginning is another, or it is damaged")
        packed = msgspec.msgpack.decode(content, type=_Packed)
        parts = {
            name: _array(part) if isinstance(part, _Array) else part
            for name, part in packed.parts.items()
        }
    except (msgspec.DecodeError, ValueError) as error:  # a ValidationError is a DecodeError
        raise InputError(
            "Expected the bytes of a session, as session.to_bytes() returns them. "
            f"Received: {len(data):,} bytes that are none ({error})"
        ) from None
    if packed.model != model:
        raise InputError(
            "Expected a session of the same checkpoint. Received: one of another, or of an earlier "
            "version of it, whose states mean something else. Begin a new one with session()"
        )
    return parts


def _array(part: _Array) -> np.ndarray:
    dtype = np.dtype(part.dtype)
    if math.prod(part.shape) * dtype.itemsize != len(part.data):
        raise ValueError("an array has another size than its shape says")
    # A copy in the order of this machine: what is unpacked belongs to nobody else.
    return np.frombuffer(part.data, dtype).reshape(part.shape).astype(dtype.newbyteorder("="))
