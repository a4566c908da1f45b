"""The graphs of a Keras model, with the inputs and outputs of the ONNX graphs of their names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zoo.errors import InputError
from zoo.exporting.formats import Job
from zoo.hub.onnx_files import OnnxFile

__all__ = ["need_tensorflow", "tensor_specs", "traced"]


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


def tensor_specs(file: OnnxFile, **sizes: int) -> dict[str, Any]:
    """Return the inputs of a graph as TensorFlow describes them.

    Args:
        file: the ONNX graph of its name.
        **sizes: sizes that are fixed, by their names in the graph.
    """
    import tensorflow as tf

    return {
        tensor.name: tf.TensorSpec(
            [sizes.get(size) if isinstance(size, str) else size for size in tensor.shape],
            tensor.type,
            name=tensor.name,
        )
        for tensor in file.inputs
    }


def traced(function: Callable[..., dict[str, Any]], specs: dict[str, Any]) -> Any:
    """Return a graph of a Keras model as TensorFlow traces it.

    Args:
        function: of tensors by name.
        specs: what they are, from `tensor_specs`.
    """
    import tensorflow as tf

    # By keyword alone: the names of the inputs are those of the arguments.
    return tf.function(lambda **tensors: function(**tensors), autograph=False).get_concrete_function(
        **specs
    )
