"""The vocabulary of a classifier that begins from a language model: its words, and new ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from zoo.common.counts import counted
from zoo.text.characters import CharacterReader
from zoo.text.encoding import TextEncoder, train_tokenizer
from zoo.text.forms import (
    CHARACTERS,
    PLAIN_CHARACTERS,
    PLAIN_WORDS,
    PLAIN_WORDS_LOWERCASE,
    WORDS,
    make_tokenizer,
)
from zoo.text.language import END, PAD, UNKNOWN, LanguageEncoder

__all__ = ["TakenOver", "is_language", "take_over"]

_SPECIAL = 3  # ids of special tokens, of both kinds of vocabularies
# Ids in all, and of those the ones of words or characters of the new texts. One that the language
# model does not know and that stands in one text alone teaches nothing.
_MOST, _MOST_NEW, _LEAST = 50_000, 30_000, 2


@dataclass(frozen=True)
class TakenOver:
    """What a classifier takes over of a language model's vocabulary.

    Attributes:
        unit: what a token is, `"words"` or `"characters"`.
        tokenizer: the classifier's own vocabulary, the content of its file.
        table: the vector of every id, of shape (ids, numbers of a vector).
        known: how many words or characters of the new texts have a vector of the language model.
        cased: how many of those by their spelling in other case alone.
        new: how many of the new texts are added that have none.
        share: share of all that is read in the new texts that has one.
    """

    unit: str
    tokenizer: bytes
    table: np.ndarray
    known: int
    cased: int
    new: int
    share: float

    def told(self, name: str) -> str:
        """Return what was found, in a sentence.

        Args:
            name: the language model's.
        """
        noun = self.unit.removesuffix("s")
        words = self.unit == "words"
        begin = "at that of an unknown one" if words else "at random among them"
        return (
            f"{counted(self.known, noun)} of the training texts, {self.share:.0%} of all that they "
            f"read, begin at the vectors of {name} ({self.cased:,} by their spelling in other "
            f"case), and {self.new:,} that it does not know {begin}; the "
            f"vocabulary has {counted(len(self.table), 'entry', 'entries')}, the other {self.unit} "
            f"of {name} among them."
        )


def is_language(vocabulary: dict[str, Any]) -> bool:
    """Return whether a vocabulary is that of a language model, whose tokens can be taken over.

    Args:
        vocabulary: all that its file holds but the tokens.

    Example:
        >>> is_language(PLAIN_WORDS), is_language(WORDS)
        (True, False)
    """
    return vocabulary in (PLAIN_WORDS, PLAIN_WORDS_LOWERCASE, PLAIN_CHARACTERS)


def take_over(encoder: LanguageEncoder, table: np.ndarray, texts: Sequence[str]) -> TakenOver:
    """Return the vocabulary of a classifier, with the vectors of a language model's words.

    A classifier reads texts otherwise: in lower case, with marks apart. A word of the new texts has
    the vector of the language model's word that is spelled so, or else of the most frequent one
    that is spelled so but for case; one that has none begins as unknown words do, and a character
    at random among the others. What else the language model knows is kept for later texts.

    Args:
        encoder: the language model's vocabulary.
        table: the vector of each of its ids, of shape (ids, numbers of a vector).
        texts: the texts that the classifier is to learn from.

    Example:
        >>> from zoo.text.language import train_plain_words
        >>> encoder = LanguageEncoder(train_plain_words(["the cat saw Rome"], 9))
        >>> taken = take_over(encoder, np.eye(7), ["The cat!", "Rome!"])
        >>> taken.known, taken.cased, taken.new
        (3, 1, 1)
    """
    unit = encoder.unit
    exact, cased = _spellings(encoder)
    words, counts, spread = _count(texts, unit)
    familiar = np.array([word in exact or word in cased for word in words], bool)
    rows = np.flatnonzero(familiar | (spread >= _LEAST))[:_MOST_NEW]
    kept = [words[row] for row in rows]
    by_number = sorted((number, word) for word, number in {**cased, **exact}.items())
    standing = set(kept)
    left = [word for _, word in by_number if word not in standing]
    left = left[: _MOST - _SPECIAL - len(kept)]
    new = [place for place, word in enumerate(kept) if word not in exact and word not in cased]
    sources = [exact.get(word, cased.get(word, UNKNOWN)) for word in (*kept, *left)]
    vectors = table[[PAD, UNKNOWN, END, *sources]]
    if unit == "characters":
        # Of characters all that was read is known, so that nothing was learnt of an unknown one.
        learnt = table[_SPECIAL:].astype(np.float32)
        vectors[[_SPECIAL + place for place in new]] = np.random.default_rng(len(new)).normal(
            learnt.mean(axis=0), learnt.std(axis=0), (len(new), table.shape[1])
        )
    form = CHARACTERS if unit == "characters" else WORDS
    known = rows[familiar[rows]]
    return TakenOver(
        unit=unit,
        tokenizer=make_tokenizer(form, [*kept, *left]).to_str().encode("utf-8"),
        table=vectors,
        known=len(known),
        cased=sum(words[row] not in exact for row in known),
        new=len(new),
        share=float(counts[known].sum() / max(1, counts.sum())),
    )


def _spellings(encoder: LanguageEncoder) -> tuple[dict[str, int], dict[str, int]]:
    """Return ids by what a classifier reads: of what is spelled so, and of what is but for case."""
    exact: dict[str, int] = {}
    cased: dict[str, int] = {}
    tokens = list(enumerate(encoder.tokens))[_SPECIAL:]  # the most frequent first
    if encoder.unit == "characters":
        normalize = CharacterReader(make_tokenizer(CHARACTERS, ())).normalizer.normalize_str
        exact = {token: number for number, token in tokens if normalize(token) == token}
        for token, number in exact.items():
            for other in (token.lower(), token.upper()):
                if len(other) == 1 and other not in exact:
                    cased.setdefault(other, number)
        return exact, cased
    reader = make_tokenizer(WORDS, ())
    for number, token in tokens:
        read = reader.normalizer.normalize_str(token)
        if [piece for piece, _ in reader.pre_tokenizer.pre_tokenize_str(read)] == [read]:
            (exact if read == token else cased).setdefault(read, number)
    return exact, cased


def _count(texts: Sequence[str], unit: str) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Return the tokens of texts, the most frequent first; how often each stands; and in how many.

    Both arrays are of shape (tokens,).
    """
    tokenizer = train_tokenizer(texts, 1 << 30, unit)
    ids = tokenizer.get_vocab()
    words = sorted(ids, key=lambda word: ids[word])
    sequences = TextEncoder(tokenizer, 1, 0)(texts, truncate=False)
    counts, spread = np.zeros(len(words), np.int64), np.zeros(len(words), np.int64)
    for sequence in sequences:
        found, times = np.unique(sequence, return_counts=True)
        counts[found] += times
        spread[found] += 1
    return words[_SPECIAL:], counts[_SPECIAL:], spread[_SPECIAL:]
