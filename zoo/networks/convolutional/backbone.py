"""The convolutional backbone: filters of several widths over the words."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from collections.abc import Sequence
from typing import Any

import keras

from zoo.layers.initializers import GlorotUniform
from zoo.layers.masking import ZeroPadding
from zoo.networks.convolutional.spec import ConvolutionalBackboneSpec
from zoo.specs import make_spec
from zoo.text.backbone import TextBackbone

__all__ = ["ConvolutionalBackbone"]


@keras.saving.register_keras_serializable(package="zoo")
class ConvolutionalBackbone(TextBackbone):
    """Token ids to the outputs of filters of several widths around every token.

    Call with `{"token_ids", "padding_mask"}`, both of shape (batch, time); returns an array of
    shape (batch, time, filters * len(kernel_sizes)), rectified. Before a text's start and after
    its end the filters see zeros.

    Args:
        vocabulary_size: number of token ids.
        embedding_dim: size of a token's vector.
        filters: number of filters of every width.
        kernel_sizes: the widths, in tokens.
        word_dropout: share of tokens replaced by the unknown token in training.
        embedding_dropout: share of embedding dimensions dropped per text in training.
        dtype: dtype policy of computations and weights.

    Raises:
        InputError: an argument is out of bounds.

    Example:
        >>> backbone = ConvolutionalBackbone(100, embedding_dim=8, filters=4, kernel_sizes=(2, 3))
        >>> tokens = np.array([[2, 5, 0]])
        >>> backbone({"token_ids": tokens, "padding_mask": tokens != 0}).shape
        (1, 3, 8)

    Reference:
        [Kim, 2014](https://aclanthology.org/D14-1181/)
    """

    def __init__(
        self,
        vocabulary_size: int,
        embedding_dim: int,
        filters: int,
        kernel_sizes: Sequence[int],
        word_dropout: float = 0.0,
        embedding_dropout: float = 0.0,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        spec = make_spec(
            ConvolutionalBackboneSpec,
            vocabulary_size=vocabulary_size,
            embedding_dim=embedding_dim,
            filters=filters,
            kernel_sizes=tuple(kernel_sizes),
            word_dropout=word_dropout,
            embedding_dropout=embedding_dropout,
        )
        super().__init__(spec, dtype=dtype, **kwargs)

    @staticmethod
    def states(
        spec: ConvolutionalBackboneSpec, embedded: Any, padding_mask: Any, dtype: Any
    ) -> Any:
        x = ZeroPadding(dtype=dtype, name="zero_padding")(embedded, padding_mask)
        outputs = [
            keras.layers.Conv1D(
                spec.filters,
                size,
                padding="same",
                activation="relu",
                kernel_initializer=GlorotUniform(),
                dtype=dtype,
                name=f"convolution_{size}",
            )(x)
            for size in spec.kernel_sizes
        ]
        if len(outputs) == 1:
            return outputs[0]
        return keras.layers.Concatenate(dtype=dtype, name="widths")(outputs)
