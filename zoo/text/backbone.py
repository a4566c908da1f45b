"""What the backbones of texts have in common: token ids in, embedded tokens out."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from typing import Any

import keras
import keras_hub

from zoo.layers.freezing import KeepsFrozen
from zoo.layers.initializers import RandomUniform
from zoo.layers.word_dropout import WordDropout
from zoo.text.encoding import PAD, UNKNOWN

__all__ = ["TextBackbone"]


class TextBackbone(KeepsFrozen, keras_hub.models.Backbone):
    """Base of the backbones that read `{"token_ids", "padding_mask"}`, both (batch, time).

    Subclasses make their specification and implement `states`; `embed` may add to the embeddings.

    Args:
        spec: the backbone's arguments, checked.
        dtype: dtype policy of computations and weights.
        **kwargs: `name`, `trainable` and `frozen`; see `KeepsFrozen`.

    Attributes:
        embedded: the symbolic tensor of what the layers read, (batch, time, features).
    """

    def __init__(self, spec: Any, dtype: Any = None, **kwargs: Any) -> None:
        token_ids = keras.Input((None,), dtype="int32", name="token_ids")
        padding_mask = keras.Input((None,), dtype="bool", name="padding_mask")
        x = token_ids
        if spec.word_dropout:
            x = WordDropout(spec.word_dropout, UNKNOWN, PAD, name="word_dropout", dtype=dtype)(x)
        token_embedding = keras.layers.Embedding(
            spec.vocabulary_size,
            spec.embedding_dim,
            embeddings_initializer=RandomUniform(-0.1, 0.1),
            dtype=dtype,
            name="token_embedding",
        )
        x = embedded = self.embed(spec, x, token_embedding(x), dtype)
        if spec.embedding_dropout:
            x = keras.layers.SpatialDropout1D(
                spec.embedding_dropout, dtype=dtype, name="embedding_dropout"
            )(x)
        super().__init__(
            inputs={"token_ids": token_ids, "padding_mask": padding_mask},
            outputs=self.states(spec, x, padding_mask, dtype),
            dtype=dtype,
            **kwargs,
        )
        self.token_embedding = token_embedding
        self.embedded = embedded
        self.spec = spec

    @staticmethod
    def embed(spec: Any, token_ids: Any, embedded: Any, dtype: Any) -> Any:
        """Return what the layers read, (batch, time, features): the tokens' vectors."""
        return embedded

    @staticmethod
    def states(spec: Any, embedded: Any, padding_mask: Any, dtype: Any) -> Any:
        """Return the states over time, (batch, time, features), of embedded tokens."""
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        spec = self.spec
        fields = {field: getattr(spec, field) for field in spec.__struct_fields__}
        return {
            **super().get_config(),
            **{name: list(v) if isinstance(v, tuple) else v for name, v in fields.items()},
        }
