"""Import Keras and its backend without the page of notes that TensorFlow greets with."""

from __future__ import annotations

import importlib
import importlib.util
import logging
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from zoo.errors import InputError, shown

__all__ = ["import_keras", "import_quietly", "no_native_output", "not_again"]

_BACKENDS = ("tensorflow", "jax", "torch")


@contextmanager
def no_native_output() -> Iterator[None]:
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


@contextmanager
def not_again() -> Iterator[None]:
    """Say nothing of data that is read a second time: what was found out and warned of it."""
    logger = logging.getLogger("zoo")
    logger.addFilter(_nothing)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            yield
    finally:
        logger.removeFilter(_nothing)


def _nothing(record: logging.LogRecord) -> bool:
    return False


def import_quietly(*names: str) -> None:
    """Import modules that bring TensorFlow along; what Python raises is raised all the same.

    TensorFlow's own notes are left out from then on, unless `TF_CPP_MIN_LOG_LEVEL` is set.

    Args:
        names: full names of the modules, such as `"tensorflow_datasets"`.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if "tensorflow_datasets" in names:  # which would import it with the first data that is read
        names = ("tensorflow", *names)
    if all(name in sys.modules for name in names):
        return
    with no_native_output():
        for name in names:
            importlib.import_module(name)


def _no_read_ahead(record: logging.LogRecord) -> bool:
    """Drop what grain says of a choice that KerasHub makes at every `predict` and `evaluate`."""
    return not record.getMessage().startswith("prefetch_buffer_size=8 is smaller than num_threads")


def _check_backend() -> None:
    """Refuse a backend that is not installed, before Keras fails over it half imported."""
    wanted = os.environ.get("KERAS_BACKEND")
    installed = [name for name in _BACKENDS if importlib.util.find_spec(name) is not None]
    if wanted and wanted not in installed:
        raise InputError(
            f"Expected KERAS_BACKEND {' or '.join(installed)}, which are installed. "
            f"Received: {shown(wanted)}. Set another in the environment, or install it"
        )


def import_keras() -> None:
    """Import Keras, its backend and KerasHub, without a word.

    Raises:
        InputError: KERAS_BACKEND in the environment names a backend that is not installed.

    Example:
        >>> import_keras()
        >>> import keras
    """
    if "keras" not in sys.modules:
        _check_backend()
    import_quietly("keras", "keras_hub")
    from absl.logging import get_absl_logger

    get_absl_logger().addFilter(_no_read_ahead)
