"""Warnings of pipelines that are for a client: heard in the thread in which they are said."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["heard", "hearing"]

_THREAD = threading.local()


@contextmanager
def hearing() -> Iterator[None]:
    """Have no warning written to standard error as long as this is open: clients are told."""

    def hear(message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
        said = getattr(_THREAD, "said", None)
        # Others are of arithmetic or of libraries, and tell a client nothing.
        if said is not None and issubclass(category, UserWarning):
            said.append(str(message))

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = hear
        yield


@contextmanager
def heard() -> Iterator[list[str]]:
    """Yield a list that holds what this thread is warned of, while `hearing` is open.

    Example:
        >>> with hearing(), heard() as said:
        ...     warnings.warn("The text holds no word")
        >>> said
        ['The text holds no word']
    """
    before, _THREAD.said = getattr(_THREAD, "said", None), []
    try:
        yield _THREAD.said
    finally:
        _THREAD.said = before
