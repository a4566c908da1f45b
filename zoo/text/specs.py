"""What the networks over texts have in common, in arguments; no Keras here."""

from __future__ import annotations

from zoo.common.costs import matrices
from zoo.specs import EmbeddingDim, NetworkSpec, VocabularySize

__all__ = [
    "TextBackboneSpec",
]


class TextBackboneSpec(NetworkSpec, frozen=True, kw_only=True):
    """What the backbones of texts have in common; see the one in question.

    Args:
        vocabulary_size: number of token ids.
        embedding_dim: size of a token's vector.
    """

    vocabulary_size: VocabularySize
    embedding_dim: EmbeddingDim

    @property
    def features(self) -> int:
        """Size of the vector that comes out at every step."""
        raise NotImplementedError

    def layer_shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the name and shape of every weight above the embeddings."""
        raise NotImplementedError

    def activations(self, steps: int) -> int:
        """Return how many numbers are held at once while a text of so many tokens is read."""
        raise NotImplementedError

    def multiply_adds(self, steps: int) -> int:
        """Return how many multiplications reading a text of so many tokens takes."""
        return steps * matrices(self.layer_shapes())
