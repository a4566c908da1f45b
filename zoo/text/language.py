"""Texts to the token ids of language models and back: words between white space, or characters.

The ids are those that the tokenizers library gives of the same files; it takes some hundred bytes
of every character, and these texts are read whole, however long they are.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from tokenizers import Tokenizer

from zoo.errors import CheckpointError, InputError, shown
from zoo.formats import TOKENIZER, Checkpoint
from zoo.text.encoding import check_text
from zoo.text.forms import (
    LINE_END,
    PLAIN_CHARACTERS,
    PLAIN_WORDS,
    PLAIN_WORDS_LOWERCASE,
    make_tokenizer,
)
from zoo.text.vocabularies import check_vocabulary

__all__ = [
    "END",
    "PAD",
    "UNKNOWN",
    "LanguageEncoder",
    "Unknown",
    "encoder_of",
    "language_form",
    "parse_language_tokenizer",
    "train_plain_characters",
    "train_plain_words",
]

# Ids of the special tokens; the last is that of a line's end, which also starts a text.
PAD, UNKNOWN, END = 0, 1, 2
_PADDING, _UNKNOWN = "[PAD]", "<unk>"
# Longer words are not learnt: they are addresses, or texts without spaces.
_LONGEST = 100
_AT_ONCE = 1 << 20
_EXAMPLES = 5
_SPACE = re.compile(r"\s")
_NO_IDS = np.zeros(0, np.int32)


def train_plain_words(
    texts: str | Iterable[str], vocabulary_size: int, lowercase: bool = False
) -> Tokenizer:
    """Make a tokenizer of the most frequent words between white space.

    Args:
        texts: the training text, or several, such as its lines.
        vocabulary_size: number of token ids; padding, the unknown word and the end of a line
            included.
        lowercase: whether texts are read in lower case.

    Raises:
        InputError: there is no word.

    Example:
        >>> tokenizer = train_plain_words(["the cat saw the dog\\n"], 5)
        >>> tokenizer.encode("the cat\\n").tokens
        ['the', 'cat', '<eos>']
    """
    counts: Counter[str] = Counter()
    for text in _several(texts):
        for words in _words(check_text(text), lowercase):
            counts.update(words)
    form = PLAIN_WORDS_LOWERCASE if lowercase else PLAIN_WORDS
    chosen = _most_frequent(counts, form, vocabulary_size, "word")
    return make_tokenizer(form, chosen)


def train_plain_characters(texts: str | Iterable[str], vocabulary_size: int) -> Tokenizer:
    """Make a tokenizer of the most frequent characters, each as it is.

    Args:
        texts: the training text, or several.
        vocabulary_size: number of token ids; padding, the unknown character and the line feed
            included.

    Raises:
        InputError: there is no character.

    Example:
        >>> tokenizer = train_plain_characters("to be\\n", 9)
        >>> tokenizer.encode("be\\n").ids
        [4, 5, 2]
    """
    counts: Counter[str] = Counter()
    for text in _several(texts):
        counts.update(check_text(text))
    chosen = _most_frequent(counts, PLAIN_CHARACTERS, vocabulary_size, "character")
    return make_tokenizer(PLAIN_CHARACTERS, chosen)


def _several(texts: str | Iterable[str]) -> Iterable[str]:
    return [texts] if isinstance(texts, str | bytes) else texts


def _most_frequent(
    counts: Counter[str], form: dict[str, Any], vocabulary_size: int, noun: str
) -> list[str]:
    special = [token["content"] for token in form["added_tokens"]]
    found = [token for token in counts if token not in special and len(token) <= _LONGEST]
    if not found:
        raise InputError(
            f"Expected texts with at least one {noun}, such as 'to be or not to be'. Received: none"
        )
    found.sort(key=lambda token: (-counts[token], token))
    return found[: max(0, vocabulary_size - len(special))]


def language_form(unit: str, lowercase: bool = False) -> dict[str, Any]:
    """Return all that the file of a language model's vocabulary holds but its tokens.

    Args:
        unit: `"words"` or `"characters"`.
        lowercase: whether words are read in lower case.

    Example:
        >>> language_form("characters") is PLAIN_CHARACTERS
        True
    """
    if unit == "characters":
        return PLAIN_CHARACTERS
    return PLAIN_WORDS_LOWERCASE if lowercase else PLAIN_WORDS


def parse_language_tokenizer(data: bytes, form: dict[str, Any], vocabulary_size: int) -> Tokenizer:
    """Read a tokenizer's file and check that every id it can give has an embedding.

    Args:
        data: content of a `tokenizer.json` of the tokenizers library.
        form: all that it is to hold but the tokens, as `language_form` returns it.
        vocabulary_size: number of rows of the embedding table.

    Raises:
        CheckpointError: the file is malformed or not of that form, or its ids do not fit the
            table.

    Example:
        >>> data = train_plain_words(["a b"], 9).to_str().encode("utf-8")
        >>> parse_language_tokenizer(data, PLAIN_WORDS, 9).encode("b").ids
        [4]
    """
    check_vocabulary(data, form, vocabulary_size)
    try:
        tokenizer = Tokenizer.from_buffer(data)
    except Exception as error:  # the library raises a bare Exception
        raise CheckpointError(
            f"Expected a tokenizer file of the tokenizers library. Received: {shown(str(error))}"
        ) from None
    # A text that spells a special token out is read as the normalizer says, not as the token.
    tokenizer.encode_special_tokens = True
    return tokenizer


@dataclass(frozen=True)
class Unknown:
    """What a vocabulary does not hold of a text.

    Attributes:
        count: how many of its words or characters.
        total: how many it has.
        examples: some of them, each once, as they first come.
    """

    count: int
    total: int
    examples: tuple[str, ...]


class LanguageEncoder:
    """Turns texts of any length into the token ids of a language model, and back.

    Args:
        tokenizer: a tokenizer of `train_plain_words`, `train_plain_characters`, or
            `parse_language_tokenizer`.

    Attributes:
        unit: `"words"` or `"characters"`.
        lowercase: whether words are read in lower case.

    Example:
        >>> encoder = LanguageEncoder(train_plain_words(["the cat saw the dog"], 9))
        >>> encoder.encode("the cat\\n").tolist()
        [3, 4, 2]
        >>> encoder.decode([3, 5, 2, 3, 4])
        'the dog\\nthe cat'
    """

    unit: Literal["words", "characters"]

    def __init__(self, tokenizer: Tokenizer) -> None:
        self.tokenizer = tokenizer
        normalizer = tokenizer.normalizer
        self.unit = "characters" if normalizer is None else "words"
        self.lowercase = normalizer is not None and normalizer.normalize_str("A") == "a"

    def encode(self, text: str) -> np.ndarray:
        """Return the token ids of a text; words end a line only where it has a line feed.

        Args:
            text: the text, of any length.

        Returns:
            int32 array of shape (tokens,).

        Raises:
            InputError: it is no text.
        """
        text = check_text(text)
        if self.unit == "characters":
            parts = [self._characters(part) for part in _slices(text)]
        else:
            parts = [
                np.fromiter(map(self._ids.__getitem__, words), np.int32, len(words))
                for words in _words(text, self.lowercase)
            ]
        return np.concatenate([_NO_IDS, *parts])

    def decode(self, ids: Iterable[int] | np.ndarray) -> str:
        """Return the text of token ids: words joined by a space, characters as they are.

        Padding is left out; an id without a token is unknown. An unknown word is written
        `<unk>`, an unknown character as U+FFFD.

        Args:
            ids: token ids, of shape (tokens,).
        """
        given = np.asarray(ids if isinstance(ids, np.ndarray) else list(ids), np.int64)
        given = given[given != PAD]
        known = np.where((given < 0) | (given >= len(self.tokens)), UNKNOWN, given).tolist()
        tokens = [self.tokens[index] for index in known]
        if self.unit == "characters":
            return "".join(tokens)
        lines: list[list[str]] = [[]]
        for index, token in zip(known, tokens, strict=True):
            if index == END:
                lines.append([])
            else:
                lines[-1].append(token)
        return "\n".join(" ".join(line) for line in lines)

    def unknown(self, text: str) -> Unknown:
        """Return what is not in the vocabulary; `<unk>` that a text spells out is in it.

        Args:
            text: the text, of any length.

        Raises:
            InputError: it is no text.
        """
        text = check_text(text)
        examples: dict[str, None] = {}
        count = total = 0
        tokens: Sequence[str]
        for tokens in _slices(text) if self.unit == "characters" else _words(text, self.lowercase):
            total += len(tokens)
            strange = [token for token in tokens if token not in self._ids]
            count += len(strange)
            for token in strange:
                if len(examples) == _EXAMPLES:
                    break
                examples[token] = None
        return Unknown(count, total, tuple(examples))

    @cached_property
    def _ids(self) -> _Ids:
        """Ids by word or character; nothing that a text holds is padding."""
        ids = _Ids(self.tokenizer.get_vocab())
        ids.pop(_PADDING)
        if self.unit == "characters":
            ids.pop(_UNKNOWN)
        return ids

    @cached_property
    def tokens(self) -> list[str]:
        """What every id stands for; what is unknown is `<unk>`, and of characters U+FFFD."""
        unknown = "\ufffd" if self.unit == "characters" else _UNKNOWN
        tokens = [unknown] * (1 + max(self._ids.values()))
        for token, index in self._ids.items():
            tokens[index] = token
        return tokens

    @cached_property
    def _table(self) -> np.ndarray:
        """Ids by the number of a character; the last row is that of all larger ones."""
        numbers = {ord(token): index for token, index in self._ids.items()}
        table = np.full(max(numbers) + 2, UNKNOWN, np.int32)
        table[list(numbers)] = list(numbers.values())
        return table

    def _characters(self, text: str) -> np.ndarray:
        numbers = np.frombuffer(text.encode("utf-32-le"), "<u4")
        ids: np.ndarray = self._table[np.minimum(numbers, len(self._table) - 1)]
        return ids


class _Ids(dict[str, int]):
    """Ids by token; one that is missing is unknown."""

    def __missing__(self, token: str) -> int:
        return UNKNOWN


def _slices(text: str) -> Iterator[str]:
    for start in range(0, len(text), _AT_ONCE):
        yield text[start : start + _AT_ONCE]


def _words(text: str, lowercase: bool) -> Iterator[list[str]]:
    """Yield the words of a text, some at a time, as its tokenizer's normalizer makes them."""
    start = 0
    while start < len(text):
        end = start + _AT_ONCE
        if end < len(text):
            space = _SPACE.search(text, end)
            end = space.start() if space else len(text)
        part = text[start:end]
        start = end
        if lowercase:
            # Letter by letter, as the library does: Python's own looks where a word ends.
            part = part.replace("\u03a3", "\u03c3").lower()
        yield part.replace(_PADDING, _UNKNOWN).replace("\n", f" {LINE_END} ").split()


def encoder_of(source: Checkpoint) -> LanguageEncoder:
    """Return what turns texts into the token ids of a checkpoint, and back.

    Args:
        source: a verified checkpoint of a language model.

    Raises:
        CheckpointError: the file of its vocabulary is malformed, or its ids do not fit the table.
    """
    return LanguageEncoder(
        parse_language_tokenizer(
            source.assets[TOKENIZER],
            source.preprocessor.vocabulary,
            source.backbone.vocabulary_size,
        )
    )
