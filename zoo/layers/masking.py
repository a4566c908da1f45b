"""Zeros where a text has ended."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from typing import Any

import keras
from keras import ops

__all__ = ["ZeroPadding"]


@keras.saving.register_keras_serializable(package="zoo")
class ZeroPadding(keras.layers.Layer):
    """Sets the steps outside the mask to zero, so that a convolution sees an end, not padding.

    Call with `inputs` of shape (batch, time, features) and `padding_mask`, boolean of shape
    (batch, time). Returns a tensor of the shape of `inputs`.

    Example:
        >>> ZeroPadding()(np.ones((1, 2, 1)), np.array([[True, False]]))
    """

    def build(self, inputs_shape: Any, padding_mask_shape: Any = None) -> None:
        self.built = True

    def call(self, inputs: Any, padding_mask: Any) -> Any:
        return inputs * ops.cast(ops.expand_dims(padding_mask, -1), inputs.dtype)

    # Also where the mask is an array, of which Keras tells no shape.
    def compute_output_shape(self, inputs_shape: Any, padding_mask_shape: Any = None) -> Any:
        return inputs_shape

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config()}
