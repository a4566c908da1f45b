"""Packages that a light installation does without, imported where they are needed."""

from __future__ import annotations

import functools
import importlib
import importlib.util
from collections.abc import Callable
from types import ModuleType
from typing import ParamSpec, TypeVar

from zoo.errors import MissingPackageError

__all__ = ["check_installed", "missing", "need", "tells_what_is_missing"]

P = ParamSpec("P")
R = TypeVar("R")

# What pip calls the packages that not every installation has, by their modules; a light one has
# none of them, and those of extras come when they are asked for.
_FROM = {
    "h5py": "h5py",
    "keras": "keras",
    "keras_hub": "keras-hub",
    "matplotlib": "matplotlib",
    "onnx": "onnx",
    "openvino": "openvino",
    "pyarrow": "pyarrow",
    "ray": "ray",
    "scipy": "scipy",
    "sklearn": "scikit-learn",
    "tensorboard": "tensorboard",
    "tensorflow": "tensorflow",
    "tensorflow_datasets": "tensorflow-datasets",
    "threadpoolctl": "threadpoolctl",
    "wandb": "wandb",
}


def need(module: str, for_what: str, install: str | None = None) -> ModuleType:
    """Import a package that not every installation has.

    Args:
        module: the module, such as `"pyarrow.parquet"`.
        for_what: what needs it, in the plural, such as `"Parquet files"`.
        install: what to give to `pip install`; None takes the package's own name.

    Raises:
        MissingPackageError: it is not installed.

    Example:
        >>> need("json", "records").__name__
        'json'
    """
    package = module.partition(".")[0]
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != package:
            raise
        wanted = install or _FROM.get(package, package)
        raise MissingPackageError(
            f"Expected the package {package}, which {for_what} need. Received: an installation "
            f"without it. Run: pip install {wanted}"
        ) from None


def check_installed(*packages: str) -> None:
    """Refuse what takes long before it needs a package that is missing, without importing any.

    Args:
        *packages: modules, such as `"keras"`.

    Raises:
        MissingPackageError: one is not installed.

    Example:
        >>> check_installed("json")
    """
    for package in packages:
        if importlib.util.find_spec(package) is None:
            error = ModuleNotFoundError(f"No module named {package!r}", name=package)
            raise missing(error) or error


def missing(error: ModuleNotFoundError) -> MissingPackageError | None:
    """Return what to tell of a package that is missing, or None if none that may be is.

    Args:
        error: what an import raised.

    Example:
        >>> str(missing(ModuleNotFoundError("", name="keras.ops")))[:27]
        'Expected the package keras,'
    """
    package = (error.name or "").partition(".")[0]
    if package not in _FROM:
        return None
    return MissingPackageError(
        f"Expected the package {package}, which this needs. Received: a light installation, or one "
        "whose parts were removed. Install the whole: pip install rnn-zoo, or pip install . in a "
        "clone"
    )


def tells_what_is_missing(function: Callable[P, R]) -> Callable[P, R]:
    """Make a function tell what to install where a package is missing.

    Args:
        function: the function, which imports such packages when it is called.

    Raises:
        MissingPackageError: when it is called, in place of a ModuleNotFoundError.

    Example:
        >>> tells_what_is_missing(len)("abc")
        3
    """

    @functools.wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except ModuleNotFoundError as error:
            told = missing(error)
            if told is None:
                raise
            raise told from None

    return wrapped
