"""Errors of the zoo that other libraries wrap into errors of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from zoo.errors import InputError, ZooError

__all__ = ["own_errors"]


@contextmanager
def own_errors() -> Iterator[None]:
    """Give the zoo's errors back that `tf.data` wraps into errors of its own."""
    try:
        yield
    except Exception as error:
        found = re.search(r"InputError: ([^\n]*)", str(error))
        if isinstance(error, ZooError) or found is None:
            raise
        raise InputError(found.group(1)) from None
