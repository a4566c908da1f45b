"""Where weights start: Glorot, He and orthogonal draws, gate by gate, and the forget bias."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

import math
from typing import Any

import keras
import numpy as np

from zoo.fitting.choices import EMBEDDING_STARTS, KERNEL_STARTS, RECURRENT_STARTS, check_choice

__all__ = ["draw_starts", "set_forget_bias"]

# Of a recurrent cell, or of the decoder with attention: the matrices of its gates side by side.
_GATED = ("kernel", "feed_kernel", "recurrent_kernel")


def draw_starts(
    model: keras.Model,
    *,
    kernel_start: str | None = None,
    recurrent_start: str | None = None,
    embedding_start: str | None = None,
    seed: int = 0,
) -> None:
    """Draw the kernels and the token vectors of a model anew; biases stay.

    Keras draws the kernels of all gates of a cell as one wide matrix: with `"glorot_uniform"` its
    numbers are smaller than a gate's own shape calls for, and of an LSTM's `"orthogonal"` kernel
    no gate is orthogonal by itself. Here the kernel of every gate is a matrix of its own.

    Args:
        model: a model whose weights exist.
        kernel_start: how the kernels that read inputs are drawn, those of dense layers and of
            convolutions too: one of `zoo.fitting.choices.KERNEL_STARTS`; None leaves them.
        recurrent_start: how the kernels that read the state are drawn: one of
            `RECURRENT_STARTS`; None leaves them.
        embedding_start: how the token vectors are drawn, with the scale that Keras gives them:
            one of `EMBEDDING_STARTS`; None leaves them.
        seed: seed of the draws; every matrix has draws of its own.

    Raises:
        InputError: there is no such start.

    Example:
        >>> layer = keras.layers.LSTM(4)
        >>> model = keras.Sequential([keras.Input((None, 3)), layer])
        >>> draw_starts(model, recurrent_start="orthogonal")
        >>> forget = np.array(layer.cell.recurrent_kernel)[:, 4:8]
        >>> bool(np.allclose(forget @ forget.T, np.eye(4), atol=1e-5))
        True

    Reference:
        [Glorot & Bengio, 2010](https://proceedings.mlr.press/v9/glorot10a.html),
        [He et al., 2015](https://arxiv.org/abs/1502.01852),
        [Saxe et al., 2014](https://arxiv.org/abs/1312.6120) (orthogonal),
        [Le et al., 2015](https://arxiv.org/abs/1504.00941) (identity)
    """
    if kernel_start is not None:
        check_choice("kernel_start", kernel_start, KERNEL_STARTS)
    if recurrent_start is not None:
        check_choice("recurrent_start", recurrent_start, RECURRENT_STARTS)
    if embedding_start is not None:
        check_choice("embedding_start", embedding_start, EMBEDDING_STARTS)
    gates = _gates(model)
    for index, variable in enumerate(model.trainable_variables):
        layer, _, name = variable.path.rpartition("/")
        if name == "embeddings":
            start = embedding_start
        elif name.rpartition("_")[2] == "kernel":
            start = recurrent_start if name == "recurrent_kernel" else kernel_start
        else:
            continue
        if start is None:
            continue
        count = gates.get(layer, 1) if name in _GATED else 1
        seeds = np.random.default_rng([seed, index]).integers(1 << 31, size=count)
        drawn = [_draw(start, variable, count, int(own)) for own in seeds]
        variable.assign(np.concatenate(drawn, axis=-1))


def set_forget_bias(model: keras.Model, value: float) -> None:
    """Set where the biases of the forget gates of all LSTM layers start.

    Args:
        model: a model whose weights exist.
        value: Keras' default is 1; below zero an LSTM starts with a short memory.

    Example:
        >>> layer = keras.layers.LSTM(2)
        >>> set_forget_bias(keras.Sequential([keras.Input((None, 3)), layer]), -2.0)
        >>> np.array(layer.cell.bias)[2:4].tolist()
        [-2.0, -2.0]

    Reference:
        [Gers et al., 2000](https://doi.org/10.1162/089976600300015015),
        [Jozefowicz et al., 2015](https://proceedings.mlr.press/v37/jozefowicz15.html)
    """
    for variable in model.trainable_variables:
        if variable.path.endswith("lstm_cell/bias"):
            bias = np.array(keras.ops.convert_to_numpy(variable))
            units = len(bias) // 4
            bias[units : 2 * units] = value  # Keras' order of the gates: i, f, c, o
            variable.assign(bias)


def _gates(model: keras.Model) -> dict[str, int]:
    """Return how many gates every recurrent cell has, by the path of its weights."""
    return {
        variable.path.rpartition("/")[0]: variable.shape[1] // variable.shape[0]
        for variable in model.trainable_variables
        if variable.path.endswith("/recurrent_kernel")
    }


def _draw(start: str, variable: Any, gates: int, seed: int) -> np.ndarray:
    """Return what one gate starts at, or a kernel that has none."""
    config = {} if start == "identity" else {"seed": seed}
    initializer = keras.initializers.get({"class_name": start, "config": config})
    shape = (*variable.shape[:-1], variable.shape[-1] // gates)
    drawn = np.array(keras.ops.convert_to_numpy(initializer(_matrix(variable.path, shape))))
    return drawn.reshape(shape)


def _matrix(path: str, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape whose fans a start counts: attention's kernels are matrices, folded."""
    if "attention_layer/attention_output/" in path:
        return (math.prod(shape[:-1]), shape[-1])
    if "attention_layer/" in path:
        return (shape[0], math.prod(shape[1:]))
    return shape
