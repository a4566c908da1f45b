"""Numbers that callers give, whether they are Python's own or NumPy's."""

from __future__ import annotations

import operator
from numbers import Real
from typing import Any

from zoo.errors import InputError, shown

__all__ = ["checked", "checked_batch_size", "counted", "plain", "real", "whole"]


def whole(value: Any) -> int | None:
    """Return a whole number as an int, and None for all else; True and False are no numbers here.

    Args:
        value: anything.

    Example:
        >>> import numpy as np
        >>> whole(np.int64(3)), whole(True), whole(3.0)
        (3, None, None)
    """
    if isinstance(value, bool):
        return None
    try:
        return operator.index(value)
    except (TypeError, ValueError):  # an array of several numbers
        return None


def checked(name: str, value: Any, least: int, most: int) -> int:
    """Return a whole number within bounds.

    Args:
        name: what it is called.
        value: anything.
        least: the smallest that is taken.
        most: the largest.

    Raises:
        InputError: it is none.

    Example:
        >>> checked("num_beams", 5, 1, 100)
        5
    """
    number = whole(value)
    if number is None or not least <= number <= most:
        raise InputError(f"Expected {name} from {least} to {most}. Received: {shown(value)}")
    return number


def checked_batch_size(value: Any) -> int:
    """Return how many inputs are computed at once.

    Args:
        value: anything.

    Raises:
        InputError: it is no whole number, or less than 1.

    Example:
        >>> checked_batch_size(32)
        32
    """
    size = whole(value)
    if size is None or size < 1:
        raise InputError(f"Expected a batch_size of at least 1. Received: {shown(value)}")
    return size


def real(value: Any) -> float | None:
    """Return a real number as a float, and None for all else; True and False are no numbers here.

    Args:
        value: anything.

    Example:
        >>> import numpy as np
        >>> real(np.float32(0.5)), real("0.5")
        (0.5, None)
    """
    if getattr(value, "shape", None) == () and hasattr(value, "item"):
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, Real):
        return None
    try:
        return float(value)
    except OverflowError:
        return None


def counted(count: int, thing: str, several: str | None = None) -> str:
    """Return a number and what is counted, in the plural where there is not one.

    Args:
        count: the number.
        thing: what is counted.
        several: its plural; None where that is regular.

    Example:
        >>> counted(1, "step"), counted(2_000, "step")
        ('1 step', '2,000 steps')
    """
    return f"{count:,} {thing if count == 1 else several or thing + 's'}"


def plain(value: Any) -> Any:
    """Return NumPy's numbers, also in lists and tuples, as Python's, and all else as it is.

    Args:
        value: anything.

    Example:
        >>> import numpy as np
        >>> plain([np.int64(3), np.float32(0.5), "a", True])
        [3, 0.5, 'a', True]
    """
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    count = whole(value)
    number = real(value) if count is None else count
    return value if number is None else number
