"""Words as networks that tag them read them: their ids, letters, shapes, beginnings and ends.

The same for the Keras models and for the pipelines; no Keras here. A document is a row of places:
the words of its sentences, and after every sentence one that ends it.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from zoo.text.forms import LINE_END, PLAIN_WORDS, invisible_ranges, make_tokenizer
from zoo.text.language import END, PAD, UNKNOWN

__all__ = [
    "AFFIXES",
    "END",
    "LETTERS",
    "PAD",
    "SHAPES",
    "UNKNOWN",
    "Piece",
    "WordFeatures",
    "WordTable",
    "document_pieces",
    "group_key",
    "learn_vocabularies",
    "padded_rows",
    "shape_of",
    "word_groups",
    "written_form",
]

# Letters of a word that are read, with a mark before the first and after the last; of a longer
# word both ends.
LETTERS = 24
# Lengths of what is read of a word's beginning, and of its end.
AFFIXES = (2, 3, 4, -2, -3, -4)
# Numbers of shapes: 0 is that of places without a word.
_CASES, _DIGITS, _MARKS = 7, 3, ("", "-", ".", "'", "others")
SHAPES = 1 + _CASES * _DIGITS * len(_MARKS)

_digits = re.compile(r"\d")
_invisible = re.compile(f"[{invisible_ranges()}]")


def written_form(word: str) -> str:
    """Return a word as it is looked at: what shows nothing is left out, and digits are zeros.

    Args:
        word: the word.

    Example:
        >>> written_form("1996-08-22"), written_form("\\uff25\\uff35")
        ('0000-00-00', 'EU')
    """
    if not word.isascii():
        word = _invisible.sub("", unicodedata.normalize("NFKC", word))
    return _digits.sub("0", word)


def group_key(word: str) -> str:
    """Return what makes two words of a document the same: their letters, in lower case.

    Args:
        word: the word, in which what shows nothing does not count.

    Example:
        >>> group_key("Lon\\u00adDON")
        'london'
    """
    return (word if word.isascii() else _invisible.sub("", word)).lower()


def shape_of(word: str) -> int:
    """Return the number of a word's shape: its capitals, digits and marks.

    Args:
        word: the word, as `written_form` returns it.

    Returns:
        A number from 1 to `SHAPES` - 1.

    Example:
        >>> shape_of("lamb") == shape_of("sheep"), shape_of("EU") == shape_of("Eu")
        (True, False)
    """
    letters = [sign for sign in word if sign.isalpha()]
    upper = [sign.isupper() for sign in letters]
    if not letters:
        case = 0
    elif not any(upper):
        case = 1
    elif len(letters) == 1:
        case = 2
    elif all(upper):
        case = 3
    elif upper[0]:
        case = 4 if not any(upper[1:]) else 5
    else:
        case = 6
    found = {sign for sign in word if not sign.isalnum()}
    zeros = word.count("0")
    digits = 0 if not zeros else 1 if letters else 2
    marks = _MARKS.index("".join(found)) if found <= {"-", ".", "'"} and len(found) < 2 else 4
    return 1 + (case * _DIGITS + digits) * len(_MARKS) + marks


def _letters(word: str) -> str:
    most = LETTERS - 2
    return word if len(word) <= most else word[: most // 2] + word[-(most - most // 2) :]


def _affixes(word: str) -> list[str]:
    """Return the beginnings ("^co") and ends ("$ed") of a word in lower case.

    None of a word that is shorter. The mark stands first in both, so that none is taken for another
    whatever signs the word is of.
    """
    return [
        ""
        if len(word) < abs(length)
        else f"^{word[:length]}"
        if length > 0
        else f"${word[length:]}"
        for length in AFFIXES
    ]


def learn_vocabularies(
    sentences: Iterable[Sequence[str]], *, affix_count: int = 5, words: int = 1_000_000
) -> dict[str, Tokenizer]:
    """Return the vocabularies of words, letters and affixes of a training text.

    Args:
        sentences: its sentences, each a sequence of words.
        affix_count: different words that a beginning or an end must be of.
        words: most ids of words, the most frequent ones.

    Returns:
        Tokenizers by `"words"`, `"letters"` and `"affixes"`.

    Example:
        >>> found = learn_vocabularies([["EU", "rejects", "German", "call"]])
        >>> found["words"].get_vocab()["rejects"] >= 3
        True
    """
    forms: Counter[str] = Counter()
    for sentence in sentences:
        forms.update(written_form(word) for word in sentence)
    lower: Counter[str] = Counter()
    letters: Counter[str] = Counter()
    for word, count in forms.items():
        lower[word.lower()] += count
        for letter in _letters(word):
            letters[letter] += count
    affixes: Counter[str] = Counter()
    for word in lower:
        affixes.update(filter(None, _affixes(word)))
    known = {"words": lower, "letters": letters, "affixes": affixes}
    least = {"words": 1, "letters": 2, "affixes": affix_count}
    special = [token["content"] for token in PLAIN_WORDS["added_tokens"]]
    found = {}
    for name, counts in known.items():
        chosen = [
            token
            for token, count in counts.items()
            if count >= least[name] and token and token not in special and not _splits(token)
        ]
        chosen.sort(key=lambda token: (-counts[token], token))
        found[name] = make_tokenizer(PLAIN_WORDS, chosen[: words - len(special)])
    return found


def _splits(token: str) -> bool:
    """Whether a vocabulary of words between white space cannot hold a token."""
    return len(token.split()) != 1 or len(token) > 100


@dataclass(frozen=True)
class WordTable:
    """What is read of different words, one row a word.

    Attributes:
        token_ids: int32 array of shape (words,), the number of each in the vocabulary.
        letters: int32 array of shape (words, LETTERS), the numbers of its letters.
        shapes: int32 array of shape (words,), the numbers of their shapes.
        affixes: int32 array of shape (words, len(AFFIXES)), the numbers of beginnings and ends.
    """

    token_ids: np.ndarray
    letters: np.ndarray
    shapes: np.ndarray
    affixes: np.ndarray

    def __len__(self) -> int:
        return len(self.token_ids)

    def take(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """Return the arrays of some words by name, in an array's shape.

        Args:
            rows: int array of any shape, the rows.
        """
        return {
            "token_ids": self.token_ids[rows],
            "letters": self.letters[rows],
            "shapes": self.shapes[rows],
            "affixes": self.affixes[rows],
        }


@dataclass(frozen=True)
class Piece:
    """What is read together: whole sentences of a document, or a part of a long one.

    Attributes:
        parts: of every sentence in it, its number in the document, the first of its words and the
            one after the last.
    """

    parts: tuple[tuple[int, int, int], ...]

    def __len__(self) -> int:
        """Number of places: the words, and the end of every sentence."""
        return sum(stop - start + 1 for _, start, stop in self.parts)

    @property
    def words(self) -> np.ndarray:
        """The places that hold words, one after the other."""
        inside = np.ones(len(self), bool)
        inside[np.cumsum([stop - start + 1 for _, start, stop in self.parts]) - 1] = False
        return np.flatnonzero(inside)


def document_pieces(lengths: Sequence[int], most: int) -> list[Piece]:
    """Return what of a document is read together, in its order.

    Args:
        lengths: number of words of every sentence, at least one each.
        most: places that are read together at most, at least 2.

    Example:
        >>> [piece.parts for piece in document_pieces([3, 2, 9], 8)]
        [((0, 0, 3), (1, 0, 2)), ((2, 0, 7),), ((2, 7, 9),)]
    """
    pieces: list[Piece] = []
    parts: list[tuple[int, int, int]] = []
    places = 0
    for number, length in enumerate(lengths):
        for start in range(0, length, most - 1):
            stop = min(length, start + most - 1)
            if parts and places + stop - start + 1 > most:
                pieces.append(Piece(tuple(parts)))
                parts, places = [], 0
            parts.append((number, start, stop))
            places += stop - start + 1
    return [*pieces, Piece(tuple(parts))] if parts else pieces


class WordFeatures:
    """Turns words into what a tagger reads.

    Args:
        words: vocabulary of words, of `learn_vocabularies` or out of a checkpoint.
        letters: vocabulary of letters.
        affixes: vocabulary of beginnings and ends.

    Example:
        >>> vocabularies = learn_vocabularies([["EU", "rejects", "German", "call"]])
        >>> features = WordFeatures(*vocabularies.values())
        >>> row = features.document([["EU", "call"], ["call"]])
        >>> row["token_ids"].tolist(), row["groups"].tolist()
        ([4, 3, 2, 3, 2], [0, 1, 2, 1, 4])
    """

    def __init__(self, words: Tokenizer, letters: Tokenizer, affixes: Tokenizer) -> None:
        self.words, self.letters, self.affixes = (
            tokenizer.get_vocab() for tokenizer in (words, letters, affixes)
        )

    def table(self, words: Sequence[str]) -> WordTable:
        """Return what is read of words, each by itself.

        Args:
            words: the words.
        """
        count = len(words)
        token_ids, shapes = np.zeros(count, np.int32), np.zeros(count, np.int32)
        letters = np.full((count, LETTERS), PAD, np.int32)
        affixes = np.full((count, len(AFFIXES)), PAD, np.int32)
        for row, word in enumerate(words):
            form = written_form(word)
            lower = form.lower()
            token_ids[row] = self.words.get(lower, UNKNOWN) if lower != LINE_END else UNKNOWN
            shapes[row] = shape_of(form)
            read = [self.letters.get(letter, UNKNOWN) for letter in _letters(form)]
            letters[row, : len(read) + 2] = [END, *read, END]
            affixes[row] = [
                self.affixes.get(affix, UNKNOWN) if affix else PAD for affix in _affixes(lower)
            ]
        return WordTable(token_ids, letters, shapes, affixes)

    @cached_property
    def end(self) -> dict[str, np.ndarray]:
        """What is read where a sentence ends, by name."""
        return {
            "token_ids": np.array(END, np.int32),
            "letters": np.full(LETTERS, PAD, np.int32),
            "shapes": np.array(0, np.int32),
            "affixes": np.full(len(AFFIXES), PAD, np.int32),
        }

    def document(self, sentences: Sequence[Sequence[str]]) -> dict[str, np.ndarray]:
        """Return what is read of a document, or a piece of one: a row of places.

        Args:
            sentences: the words of every sentence.

        Returns:
            int32 arrays of shape (places,), by `"token_ids"`, `"shapes"` and `"groups"`, the first
            place with the same word in upper or lower case; of shape (places, LETTERS) by
            `"letters"`; of shape (places, len(AFFIXES)) by `"affixes"`.
        """
        rows: dict[str, int] = {}
        places = [
            row
            for sentence in sentences
            for row in (*(rows.setdefault(word, len(rows)) for word in sentence), -1)
        ]
        table = self.table(list(rows))
        found = {
            name: np.concatenate([values, self.end[name][None]])[places]
            for name, values in vars(table).items()
        }
        found["groups"] = word_groups(sentences)
        return found


def word_groups(sentences: Sequence[Sequence[str]]) -> np.ndarray:
    """Return the first place of a document that holds the same word, in upper or lower case.

    Args:
        sentences: the words of every sentence.

    Returns:
        int32 array of shape (places,); ends of sentences are like no other place.

    Example:
        >>> word_groups([["Ajax", "won"], ["AJAX"]]).tolist()
        [0, 1, 2, 0, 4]
    """
    first: dict[str, int] = {}
    found: list[int] = []
    for sentence in sentences:
        for word in sentence:
            found.append(first.setdefault(group_key(word), len(found)))
        found.append(len(found))
    return np.array(found, np.int32)


def padded_rows(rows: Sequence[dict[str, Any]], length: int) -> dict[str, np.ndarray]:
    """Return rows of places as a batch, padded on the right, with their mask.

    Args:
        rows: what `WordFeatures.document` returned of each.
        length: number of places of the batch.

    Returns:
        The arrays by name, of shape (rows, length, ...), and by `"padding_mask"` which places
        there are.
    """
    batch = {
        name: np.zeros((len(rows), length, *values.shape[1:]), np.int32)
        for name, values in rows[0].items()
    }
    for number, row in enumerate(rows):
        for name, values in row.items():
            batch[name][number, : len(values)] = values
        batch["groups"][number, len(row["groups"]) :] = np.arange(len(row["groups"]), length)
    return {**batch, "padding_mask": batch["token_ids"] != PAD}
