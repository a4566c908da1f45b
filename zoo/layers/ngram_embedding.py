"""Vectors of the n-grams that end at every step."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from zoo.layers.initializers import RandomUniform

__all__ = ["NgramEmbedding"]

UNSET = -(2**31)


@keras.saving.register_keras_serializable(package="zoo")
class NgramEmbedding(keras.layers.Layer):
    """Looks up the bigram, trigram and so on that end at every token; zeros for unknown ones.

    The known n-grams are integer keys in ascending order, held as weights that are not trained:
    that of a bigram is `first * vocabulary_size + second`, and that of a longer n-gram
    `row * vocabulary_size + last`, where `row` is the row of the n-gram without its last token
    in the table of the next shorter ones.

    Args:
        vocabulary_size: number of token ids.
        sizes: number of known bigrams, of known trigrams, and so on.
        dims: size of the vector of each.

    Attributes:
        keys: int32 variables, one a table, of shape (size,), the lowest number until they are set.
        embeddings: float variables, one a table, of shape (size, dim).

    Call with token ids, an integer tensor of shape (batch, time); returns a tensor of shape
    (batch, time, sum(dims)).

    Example:
        >>> layer = NgramEmbedding(vocabulary_size=10, sizes=[1], dims=[4])
        >>> layer.build((None, None))
        >>> layer.keys[0].assign([5 * 10 + 6])
        >>> layer(np.array([[2, 5, 6]])).shape
        (1, 3, 4)

    Reference:
        [Johnson & Zhang, 2016](https://arxiv.org/abs/1602.02373) (regions of text under an LSTM),
        [Joulin et al., 2017](https://aclanthology.org/E17-2068/) (vectors of n-grams)
    """

    def __init__(
        self, vocabulary_size: int, sizes: Sequence[int], dims: Sequence[int], **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.vocabulary_size = vocabulary_size
        self.sizes = tuple(sizes)
        self.dims = tuple(dims)

    def build(self, input_shape: Any) -> None:
        self.keys, self.embeddings = [], []
        tables = zip(self.sizes, self.dims, strict=True)
        for length, (size, dim) in enumerate(tables, start=2):
            keys = self.add_weight(
                shape=(size,),
                initializer=keras.initializers.Constant(UNSET),
                dtype="int32",
                trainable=False,
                autocast=False,
                name=f"keys_{length}",
            )
            embeddings = self.add_weight(
                shape=(size, dim),
                initializer=RandomUniform(-0.1, 0.1),
                name=f"embeddings_{length}",
            )
            self.keys.append(keys)
            self.embeddings.append(embeddings)
        self.built = True

    def call(self, inputs: Any) -> Any:
        rows = tokens = ops.cast(inputs, "int32")
        vectors = []
        for keys, embeddings in zip(self.keys, self.embeddings, strict=True):
            # Where the shorter n-gram is unknown, -1 makes a key below all others.
            before = ops.pad(rows[:, :-1], [[0, 0], [1, 0]], constant_values=-1)
            searched = before * self.vocabulary_size + tokens
            places = ops.searchsorted(keys, ops.reshape(searched, [-1]))
            places = ops.cast(ops.minimum(places, keys.shape[0] - 1), "int32")
            places = ops.reshape(places, ops.shape(tokens))
            known = ops.equal(ops.take(keys, places), searched)
            found = ops.cast(ops.expand_dims(known, -1), embeddings.dtype)
            vectors.append(ops.take(embeddings, places, axis=0) * found)
            rows = ops.where(known, places, -1)
        return ops.concatenate(vectors, axis=-1)

    def compute_output_spec(self, inputs: Any) -> keras.KerasTensor:
        return keras.KerasTensor((*inputs.shape, sum(self.dims)), dtype=self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "vocabulary_size": self.vocabulary_size,
            "sizes": list(self.sizes),
            "dims": list(self.dims),
        }
