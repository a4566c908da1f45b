"""Import Keras and its backend without the page of notes that TensorFlow greets with."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["import_keras", "import_quietly"]


@contextmanager
def _no_native_output() -> Iterator[None]:
    """Let nothing through to the standard error of the process: native code writes there itself."""
    if sys.stderr is not None:
        sys.stderr.flush()
    try:
        saved = os.dup(2)
    except OSError:  # closed, as by `2>&-`
        yield
        return
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        if sys.stderr is not None:
            sys.stderr.flush()
        os.dup2(saved, 2)
        os.close(saved)


def import_quietly(*names: str) -> None:
    """Import modules that bring TensorFlow along; what Python raises is raised all the same.

    TensorFlow's own notes are left out from then on, unless `TF_CPP_MIN_LOG_LEVEL` is set.

    Args:
        names: full names of the modules, such as `"tensorflow_datasets"`.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if all(name in sys.modules for name in names):
        return
    with _no_native_output():
        for name in names:
            importlib.import_module(name)


def import_keras() -> None:
    """Import Keras, its backend and KerasHub, without a word.

    Example:
        >>> import_keras()
        >>> import keras
    """
    import_quietly("keras", "keras_hub")
