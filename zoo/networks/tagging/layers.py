"""What a tagger reads of a word's letters, and of where else in a document a word stands."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from typing import Any

import keras
from keras import ops

from zoo.layers.initializers import GlorotUniform
from zoo.text.word_features import PAD

__all__ = ["DocumentContext", "LetterFilters"]


@keras.saving.register_keras_serializable(package="zoo")
class LetterFilters(keras.layers.Layer):
    """Filters over the letters of words, of each of which the strongest answer is kept.

    Args:
        filters: number of filters.
        width: letters that a filter sees at once.

    Call with the vectors of letters, of shape (..., letters, dim), and their numbers, of shape
    (..., letters), 0 where there is none; returns a tensor of shape (..., filters), zeros for what
    has no letter.

    Example:
        >>> layer = LetterFilters(4, width=3)
        >>> layer(np.ones((2, 7, 5, 3)), np.ones((2, 7, 5), "int32")).shape
        (2, 7, 4)

    Reference:
        [dos Santos & Zadrozny, 2014](https://proceedings.mlr.press/v32/santos14.html),
        [Ma & Hovy, 2016](https://arxiv.org/abs/1603.01354)
    """

    def __init__(self, filters: int, width: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.filters, self.width = filters, width

    def build(self, vectors_shape: Any, *_: Any, **__: Any) -> None:
        self.kernel = self.add_weight(
            shape=(self.width, vectors_shape[-1], self.filters),
            initializer=GlorotUniform(),
            name="kernel",
        )
        self.bias = self.add_weight(shape=(self.filters,), initializer="zeros", name="bias")
        self.built = True

    def call(self, vectors: Any, letters: Any) -> Any:
        inside = ops.cast(ops.not_equal(letters, PAD), vectors.dtype)[..., None]
        before = (self.width - 1) // 2
        around = [[0, 0]] * (len(vectors.shape) - 2)
        padded = ops.pad(vectors * inside, [*around, [before, self.width - 1 - before], [0, 0]])
        count = vectors.shape[-2]
        windows = ops.concatenate(
            [padded[..., place : place + count, :] for place in range(self.width)], axis=-1
        )
        kernel = ops.reshape(self.kernel, (-1, self.filters))
        answers = ops.relu(ops.matmul(windows, kernel) + self.bias)
        return ops.max(answers * inside, axis=-2)

    def compute_output_spec(self, vectors: Any, letters: Any) -> keras.KerasTensor:
        return keras.KerasTensor((*vectors.shape[:-2], self.filters), dtype=self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "filters": self.filters, "width": self.width}


@keras.saving.register_keras_serializable(package="zoo")
class DocumentContext(keras.layers.Layer):
    """Puts beside the state at every word what is read where it stands elsewhere in the document.

    Beside the states it gives the mean of what a dense layer makes of the states at all places of
    the document with the same word, and the mean of that over all its words.

    Args:
        dim: size of what the dense layer makes.

    Call with `states` of shape (batch, places, features), `groups`, integers of shape (batch,
    places) that are equal where the word is the same, and `words`, boolean of the same shape, which
    places hold words. Returns a tensor of shape (batch, places, features + 2 * dim).

    Example:
        >>> groups, words = np.array([[0, 1, 0, 3]]), np.array([[True, True, True, False]])
        >>> DocumentContext(2)(np.ones((1, 4, 6), "float32"), groups, words).shape
        (1, 4, 10)

    Reference:
        [Chieu & Ng, 2002](https://aclanthology.org/C02-1025/) (features of a whole document),
        [Luo et al., 2020](https://arxiv.org/abs/1911.02257) (states of the same word)
    """

    def __init__(self, dim: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True
        self.dim = dim

    def build(self, states_shape: Any, *_: Any, **__: Any) -> None:
        self.kernel = self.add_weight(
            shape=(states_shape[-1], self.dim), initializer=GlorotUniform(), name="kernel"
        )
        self.bias = self.add_weight(shape=(self.dim,), initializer="zeros", name="bias")
        self.built = True

    def call(self, states: Any, groups: Any, words: Any) -> Any:
        read = ops.tanh(ops.matmul(states, self.kernel) + self.bias)
        same = ops.cast(ops.equal(groups[:, :, None], groups[:, None, :]), read.dtype)
        elsewhere = ops.matmul(same, read) / ops.sum(same, axis=-1, keepdims=True)
        inside = ops.cast(words, read.dtype)[..., None]
        count = ops.maximum(ops.sum(inside, axis=1, keepdims=True), 1.0)
        whole = ops.sum(read * inside, axis=1, keepdims=True) / count
        return ops.concatenate([states, elsewhere, whole + ops.zeros_like(read)], axis=-1)

    def compute_output_spec(self, states: Any, groups: Any, words: Any) -> keras.KerasTensor:
        features = states.shape[-1] + 2 * self.dim
        return keras.KerasTensor((*states.shape[:-1], features), dtype=self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "dim": self.dim}
