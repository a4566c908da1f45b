"""Layers whose weights are about to be assigned need not draw any."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

__all__ = ["left_undrawn", "undrawn"]

# Nothing, only what takes long to draw, or all.
_NOTHING, _LARGE, _ALL = range(3)
_undrawn: ContextVar[int] = ContextVar("undrawn", default=_NOTHING)


@contextmanager
def left_undrawn(every: bool = True) -> Iterator[None]:
    """Have layers built within start from zeros, for their weights are about to be assigned.

    Drawing the largest reservoir that a small checkpoint may ask for takes minutes and gigabytes;
    and for weights of every other shape JAX compiles a function that draws them.

    Args:
        every: whether all weights are assigned; else those alone that would take long to draw.

    Example:
        >>> with left_undrawn():
        ...     undrawn()
        True
    """
    token = _undrawn.set(_ALL if every else _LARGE)
    try:
        yield
    finally:
        _undrawn.reset(token)


def undrawn(large: bool = False) -> bool:
    """Return whether a layer that is built now may leave its weights undrawn.

    Args:
        large: whether it would take long to draw them.
    """
    return _undrawn.get() >= (_LARGE if large else _ALL)
