"""Which devices a training is to use, as a user says it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zoo.common.counts import whole
from zoo.errors import InputError, shown

__all__ = ["as_devices"]


def as_devices(given: Any) -> int | tuple[str, ...] | None:
    """Return how many devices are meant, or which.

    Args:
        given: a number; names, as a list or separated by commas; or None.

    Raises:
        InputError: it is something else, or names one twice.

    Example:
        >>> as_devices("2"), as_devices("gpu:0,gpu:1"), as_devices(None)
        (2, ('gpu:0', 'gpu:1'), None)
    """
    if given is None:
        return None
    if isinstance(given, str):
        number = given.strip().isascii() and given.strip().isdecimal() and len(given) < 9
        given = int(given) if number else given.split(",")
    count = whole(given)
    if count is not None and count >= 1:
        return count
    if isinstance(given, Sequence) and given and all(isinstance(name, str) for name in given):
        names = tuple(name.strip().lower() for name in given)
        if all(names) and len(set(names)) == len(names):
            return names
    raise InputError(
        "Expected how many devices, such as 2, or their names once each, such as gpu:0,gpu:1. "
        f"Received: {shown(given)}"
    )
