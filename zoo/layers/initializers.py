"""Initial values that every dtype can have."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from typing import Any

import keras
from keras import ops

__all__ = ["Orthogonal"]


@keras.saving.register_keras_serializable(package="zoo")
class Orthogonal(keras.initializers.Orthogonal):
    """`keras.initializers.Orthogonal`, also for weights in half precision.

    TensorFlow factorises matrices of float32 and float64 only, so the matrix is drawn in float32
    and then rounded. The same seed gives the same matrix as Keras' own does in float32.

    Args:
        gain: factor of the orthogonal matrix.
        seed: of the draw.

    Example:
        >>> Orthogonal(seed=1)((4, 4), dtype="bfloat16").shape
        TensorShape([4, 4])

    Reference:
        [Saxe et al., 2014](https://arxiv.org/abs/1312.6120)
    """

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        kind = keras.backend.standardize_dtype(dtype or keras.config.floatx())
        wide = kind if kind in ("float32", "float64") else "float32"
        return ops.cast(super().__call__(shape, dtype=wide), kind)
