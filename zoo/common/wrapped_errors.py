"""Errors of the zoo that other libraries wrap into errors of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from zoo.errors import InputError, ZooError

__all__ = ["own_errors"]

# Keras says first which layer it was, and writes in bold what the error says.
_BOLD = r"(?:\x1b|\\x1b)\[\d+m"
_LAYER = r"(?:Exception encountered when calling [^\n]*\s+)?"
_OWN = rf"InputError: {_LAYER}(?:{_BOLD})?([^\n]*?)(?:{_BOLD})?(?=\n|$)"


@contextmanager
def own_errors() -> Iterator[None]:
    """Give the zoo's errors back that `tf.data` wraps into errors of its own, and Keras before."""
    try:
        yield
    except Exception as error:
        found = re.search(_OWN, str(error))
        if isinstance(error, ZooError) or found is None:
            raise
        raise InputError(found.group(1)) from None
