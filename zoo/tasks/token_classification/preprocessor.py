"""KerasHub preprocessing for taggers of words, around what the pipelines read words with."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

import re
from collections.abc import Iterable, Sequence
from typing import Any

import keras
import keras_hub
import numpy as np

from zoo.errors import InputError, shown
from zoo.formats import TOKENIZER, Checkpoint
from zoo.networks.tagging.backbone import TaggingBackbone
from zoo.tasks.token_classification.specs import (
    AFFIX_TOKENIZER,
    LETTER_TOKENIZER,
    TokenPreprocessorSpec,
)
from zoo.text.forms import PLAIN_WORDS
from zoo.text.language import parse_language_tokenizer
from zoo.text.tokenizer import LibraryTokenizer
from zoo.text.word_features import Piece, WordFeatures, document_pieces, padded_rows

__all__ = ["TaggingTokenClassifierPreprocessor", "VocabularyTokenizer", "check_documents"]

_TIME = 16
_BLANK = re.compile(r"[ \t\r\n]")  # one that breaks no line may stand in a word


def _parse(data: bytes, vocabulary_size: int) -> Any:
    return parse_language_tokenizer(data, PLAIN_WORDS, vocabulary_size)


@keras.saving.register_keras_serializable(package="zoo")
class VocabularyTokenizer(LibraryTokenizer):
    """A KerasHub tokenizer over a vocabulary of words, of letters, or of parts of words.

    Args:
        data: content of a `tokenizer.json`; without it, `load_assets` must be called.
        vocabulary_size: most ids the vocabulary may have.

    Call with a text of words between spaces, and it returns the list of their ids.

    Raises:
        CheckpointError: the file is malformed or has too many ids.
    """

    backbone_cls = TaggingBackbone
    parse = staticmethod(_parse)

    def encode(self, texts: list[str]) -> list[np.ndarray]:
        """Return the ids of what stands between spaces, int32 arrays."""
        return [np.array(self.hf_tokenizer.encode(text).ids, np.int32) for text in texts]

    def decode(self, sequences: Iterable[Iterable[int]]) -> list[str]:
        """Return the words of ids, separated by spaces."""
        return [
            " ".join(self.hf_tokenizer.id_to_token(int(token)) or "" for token in ids)
            for ids in sequences
        ]


@keras.saving.register_keras_serializable(package="zoo")
class TaggingTokenClassifierPreprocessor(keras_hub.models.Preprocessor):
    """Sentences that are cut into words to what a `TaggingBackbone` reads.

    Args:
        tokenizer: the `VocabularyTokenizer` of words.
        letter_tokenizer: that of letters.
        affix_tokenizer: that of beginnings and ends of words.
        document_length: most words, and ends of sentences, that are read together; a longer
            document is read in parts of whole sentences, and a longer sentence in parts.

    Call with documents, each a list of sentences, each a list of words; or with one sentence as a
    list of words. Returns what the backbone reads, a row for every part of a document, each of
    which has an end after every sentence.

    Raises:
        InputError: there is no word, or something that is none.

    Example:
        >>> import zoo
        >>> preprocessor = zoo.load("bilstm-crf-conll2003").preprocessor
        >>> preprocessor([[["EU", "rejects", "it", "."]]])["token_ids"].shape
        (1, 16)
    """

    backbone_cls = TaggingBackbone
    tokenizer_cls = VocabularyTokenizer

    def __init__(
        self,
        tokenizer: VocabularyTokenizer,
        letter_tokenizer: VocabularyTokenizer,
        affix_tokenizer: VocabularyTokenizer,
        document_length: int,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.tokenizer = tokenizer
        self.letter_tokenizer, self.affix_tokenizer = letter_tokenizer, affix_tokenizer
        self.document_length = document_length
        self._features: WordFeatures | None = None

    @classmethod
    def from_checkpoint(cls, loaded: Checkpoint) -> TaggingTokenClassifierPreprocessor:
        """Make the preprocessor that a checkpoint describes.

        Args:
            loaded: a verified checkpoint.
        """
        backbone = loaded.backbone

        def tokenizer(file: str, size: int, name: str) -> VocabularyTokenizer:
            return VocabularyTokenizer(
                loaded.assets[file], size, name=name, config_file=f"{name}.json"
            )

        return cls(
            tokenizer(TOKENIZER, backbone.vocabulary_size, "tokenizer"),
            tokenizer(LETTER_TOKENIZER, backbone.letter_vocabulary_size, "letter_tokenizer"),
            tokenizer(AFFIX_TOKENIZER, backbone.affix_vocabulary_size, "affix_tokenizer"),
            loaded.preprocessor.document_length,
            name="preprocessor",
        )

    @property
    def spec(self) -> TokenPreprocessorSpec:
        """The preprocessor's arguments, as a checkpoint holds them."""
        return TokenPreprocessorSpec(document_length=self.document_length)

    @property
    def assets(self) -> dict[str, bytes]:
        """Content of the vocabularies' files, as a checkpoint holds them."""
        return {
            TOKENIZER: self.tokenizer.content(),
            LETTER_TOKENIZER: self.letter_tokenizer.content(),
            AFFIX_TOKENIZER: self.affix_tokenizer.content(),
        }

    @property
    def features(self) -> WordFeatures:
        """What turns words into what the network reads."""
        if self._features is None:
            tokenizers = (self.tokenizer, self.letter_tokenizer, self.affix_tokenizer)
            for tokenizer in tokenizers:
                tokenizer.content()
            self._features = WordFeatures(*(one.hf_tokenizer for one in tokenizers))
        return self._features

    def build(self, input_shape: Any) -> None:
        """Do nothing: words are looked up here."""
        self.built = True

    def pieces(self, documents: Sequence[Sequence[Sequence[str]]]) -> list[tuple[int, Piece]]:
        """Return what of documents is read together: the number of each, and a piece of it.

        Args:
            documents: of every document its sentences, of every sentence its words.
        """
        return [
            (number, piece)
            for number, document in enumerate(documents)
            for piece in document_pieces([len(words) for words in document], self.document_length)
        ]

    def call(self, x: Any, y: Any = None, sample_weight: Any = None) -> Any:
        documents = check_documents(x)
        rows = [
            self.features.document([documents[n][s][a:b] for s, a, b in piece.parts])
            for n, piece in self.pieces(documents)
        ]
        longest = max(len(row["token_ids"]) for row in rows)
        features = padded_rows(rows, -(-longest // _TIME) * _TIME)
        return keras.utils.pack_x_y_sample_weight(features, y, sample_weight)

    def get_config(self) -> dict[str, Any]:
        serialize = keras.saving.serialize_keras_object
        return {
            **super().get_config(),
            "tokenizer": serialize(self.tokenizer),
            "letter_tokenizer": serialize(self.letter_tokenizer),
            "affix_tokenizer": serialize(self.affix_tokenizer),
            "document_length": self.document_length,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> TaggingTokenClassifierPreprocessor:
        deserialize = keras.saving.deserialize_keras_object
        names = ("tokenizer", "letter_tokenizer", "affix_tokenizer")
        parts = {
            name: deserialize(config[name]) for name in names if isinstance(config[name], dict)
        }
        return cls(**{**config, **parts})


def check_documents(x: Any, *, empty: bool = False) -> list[list[list[str]]]:
    """Return documents as lists of sentences of words.

    Args:
        x: documents, each a list of sentences, each a list of words; or one sentence.
        empty: whether a document may have no sentence, and a sentence no word.

    Raises:
        InputError: there is no word, or something that is none, such as a raw text.

    Example:
        >>> check_documents(["EU", "rejects", "it"])
        [[['EU', 'rejects', 'it']]]
    """
    expected = "Expected documents, lists of sentences that are lists of words, such as"
    expected += " [[['EU', 'rejects', 'it']]]. Received: "
    raw = ". Call model.tag_texts for raw texts"
    if isinstance(x, str | bytes):
        raise InputError(f"{expected}{shown(x)}{raw}")
    if isinstance(x, list | tuple) and x and all(isinstance(word, str) for word in x):
        # Of words alone none has a blank: one that has is a text, of which there may be one.
        if texts := [word for word in x if _BLANK.search(word.strip())]:
            raise InputError(f"{expected}the text {shown(texts[0])}{raw}")
        x = [[x]]
    if not isinstance(x, list | tuple) or not x:
        raise InputError(f"{expected}{shown(x)}")
    for document in x:
        if not isinstance(document, list | tuple) or not (document or empty):
            what = "the text" if isinstance(document, str) else "a document"
            more = raw if isinstance(document, str) else ""
            raise InputError(f"{expected}{what} {shown(document)}{more}")
        for sentence in document:
            if not isinstance(sentence, list | tuple) or not (sentence or empty):
                raise InputError(f"{expected}a sentence {shown(sentence)}")
            for word in sentence:
                if not isinstance(word, str) or not word.strip():
                    raise InputError(f"{expected}a word {shown(word)}")
    return [[list(sentence) for sentence in document] for document in x]
