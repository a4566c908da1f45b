"""What texts that KerasHub's samplers write need of a backend."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras

__all__ = ["indices_of_32_bits"]


@contextmanager
def indices_of_32_bits() -> Iterator[None]:
    """Have JAX count in 32 bits, where it was told to use 64: KerasHub's samplers mix the two."""
    if keras.backend.backend() != "jax":
        yield
        return
    import jax

    # The switch was an experimental one first.
    home = jax if hasattr(jax, "enable_x64") else importlib.import_module("jax.experimental")
    switch: Any = vars(home)["enable_x64"]
    with switch(False):
        yield
