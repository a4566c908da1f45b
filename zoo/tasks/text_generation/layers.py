"""The head of the language models: states to the logits of every token."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from typing import Any

import keras
from keras import ops

from zoo.layers.initializers import GlorotUniform
from zoo.tasks.text_generation.specs import NEVER
from zoo.text.language import PAD

__all__ = ["TokenLogits"]


@keras.saving.register_keras_serializable(package="zoo")
class TokenLogits(keras.layers.Layer):
    """States to a logit for every token, by a matrix of its own or by the tokens' vectors.

    Padding is no token of a text: its bias is so small that its probability is 0.

    Args:
        size: number of token ids.
        embedding: the layer of the tokens' vectors, whose table then gives the logits; None for a
            matrix of the layer's own.

    Call with states of shape (..., features), as long as a token's vector where there is an
    `embedding`. Returns logits of shape (..., size).

    Example:
        >>> TokenLogits(9)(np.ones((1, 5, 3), "f4")).shape
        TensorShape([1, 5, 9])

    Reference:
        [Press & Wolf, 2017](https://arxiv.org/abs/1608.05859) (tied embeddings)
    """

    def __init__(
        self, size: int, embedding: keras.layers.Embedding | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.size = size
        self.embedding = embedding
        self.kernel = None
        # A mask ends here: weights say which tokens count in a loss, and no mask beside them.
        self.supports_masking = True

    def build(self, states_shape: Any) -> None:
        if self.embedding is None:
            self.kernel = self.add_weight(
                shape=(states_shape[-1], self.size), initializer=GlorotUniform(), name="kernel"
            )
        self.bias = self.add_weight(shape=(self.size,), initializer="zeros", name="bias")
        self.built = True

    def matrix(self) -> Any:
        """Return what states are multiplied with, a tensor of shape (features, size)."""
        if self.embedding is None:
            return ops.convert_to_tensor(self.kernel)
        if getattr(self.embedding, "quantization_mode", None):
            # The layer knows how its rounded numbers are read.
            table = self.embedding(ops.arange(self.size))
        else:
            table = ops.convert_to_tensor(self.embedding.embeddings)
        return ops.transpose(ops.cast(table, self.compute_dtype))

    def biases(self) -> Any:
        """Return what is added to the products, a tensor of shape (size,)."""
        bias = ops.convert_to_tensor(self.bias)
        return ops.where(ops.arange(self.size) == PAD, ops.cast(NEVER, bias.dtype), bias)

    def call(self, states: Any) -> Any:
        # One product of all rows: of batches of rows backends make one each.
        rows = ops.reshape(states, (-1, states.shape[-1]))
        logits = ops.matmul(rows, self.matrix()) + self.biases()
        return ops.reshape(logits, (*ops.shape(states)[:-1], self.size))

    def compute_output_shape(self, states_shape: Any) -> tuple[Any, ...]:
        return (*states_shape[:-1], self.size)

    def compute_mask(self, states: Any, previous_mask: Any = None) -> None:
        return None

    def get_config(self) -> dict[str, Any]:
        embedding = self.embedding
        return {
            **super().get_config(),
            "size": self.size,
            "embedding": embedding and keras.saving.serialize_keras_object(embedding),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> TokenLogits:
        embedding = config["embedding"]
        if isinstance(embedding, dict):
            embedding = keras.saving.deserialize_keras_object(embedding)
        return cls(**{**config, "embedding": embedding})
