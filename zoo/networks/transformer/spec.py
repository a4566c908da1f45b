"""What a Transformer encoder of words may be, and the tensors that it implies; no Keras here."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from zoo.specs import Rate
from zoo.text.specs import TextBackboneSpec

__all__ = [
    "TransformerBackboneSpec",
]


class TransformerBackboneSpec(TextBackboneSpec, frozen=True, kw_only=True):
    """Constructor arguments of `zoo.networks.transformer.backbone.TransformerBackbone`.

    Args:
        vocabulary_size: number of token ids.
        embedding_dim: size of a token's vector, and of the states; a multiple of `num_heads`.
        num_layers: number of encoder blocks.
        num_heads: number of attention heads of each.
        intermediate_dim: size of the hidden layer of each.
        word_dropout: share of tokens replaced by the unknown token in training.
        embedding_dropout: share of embedding dimensions dropped per text in training.
        layer_dropout: share of every sublayer's output dropped in training.
    """

    num_layers: Annotated[int, Meta(ge=1, le=16)]
    num_heads: Annotated[int, Meta(ge=1, le=64)]
    intermediate_dim: Annotated[int, Meta(ge=1, le=32768)]
    word_dropout: Rate = 0.0
    embedding_dropout: Rate = 0.0
    layer_dropout: Rate = 0.0

    def __post_init__(self) -> None:
        if self.embedding_dim % self.num_heads:
            raise ValueError(
                f"Expected an embedding_dim that is a multiple of num_heads, {self.num_heads}, "
                f"got {self.embedding_dim}"
            )

    @property
    def ahead(self) -> str:
        return "every word attends to those that follow, too"

    @property
    def features(self) -> int:
        return self.embedding_dim

    def layer_shapes(self) -> dict[str, tuple[int, ...]]:
        size, heads, inner = self.embedding_dim, self.num_heads, self.intermediate_dim
        shapes: dict[str, tuple[int, ...]] = {}
        for index in range(self.num_layers):
            block = f"encoder_{index}"
            attention = f"{block}/self_attention_layer"
            for part in ("query", "key", "value"):
                shapes[f"{attention}/{part}/kernel"] = (size, heads, size // heads)
                shapes[f"{attention}/{part}/bias"] = (heads, size // heads)
            shapes[f"{attention}/attention_output/kernel"] = (heads, size // heads, size)
            shapes[f"{attention}/attention_output/bias"] = (size,)
            for norm in ("self_attention_layer_norm", "feedforward_layer_norm"):
                shapes[f"{block}/{norm}/gamma"] = shapes[f"{block}/{norm}/beta"] = (size,)
            shapes[f"{block}/feedforward_intermediate_dense/kernel"] = (size, inner)
            shapes[f"{block}/feedforward_intermediate_dense/bias"] = (inner,)
            shapes[f"{block}/feedforward_output_dense/kernel"] = (inner, size)
            shapes[f"{block}/feedforward_output_dense/bias"] = (size,)
        shapes["layer_norm/gamma"] = shapes["layer_norm/beta"] = (size,)
        return shapes

    def activations(self, steps: int) -> int:
        size = self.embedding_dim
        # The scores and their softmax; the table of positions is made of sines and cosines.
        attention = 2 * self.num_heads * steps * steps
        return attention + steps * (4 * size + 6 * size + 2 * self.intermediate_dim)

    def multiply_adds(self, steps: int) -> int:
        attention = 2 * self.num_layers * steps * steps * self.embedding_dim
        return super().multiply_adds(steps) + attention
