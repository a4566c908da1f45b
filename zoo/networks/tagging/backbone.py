"""The network of a tagger: words with their letters, read both ways, in their document."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from typing import Any

import keras
import keras_hub
import msgspec
from keras import ops

from zoo.layers.freezing import KeepsFrozen
from zoo.layers.initializers import RandomUniform
from zoo.layers.recurrent import LSTM, both_ways
from zoo.networks.tagging.layers import DocumentContext, LetterFilters
from zoo.networks.tagging.spec import TaggingBackboneSpec
from zoo.specs import make_spec
from zoo.text.word_features import AFFIXES, END, LETTERS, PAD, SHAPES

__all__ = ["TaggingBackbone"]


@keras.saving.register_keras_serializable(package="zoo")
class TaggingBackbone(KeepsFrozen, keras_hub.models.Backbone):
    """Words of documents to the hidden states of an LSTM that reads them both ways.

    Call with `{"token_ids", "letters", "shapes", "affixes", "groups", "padding_mask"}` as
    `zoo.text.word_features.WordFeatures` makes them: a row is a document, of shape (batch, places),
    with the last axis of `letters` and `affixes` beside. Returns the states of the last layer, of
    shape (batch, places, 2 * units).

    Args:
        vocabulary_size: number of ids of words.
        letter_vocabulary_size: number of ids of letters.
        affix_vocabulary_size: number of ids of beginnings and ends of words.
        embedding_dim: size of a word's vector.
        letter_dim: size of a letter's vector.
        letter_filters: filters over the letters of a word, the strongest answer of each is kept.
        shape_dim: size of the vector of a word's shape.
        affix_dim: size of the vector of each beginning and end.
        units: size of the hidden state, per direction.
        letter_width: letters that a filter sees at once.
        num_layers: number of bidirectional layers on top of each other.
        document_dim: size of what is read, beside every word, of where it stands elsewhere in its
            document, and again of the document as a whole; 0 for neither.
        input_dropout: share of what the first layer reads dropped in training.
        layer_dropout: share of what a layer gives to the next dropped in training.
        dtype: dtype policy of computations and weights.

    Raises:
        InputError: an argument is out of bounds.

    Example:
        >>> from zoo.text.word_features import WordFeatures, learn_vocabularies, padded_rows
        >>> features = WordFeatures(*learn_vocabularies([["EU", "rejects", "it"]]).values())
        >>> backbone = TaggingBackbone(
        ...     vocabulary_size=9, letter_vocabulary_size=20, affix_vocabulary_size=9,
        ...     embedding_dim=8, letter_dim=4, letter_filters=5, shape_dim=2, affix_dim=2, units=3,
        ... )
        >>> backbone(padded_rows([features.document([["EU", "rejects"], ["it"]])], 8)).shape
        (1, 8, 6)

    Reference:
        [Huang et al., 2015](https://arxiv.org/abs/1508.01991),
        [Ma & Hovy, 2016](https://arxiv.org/abs/1603.01354)
    """

    def __init__(
        self,
        vocabulary_size: int,
        letter_vocabulary_size: int,
        affix_vocabulary_size: int,
        embedding_dim: int,
        letter_dim: int,
        letter_filters: int,
        shape_dim: int,
        affix_dim: int,
        units: int,
        letter_width: int = 3,
        num_layers: int = 1,
        document_dim: int = 0,
        input_dropout: float = 0.0,
        layer_dropout: float = 0.0,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        self.spec = make_spec(
            TaggingBackboneSpec,
            vocabulary_size=vocabulary_size,
            letter_vocabulary_size=letter_vocabulary_size,
            affix_vocabulary_size=affix_vocabulary_size,
            embedding_dim=embedding_dim,
            letter_dim=letter_dim,
            letter_filters=letter_filters,
            letter_width=letter_width,
            shape_dim=shape_dim,
            affix_dim=affix_dim,
            units=units,
            num_layers=num_layers,
            document_dim=document_dim,
            input_dropout=input_dropout,
            layer_dropout=layer_dropout,
        )

        def table(size: int, dim: int, name: str) -> keras.layers.Embedding:
            start = RandomUniform(-0.1, 0.1)
            return keras.layers.Embedding(
                size, dim, embeddings_initializer=start, dtype=dtype, name=name
            )

        self.token_embedding = table(vocabulary_size, embedding_dim, "token_embedding")
        self.letter_embedding = table(letter_vocabulary_size, letter_dim, "letter_embedding")
        self.letter_layer = LetterFilters(
            letter_filters, letter_width, dtype=dtype, name="letter_filters"
        )
        self.shape_embedding = table(SHAPES, shape_dim, "shape_embedding")
        self.affix_embedding = table(affix_vocabulary_size, affix_dim, "affix_embedding")
        self.input_dropout = keras.layers.Dropout(input_dropout, dtype=dtype, name="input_dropout")
        self.recurrent_layers = [
            both_ways(
                LSTM(units, return_sequences=True, dtype=dtype, name=f"recurrent_{index}"),
                dtype=dtype,
                name=f"recurrent_{index}",
            )
            for index in range(num_layers)
        ]
        self.layer_dropouts = [
            keras.layers.Dropout(layer_dropout, dtype=dtype, name=f"layer_dropout_{index}")
            for index in range(1, num_layers)
        ]
        self.document = None
        if document_dim:
            self.document = DocumentContext(document_dim, dtype=dtype, name="document")
        inputs = {
            "token_ids": keras.Input((None,), dtype="int32", name="token_ids"),
            "letters": keras.Input((None, LETTERS), dtype="int32", name="letters"),
            "shapes": keras.Input((None,), dtype="int32", name="shapes"),
            "affixes": keras.Input((None, len(AFFIXES)), dtype="int32", name="affixes"),
            "groups": keras.Input((None,), dtype="int32", name="groups"),
            "padding_mask": keras.Input((None,), dtype="bool", name="padding_mask"),
        }
        words = ("token_ids", "letters", "shapes", "affixes")
        vectors = self.word_vectors(**{name: inputs[name] for name in words})
        places = ("token_ids", "groups", "padding_mask")
        states = self.states(vectors, **{name: inputs[name] for name in places})
        super().__init__(inputs=inputs, outputs=states, dtype=dtype, **kwargs)

    def word_vectors(self, token_ids: Any, letters: Any, shapes: Any, affixes: Any) -> Any:
        """Return all that is known of words by themselves, of shape (..., features).

        Args:
            token_ids: numbers of the words, of any shape.
            letters: numbers of their letters, one axis more.
            shapes: numbers of their shapes.
            affixes: numbers of their beginnings and ends, one axis more.
        """
        ends = self.affix_embedding(affixes)
        vectors = [
            self.token_embedding(token_ids),
            self.letter_layer(self.letter_embedding(letters), letters),
            self.shape_embedding(shapes),
            *(ends[..., place, :] for place in range(len(AFFIXES))),
        ]
        return ops.concatenate(vectors, axis=-1)

    def states(self, vectors: Any, token_ids: Any, groups: Any, padding_mask: Any) -> Any:
        """Return the states of the last layer, of shape (batch, places, features).

        Args:
            vectors: what `word_vectors` returns, of shape (batch, places, features).
            token_ids: numbers of the words; only ends of sentences and padding matter here.
            groups: integers that are equal where the word is the same.
            padding_mask: boolean, which places there are.
        """
        words = ops.logical_and(ops.not_equal(token_ids, END), ops.not_equal(token_ids, PAD))
        x = self.input_dropout(vectors)
        for index, layer in enumerate(self.recurrent_layers):
            if index:
                x = self.layer_dropouts[index - 1](x)
            x = layer(x, mask=padding_mask)
            if index == 0 and self.document is not None:
                x = self.document(x, groups, words)
        return x

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), **msgspec.structs.asdict(self.spec)}
