"""Initial values that every dtype can have, and that are not drawn to be overwritten."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from typing import Any

import keras
import numpy as np
from keras import ops

from zoo.common.undrawn import undrawn

__all__ = ["GlorotUniform", "Orthogonal", "RandomUniform"]


class _Drawn:
    """A base before an initializer of Keras: within `left_undrawn` it gives zeros."""

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        if undrawn():
            # Of NumPy: to compile a function of zeros for every shape would be as slow as to draw.
            return np.zeros(shape, keras.backend.standardize_dtype(dtype or keras.config.floatx()))
        return super().__call__(shape, dtype=dtype)  # type: ignore[misc]


@keras.saving.register_keras_serializable(package="zoo")
class GlorotUniform(_Drawn, keras.initializers.GlorotUniform):
    """`keras.initializers.GlorotUniform`, but for zeros within `left_undrawn`."""


@keras.saving.register_keras_serializable(package="zoo")
class RandomUniform(_Drawn, keras.initializers.RandomUniform):
    """`keras.initializers.RandomUniform`, but for zeros within `left_undrawn`."""


class _WideOrthogonal(keras.initializers.Orthogonal):
    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        kind = keras.backend.standardize_dtype(dtype or keras.config.floatx())
        wide = kind if kind in ("float32", "float64") else "float32"
        return ops.cast(super().__call__(shape, dtype=wide), kind)


@keras.saving.register_keras_serializable(package="zoo")
class Orthogonal(_Drawn, _WideOrthogonal):
    """`keras.initializers.Orthogonal`, also for weights in half precision.

    TensorFlow factorises matrices of float32 and float64 only, so the matrix is drawn in float32
    and then rounded. The same seed gives the same matrix as Keras' own does in float32. Within
    `left_undrawn` it gives zeros.

    Args:
        gain: factor of the orthogonal matrix.
        seed: of the draw.

    Example:
        >>> Orthogonal(seed=1)((4, 4), dtype="bfloat16").shape
        TensorShape([4, 4])

    Reference:
        [Saxe et al., 2014](https://arxiv.org/abs/1312.6120)
    """
