"""The Transformer backbone: encoder blocks of KerasHub over word and position."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from typing import Any

import keras
import keras_hub

from zoo.layers.initializers import GlorotUniform
from zoo.networks.transformer.spec import TransformerBackboneSpec
from zoo.specs import make_spec
from zoo.text.backbone import TextBackbone

__all__ = ["LAYER_NORM_EPSILON", "TransformerBackbone"]

LAYER_NORM_EPSILON = 1e-5


@keras.saving.register_keras_serializable(package="zoo")
class TransformerBackbone(TextBackbone):
    """Token ids to the states of Transformer encoder blocks.

    Call with `{"token_ids", "padding_mask"}`, both of shape (batch, time); returns an array of
    shape (batch, time, embedding_dim). The blocks normalise before each sublayer and once more
    at the end; positions are told by sines and cosines, so that any length can be read.

    Args:
        vocabulary_size: number of token ids.
        embedding_dim: size of a token's vector, and of the states; a multiple of `num_heads`.
        num_layers: number of encoder blocks.
        num_heads: number of attention heads of each.
        intermediate_dim: size of the hidden layer of each.
        word_dropout: share of tokens replaced by the unknown token in training.
        embedding_dropout: share of embedding dimensions dropped per text in training.
        layer_dropout: share of every sublayer's output dropped in training.
        dtype: dtype policy of computations and weights.

    Raises:
        InputError: an argument is out of bounds.

    Example:
        >>> backbone = TransformerBackbone(
        ...     100, embedding_dim=8, num_layers=1, num_heads=2, intermediate_dim=16
        ... )
        >>> tokens = np.array([[2, 5, 0]])
        >>> backbone({"token_ids": tokens, "padding_mask": tokens != 0}).shape
        (1, 3, 8)

    Reference:
        [Vaswani et al., 2017](https://arxiv.org/abs/1706.03762)
    """

    def __init__(
        self,
        vocabulary_size: int,
        embedding_dim: int,
        num_layers: int,
        num_heads: int,
        intermediate_dim: int,
        word_dropout: float = 0.0,
        embedding_dropout: float = 0.0,
        layer_dropout: float = 0.0,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        spec = make_spec(
            TransformerBackboneSpec,
            vocabulary_size=vocabulary_size,
            embedding_dim=embedding_dim,
            num_layers=num_layers,
            num_heads=num_heads,
            intermediate_dim=intermediate_dim,
            word_dropout=word_dropout,
            embedding_dropout=embedding_dropout,
            layer_dropout=layer_dropout,
        )
        super().__init__(spec, dtype=dtype, **kwargs)

    @staticmethod
    def states(spec: TransformerBackboneSpec, embedded: Any, padding_mask: Any, dtype: Any) -> Any:
        # The embeddings start small; the positions' sines must not drown them.
        x = keras.layers.Rescaling(spec.embedding_dim**0.5, dtype=dtype, name="scaled_embedding")(
            embedded
        )
        positions = keras_hub.layers.SinePositionEncoding(dtype=dtype, name="positions")(x)
        x = keras.layers.Add(dtype=dtype, name="embedded")([x, positions])
        for index in range(spec.num_layers):
            x = keras_hub.layers.TransformerEncoder(
                spec.intermediate_dim,
                spec.num_heads,
                dropout=spec.layer_dropout,
                activation="relu",
                layer_norm_epsilon=LAYER_NORM_EPSILON,
                normalize_first=True,
                kernel_initializer=GlorotUniform(),
                dtype=dtype,
                name=f"encoder_{index}",
            )(x, padding_mask=padding_mask)
        return keras.layers.LayerNormalization(
            epsilon=LAYER_NORM_EPSILON, dtype=dtype, name="layer_norm"
        )(x)
