"""Comparing what was exported with what it was exported from, on real inputs."""

from __future__ import annotations

import dataclasses
import importlib.util
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from zoo.common.quiet import import_keras
from zoo.errors import OutputError
from zoo.exporting.formats import ExportFormat, Job
from zoo.formats import Checkpoint
from zoo.pipelines import make_pipeline

__all__ = ["Difference", "compare_exported", "has_keras", "keras_model"]

_BACKENDS = ("tensorflow", "jax", "torch")


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """How far an exported model is from what it was exported from.

    Attributes:
        largest: the largest difference of two numbers.
        output: which output it was in.
        allowed: the largest that is allowed.
        compared: with what: "Keras" or "the pipeline".
        inputs: number of raw inputs.
        data: what they were.
    """

    largest: float
    output: str
    allowed: float
    compared: str
    inputs: int
    data: str


def has_keras() -> bool:
    """Return whether Keras, KerasHub and a backend are installed.

    Example:
        >>> has_keras()
        True
    """
    needed = all(importlib.util.find_spec(name) for name in ("keras", "keras_hub"))
    return needed and any(importlib.util.find_spec(name) for name in _BACKENDS)


def keras_model(source: Checkpoint) -> Any:
    """Return the Keras model of a checkpoint, or None where Keras is not installed.

    Args:
        source: a verified checkpoint.
    """
    if not has_keras():
        return None
    import_keras()
    from zoo.fitting.building import from_checkpoint

    return from_checkpoint(source)


def compare_exported(form: ExportFormat, job: Job, folder: Path) -> Difference:
    """Compare a model that was exported with the Keras model, or with the pipeline.

    Args:
        form: the format.
        job: what was exported.
        folder: where it is.

    Raises:
        OutputError: they differ by more than is allowed.
    """
    inputs, data = job.real
    how, model = job.how, job.model
    if model is not None:
        asked, compared = how.model(model), "Keras"
    else:
        plain = dataclasses.replace(job.source, graphs={})
        asked, compared = how.pipeline(make_pipeline(plain)), "the pipeline"
    allowed = how.tolerance * form.rounding if job.quantize is None else how.coarse
    job.tell(f"Comparing with {compared} on {len(inputs)} inputs")
    largest, output = 0.0, ""
    for name, found, expected in form.compare(job, folder, asked, inputs):
        found, expected = np.asarray(found), np.asarray(expected)
        if found.shape != expected.shape:
            raise OutputError(
                f"The exported model does not answer as {compared} does. Expected: {name} of shape "
                f"{expected.shape}. Received: {found.shape}. Nothing was written"
            )
        difference = float(np.max(np.abs(found - expected), initial=0.0))
        if not difference <= allowed:  # written so that NaN fails
            raise OutputError(
                f"The exported model does not answer as {compared} does. Expected: a difference of "
                f"at most {allowed:g}. Received: {difference:.3g}, of {name}. Nothing was written"
            )
        if difference > largest:
            largest, output = difference, name
    return Difference(
        largest=largest,
        output=output,
        allowed=allowed,
        compared=compared,
        inputs=len(inputs),
        data=data,
    )
