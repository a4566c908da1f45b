"""Packages that a light installation does without, imported where they are needed."""

from __future__ import annotations

import importlib
from types import ModuleType

from zoo.errors import InputError

__all__ = ["need"]

# What to install for a package whose name pip knows otherwise, or that comes with an extra.
_FROM = {
    "keras_hub": "keras-hub",
    "sklearn": "scikit-learn",
    "tensorflow_datasets": "tensorflow-datasets",
}


def need(module: str, for_what: str, install: str | None = None) -> ModuleType:
    """Import a package that not every installation has.

    Args:
        module: the module, such as `"pyarrow.parquet"`.
        for_what: what needs it, in the plural, such as `"Parquet files"`.
        install: what to give to `pip install`; None takes the package's own name.

    Raises:
        InputError: it is not installed.

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
        raise InputError(
            f"Expected the package {package}, which {for_what} need. Received: an installation "
            f"without it. Run: pip install {wanted}"
        ) from None
