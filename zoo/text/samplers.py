"""What texts that KerasHub's samplers write need of a backend."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

import importlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
import keras_hub

from zoo.errors import InputError, shown

__all__ = ["check_sampler_name", "indices_of_32_bits"]


def check_sampler_name(sampler: Any) -> None:
    """Refuse the name of a sampler that KerasHub does not have, before a text is to be written.

    Args:
        sampler: a name, or anything else, which passes.

    Raises:
        InputError: there is none of that name.

    Example:
        >>> check_sampler_name("greedy")
    """
    if not isinstance(sampler, str):
        return
    try:
        # Of an unknown name it returns the name.
        if not isinstance(keras_hub.samplers.get(sampler), str):
            return
    except (KeyError, TypeError, ValueError):
        pass
    kinds = (re.fullmatch(r"(\w+)Sampler", name) for name in dir(keras_hub.samplers))
    known = [re.sub(r"\B(?=[A-Z])", "_", kind.group(1)).lower() for kind in kinds if kind]
    raise InputError(
        f"Expected the name of a KerasHub sampler: {', '.join(known)}. Received: {shown(sampler)}"
    )


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
