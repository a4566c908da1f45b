"""What tells one run from another, and how two of them differ."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

__all__ = ["differences"]

_SHORT = 40


def differences(there: Any, here: Any) -> str:
    """Tell how the identity of a run that lies on disk differs from that of the one asked for.

    Args:
        there: that of the run on disk, as JSON gave it.
        here: that of the run that is asked for.

    Example:
        >>> differences({"settings": {"seed": 1, "epochs": 2}}, {"settings": {"seed": 3}})
        'seed 1 there and 3 here, epochs 2 there and none here'
    """
    return ", ".join(_differences("", there, here))


def _differences(name: str, there: Any, here: Any) -> Iterator[str]:
    if there == here:
        return
    if isinstance(there, dict) and isinstance(here, dict):
        for key in dict.fromkeys([*there, *here]):
            yield from _differences(str(key), there.get(key), here.get(key))
    elif isinstance(there, list | tuple | dict) or isinstance(here, list | tuple | dict):
        yield f"other {name}"
    else:
        yield f"{name} {_shown(there, here)} there and {_shown(here, there)} here"


def _shown(value: Any, other: Any) -> str:
    """Return a value in short; of a long text what stands where the two part."""
    if value is None:
        return "none"
    text = str(value)
    if len(text) <= _SHORT:
        return text
    same = [one == two for one, two in zip(text, str(other), strict=False)]
    at = same.index(False) if False in same else len(same)
    start = max(0, at - _SHORT // 2)
    return f"...{text[start : start + _SHORT]}..."
