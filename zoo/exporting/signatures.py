"""The graphs of a Keras model, with the inputs and outputs of the ONNX graphs of their names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from zoo.errors import InputError, OutputError
from zoo.exporting.formats import Job
from zoo.hub.onnx_files import OnnxFile

__all__ = ["need_tensorflow", "save_signatures"]


def need_tensorflow(what: str) -> None:
    """Refuse a backend that does not write a format.

    Args:
        what: the format.

    Raises:
        InputError: Keras computes with another backend than TensorFlow.
    """
    from zoo.common.quiet import import_keras

    import_keras()
    import keras

    if keras.backend.backend() != "tensorflow":
        raise InputError(
            f"Expected Keras with the backend tensorflow, which writes {what}. Received: "
            f"{keras.backend.backend()}. Run it with KERAS_BACKEND=tensorflow"
        )


def save_signatures(job: Job, folder: Path, sizes: Mapping[str, int]) -> list[str]:
    """Write a SavedModel whose signatures have the names, inputs and outputs of the ONNX graphs.

    Args:
        job: what is exported.
        folder: the folder to make.
        sizes: sizes that are fixed, by their names in the graphs.

    Returns:
        The names of the signatures.

    Raises:
        OutputError: it could not be written.
    """
    import tensorflow as tf

    functions = job.how.functions(job.model)
    holder = tf.Module()
    holder.variables_of_model = [variable.value for variable in job.model.variables]
    signatures = {
        name: _traced(function, _specs(job.graphs[name], sizes))
        for name, function in functions.items()
    }
    names = list(signatures)
    # What servers ask for unless told otherwise.
    signatures["serving_default"] = signatures[names[0]]
    try:
        tf.saved_model.save(holder, str(folder), signatures)
    except tf.errors.OpError as error:
        raise OutputError(f"{folder} could not be written: {error.message}") from error
    return names


def _specs(file: OnnxFile, sizes: Mapping[str, int]) -> dict[str, Any]:
    """Return the inputs of a graph as TensorFlow describes them."""
    import tensorflow as tf

    return {
        tensor.name: tf.TensorSpec(
            [sizes.get(size) if isinstance(size, str) else size for size in tensor.shape],
            tensor.type,
            name=tensor.name,
        )
        for tensor in file.inputs
    }


def _traced(function: Callable[..., dict[str, Any]], specs: dict[str, Any]) -> Any:
    """Return a graph of a Keras model as TensorFlow traces it."""
    import tensorflow as tf

    # By keyword alone: the names of the inputs are those of the arguments.
    whole = tf.function(lambda **tensors: function(**tensors), autograph=False)
    return whole.get_concrete_function(**specs)
