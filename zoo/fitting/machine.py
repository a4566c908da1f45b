"""What a checkpoint's record tells of the machine that trained it."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from pathlib import Path

__all__ = ["backend", "hardware", "packages"]

PACKAGES = ("keras", "keras-hub", "tensorflow", "jax", "numpy", "scipy", "tokenizers")


def hardware() -> str:
    """Describe the machine that computes, such as `2 cores of AMD EPYC`."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    model = platform.processor() or platform.machine()
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    except OSError:
        pass
    return f"{cores} core{'s' if cores != 1 else ''} of {model} ({platform.system()})"


def packages() -> dict[str, str]:
    """Return the versions of the packages that decide what a run computes."""
    versions = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions


def backend() -> str:
    """Return the name of the backend that Keras computes with."""
    import keras

    name: str = keras.backend.backend()
    return name
