"""What a convolutional network over words may be, and its tensors; no Keras here."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from zoo.specs import Rate
from zoo.text.specs import TextBackboneSpec

__all__ = [
    "ConvolutionalBackboneSpec",
]


class ConvolutionalBackboneSpec(TextBackboneSpec, frozen=True, kw_only=True):
    """Constructor arguments of `zoo.networks.convolutional.backbone.ConvolutionalBackbone`.

    Args:
        vocabulary_size: number of token ids.
        embedding_dim: size of a token's vector.
        filters: number of filters of every width.
        kernel_sizes: the widths, in tokens.
        word_dropout: share of tokens replaced by the unknown token in training.
        embedding_dropout: share of embedding dimensions dropped per text in training.
    """

    local: ClassVar[bool] = True

    filters: Annotated[int, Meta(ge=1, le=8192)]
    kernel_sizes: Annotated[
        tuple[Annotated[int, Meta(ge=1, le=99)], ...], Meta(min_length=1, max_length=16)
    ]
    word_dropout: Rate = 0.0
    embedding_dropout: Rate = 0.0

    def __post_init__(self) -> None:
        if len(set(self.kernel_sizes)) < len(self.kernel_sizes):
            raise ValueError(f"Expected different kernel sizes, got {list(self.kernel_sizes)}")

    @property
    def ahead(self) -> str:
        return "its filters read the words that follow, too"

    @property
    def features(self) -> int:
        return self.filters * len(self.kernel_sizes)

    def layer_shapes(self) -> dict[str, tuple[int, ...]]:
        shapes: dict[str, tuple[int, ...]] = {}
        for size in self.kernel_sizes:
            shapes[f"convolution_{size}/kernel"] = (size, self.embedding_dim, self.filters)
            shapes[f"convolution_{size}/bias"] = (self.filters,)
        return shapes

    def activations(self, steps: int) -> int:
        # The filters' outputs one by one, side by side, and by time.
        return steps * (2 * self.embedding_dim + 3 * self.features)
