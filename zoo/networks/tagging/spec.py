"""What a network that tags words may be, and the tensors that it implies; no Keras here."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from zoo.common.costs import LEAST_STEP, matrices
from zoo.specs import EmbeddingDim, NetworkSpec, Rate, Units, VocabularySize
from zoo.text.word_features import AFFIXES, LETTERS, SHAPES

__all__ = ["TaggingBackboneSpec", "tagging_prefixes"]


class TaggingBackboneSpec(NetworkSpec, frozen=True, kw_only=True):
    """Constructor arguments of `zoo.networks.tagging.backbone.TaggingBackbone`.

    Args:
        vocabulary_size: number of ids of words.
        letter_vocabulary_size: number of ids of letters.
        affix_vocabulary_size: number of ids of beginnings and ends of words.
        embedding_dim: size of a word's vector.
        letter_dim: size of a letter's vector.
        letter_filters: filters over the letters of a word, the strongest answer of each is kept.
        letter_width: letters that a filter sees at once.
        shape_dim: size of the vector of a word's shape.
        affix_dim: size of the vector of each beginning and end.
        units: size of the hidden state, per direction.
        num_layers: number of bidirectional layers on top of each other.
        document_dim: size of what is read, beside every word, of where it stands elsewhere in
            its document, and again of the document as a whole; 0 for neither.
        input_dropout: share of what the first layer reads dropped in training.
        layer_dropout: share of what a layer gives dropped in training.
    """

    recurrent: ClassVar[bool] = True

    vocabulary_size: VocabularySize
    letter_vocabulary_size: VocabularySize
    affix_vocabulary_size: VocabularySize
    embedding_dim: EmbeddingDim
    letter_dim: EmbeddingDim
    letter_filters: Units
    letter_width: Annotated[int, Meta(ge=1, le=15)] = 3
    shape_dim: EmbeddingDim
    affix_dim: EmbeddingDim
    units: Units
    num_layers: Annotated[int, Meta(ge=1, le=16)] = 1
    document_dim: Annotated[int, Meta(ge=0, le=4096)] = 0
    input_dropout: Rate = 0.0
    layer_dropout: Rate = 0.0

    @property
    def ahead(self) -> str:
        return "every layer reads from the end to the start too"

    @property
    def features(self) -> int:
        """Size of the vector that comes out at every word."""
        return 2 * self.units + (2 * self.document_dim if self.num_layers == 1 else 0)

    @property
    def word_features(self) -> int:
        """Size of what the first layer reads of a word: all that is known of it by itself."""
        affixes = len(AFFIXES) * self.affix_dim
        return self.embedding_dim + self.letter_filters + self.shape_dim + affixes

    def layer_shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the name and shape of every weight."""
        shapes: dict[str, tuple[int, ...]] = {
            "token_embedding/embeddings": (self.vocabulary_size, self.embedding_dim),
            "letter_embedding/embeddings": (self.letter_vocabulary_size, self.letter_dim),
            "letter_filters/kernel": (self.letter_width, self.letter_dim, self.letter_filters),
            "letter_filters/bias": (self.letter_filters,),
            "shape_embedding/embeddings": (SHAPES, self.shape_dim),
            "affix_embedding/embeddings": (self.affix_vocabulary_size, self.affix_dim),
        }
        features, units = self.word_features, self.units
        for index, layer in enumerate(tagging_prefixes(self)):
            for prefix in layer:
                shapes[f"{prefix}/kernel"] = (features, 4 * units)
                shapes[f"{prefix}/recurrent_kernel"] = (units, 4 * units)
                shapes[f"{prefix}/bias"] = (4 * units,)
            features = 2 * units
            if index == 0 and self.document_dim:
                shapes["document/kernel"] = (features, self.document_dim)
                shapes["document/bias"] = (self.document_dim,)
                features += 2 * self.document_dim
        return shapes

    def activations(self, steps: int) -> int:
        """Return how many numbers are held at once while so many places are read.

        Args:
            steps: words of a document, and ends of sentences.
        """
        letters = LETTERS * (self.letter_dim + self.letter_filters)
        layer = 2 * 5 * self.units + 2 * self.document_dim
        same = steps if self.document_dim else 0
        return steps * (self.word_features + letters + layer + same)

    def multiply_adds(self, steps: int) -> int:
        """Return how many multiplications reading so many places takes.

        Args:
            steps: words of a document, and ends of sentences.
        """
        shapes = self.layer_shapes()
        step = matrices(shapes)
        step += (LETTERS - 1) * matrices({"letters": shapes["letter_filters/kernel"]})
        step += steps * self.document_dim
        return steps * max(step, 2 * LEAST_STEP * self.num_layers)


def tagging_prefixes(spec: TaggingBackboneSpec) -> list[list[str]]:
    """Return the name prefix of every recurrent layer's tensors, forwards and backwards.

    Example:
        >>> spec = TaggingBackboneSpec(
        ...     vocabulary_size=9, letter_vocabulary_size=9, affix_vocabulary_size=9,
        ...     embedding_dim=4, letter_dim=2, letter_filters=3, shape_dim=2, affix_dim=2, units=3,
        ... )
        >>> tagging_prefixes(spec)[0][0]
        'recurrent_0/forward_recurrent_0/lstm_cell'
    """
    return [
        [f"recurrent_{i}/{side}_recurrent_{i}/lstm_cell" for side in ("forward", "backward")]
        for i in range(spec.num_layers)
    ]
