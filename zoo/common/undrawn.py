"""Layers whose weights are about to be assigned need not draw any."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

__all__ = ["left_undrawn", "undrawn"]

_undrawn: ContextVar[bool] = ContextVar("undrawn", default=False)


@contextmanager
def left_undrawn() -> Iterator[None]:
    """Have layers built within start from zeros, for their weights are about to be assigned.

    Drawing the largest reservoir that a small checkpoint may ask for takes minutes and gigabytes;
    and for weights of every other shape JAX compiles a function that draws them.

    Example:
        >>> with left_undrawn():
        ...     undrawn()
        True
    """
    token = _undrawn.set(True)
    try:
        yield
    finally:
        _undrawn.reset(token)


def undrawn() -> bool:
    """Return whether a layer that is built now may leave its weights undrawn."""
    return _undrawn.get()
