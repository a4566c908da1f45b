"""Text to token ids, the same for the Keras models and for the pipelines; no Keras here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

from zoo.errors import CheckpointError, InputError, shown
from zoo.text.characters import (
    CharacterReader,
    PlainCharacters,
    reads_characters,
    train_characters,
)
from zoo.text.forms import CHARACTERS, INVISIBLE, WORDS
from zoo.text.pieces import LONG, WordReader, batches
from zoo.text.plain_words import PlainWords
from zoo.text.vocabularies import check_vocabulary

__all__ = [
    "PAD",
    "START",
    "UNKNOWN",
    "TextEncoder",
    "check_text",
    "check_texts",
    "holds_texts",
    "pad",
    "parse_tokenizer",
    "train_tokenizer",
    "train_word_tokenizer",
]

# Ids of the special tokens, in every word vocabulary of the zoo.
PAD, UNKNOWN, START = 0, 1, 2
SPECIAL_TOKENS = ("[PAD]", "[UNK]", "[START]")
# Libraries whose columns are taken as texts.
_TABLES = ("pandas", "polars", "pyarrow")
_NOTHING = np.zeros(0, np.int32)
_MANY = 64


def train_word_tokenizer(texts: Iterable[str], vocabulary_size: int) -> Tokenizer:
    """Make a lower-case word tokenizer from the most frequent words and marks of `texts`.

    Args:
        texts: the training texts.
        vocabulary_size: number of token ids, special tokens included.

    Example:
        >>> train_word_tokenizer(["A film, a <br /> film!"], 7).encode("A film").tokens
        ['[START]', 'a', 'film']
    """
    tokenizer = Tokenizer(models.WordLevel(unk_token=SPECIAL_TOKENS[UNKNOWN]))
    tokenizer.normalizer = _normalizer()
    # A word with the apostrophes inside it, or one mark: marks such as ! and ? carry sentiment.
    tokenizer.pre_tokenizer = pre_tokenizers.Split(
        Regex(r"\w+(?:'\w+)*|[^\w\s\p{Cc}]"), behavior="removed", invert=True
    )
    tokenizer.train_from_iterator(
        texts,
        trainers.WordLevelTrainer(
            vocab_size=vocabulary_size, special_tokens=list(SPECIAL_TOKENS), show_progress=False
        ),
    )
    # The start token gives an empty text one step to read.
    start = SPECIAL_TOKENS[START]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{start} $A", special_tokens=[(start, START)]
    )
    return tokenizer


def train_tokenizer(texts: Iterable[str], vocabulary_size: int, unit: str = "words") -> Tokenizer:
    """Make a tokenizer of the most frequent words or characters of `texts`.

    Args:
        texts: the training texts.
        vocabulary_size: number of token ids, special tokens included.
        unit: `"words"` or `"characters"`.

    Example:
        >>> train_tokenizer(["Anna"], 9, "characters").encode("na").ids
        [2, 3, 5]
    """
    if unit == "characters":
        return train_characters(texts, vocabulary_size)
    return train_word_tokenizer(texts, vocabulary_size)


def _normalizer() -> normalizers.Normalizer:
    return normalizers.Sequence(
        [
            # First, so that what they stand between is composed.
            normalizers.Replace(Regex(INVISIBLE), ""),
            normalizers.NFKC(),
            normalizers.Lowercase(),
            normalizers.Replace("<br />", " "),
            *(normalizers.Replace(mark, "'") for mark in ("\u2018", "\u2019", "`")),
        ]
    )


def parse_tokenizer(data: bytes, vocabulary_size: int) -> Tokenizer:
    """Read a tokenizer's file and check that every id it can give has an embedding.

    Args:
        data: content of a `tokenizer.json` of the tokenizers library.
        vocabulary_size: number of rows of the embedding table.

    Raises:
        CheckpointError: the file is malformed or of no word or character tokenizer of the zoo,
            or its ids do not fit the table.
    """
    check_vocabulary(data, WORDS, vocabulary_size, CHARACTERS)
    try:
        tokenizer = Tokenizer.from_buffer(data)
    except Exception as error:  # the library raises a bare Exception
        raise CheckpointError(
            f"Expected a tokenizer file of the tokenizers library. Received: {shown(str(error))}"
        ) from None
    if not reads_characters(tokenizer):
        tokenizer.normalizer = _normalizer()  # also of a file of version 0.1.0
    # A text that spells a special token out must not become it: padding would end the text.
    tokenizer.encode_special_tokens = True
    return tokenizer


def check_text(text: object) -> str:
    """Return a single text.

    Args:
        text: a text.

    Raises:
        InputError: it is something else, or several.

    Example:
        >>> check_text("A moving film.")
        'A moving film.'
    """
    if not isinstance(text, str | bytes):
        raise InputError(
            f"Expected one text, such as 'It is raining.'. Received: {type(text).__name__}"
        )
    return check_texts(text)[0]


def check_texts(texts: object) -> list[str]:
    """Return `texts` as a list of strings.

    Args:
        texts: a text, or what yields texts: a list, a tuple, a generator, a one-dimensional
            array, a column of pandas, polars or PyArrow.

    Raises:
        InputError: it is empty, or holds something that is not a text.

    Example:
        >>> check_texts(["A moving film."])
        ['A moving film.']
    """
    if isinstance(texts, str | bytes):
        texts = [texts]
    shape = getattr(texts, "shape", None)
    if isinstance(shape, tuple) and len(shape) != 1:  # of tables, too: they yield column names
        raise InputError(
            "Expected one-dimensional texts, such as np.array(['It is raining.']) or one column "
            f"of a table. Received: {type(texts).__name__} of shape {shape}"
        )
    # What has no order would give answers without one, and a dictionary yields its keys.
    if isinstance(texts, Mapping | set | frozenset) or not isinstance(texts, Iterable):
        raise InputError(
            "Expected a text or a list of texts, such as ['It is raining.', 'The sun shines.']. "
            f"Received: {type(texts).__name__}"
        )
    # PyArrow yields objects of its own.
    found = texts.to_pylist() if hasattr(texts, "to_pylist") else list(texts)
    if not found:
        raise InputError(
            "Expected at least one text, such as ['It is raining.']. Received: an empty list"
        )
    return [_check_text(text, index) for index, text in enumerate(found)]


def holds_texts(x: object) -> bool:
    """Return whether `check_texts` is meant for `x`: text, texts, or a column of a table.

    Args:
        x: what a model was given, which may also be a data set or arrays.

    Example:
        >>> holds_texts(["A moving film."]), holds_texts({"token_ids": []})
        (True, False)
    """
    module = type(x).__module__.partition(".")[0]
    return isinstance(x, str | bytes | list | tuple | np.ndarray) or module in _TABLES


def _check_text(text: Any, index: int) -> str:
    try:
        if isinstance(text, bytes):
            return text.decode("utf-8")
        if isinstance(text, str):
            if not text.isascii():
                text.encode("utf-8")  # a lone surrogate is no text
            return str(text)
    except (UnicodeDecodeError, UnicodeEncodeError) as error:
        raise InputError(
            f"Expected valid UTF-8 text. Received: {shown(text, 40)} at index {index} "
            f"({error.reason} at position {error.start})"
        ) from None
    raise InputError(
        f"Expected only strings, such as ['It is raining.']. Received: {shown(text)} "
        f"({type(text).__name__}) at index {index}"
    )


def pad(
    sequences: Sequence[np.ndarray], multiple: int = 1, length: int | None = None
) -> np.ndarray:
    """Return token ids as one array, padded on the right.

    Args:
        sequences: one-dimensional arrays of token ids.
        multiple: the array's length is rounded up to a multiple of this.
        length: the array's length; None takes that of the longest sequence.

    Returns:
        int32 array of shape (len(sequences), length).

    Example:
        >>> pad([np.array([2, 5]), np.array([2])]).tolist()
        [[2, 5], [2, 0]]
    """
    if length is None:
        length = -(-max(map(len, sequences)) // multiple) * multiple
    padded = np.full((len(sequences), length), PAD, np.int32)
    for row, sequence in zip(padded, sequences, strict=True):
        row[: len(sequence)] = sequence
    return padded


class TextEncoder:
    """Turns texts into token ids, keeping the head and the tail of long texts.

    Args:
        tokenizer: a word or character tokenizer of the zoo.
        head_length: tokens kept from the start of a text, the start token included.
        tail_length: tokens kept from the end of a text longer than both together.

    Example:
        >>> encoder = TextEncoder(train_word_tokenizer(["a b c d"], 9), 2, 1)
        >>> [ids.tolist() for ids in encoder(["a b c d", ""])]
        [[2, 3, 6], [2]]
    """

    def __init__(self, tokenizer: Tokenizer, head_length: int, tail_length: int) -> None:
        self.tokenizer = tokenizer
        self.head_length = head_length
        self.tail_length = tail_length

    @staticmethod
    def of(preprocessor: Any) -> TextEncoder:
        """Return what turns texts into the token ids that a preprocessor gives its network."""
        encoder: TextEncoder = preprocessor.encoder()
        return encoder

    def __call__(self, texts: Sequence[str], truncate: bool = True) -> list[np.ndarray]:
        """Return an int32 array of token ids for every text, cut unless told otherwise."""
        return self._encode(texts, truncate)[0]

    def with_cuts(self, texts: Sequence[str]) -> tuple[list[np.ndarray], np.ndarray]:
        """Return an int32 array of token ids for every text, and which texts were cut."""
        return self._encode(texts, True)

    @property
    def limit(self) -> int:
        """How many tokens are read of a text, the start token not counted."""
        return self.head_length + self.tail_length - 1

    @property
    def keeps_end(self) -> bool:
        """Whether the end of a text that is cut is read."""
        return self.tail_length > 0

    def _encode(self, texts: Sequence[str], truncate: bool) -> tuple[list[np.ndarray], np.ndarray]:
        sequences: list[np.ndarray] = [_NOTHING] * len(texts)
        cut = np.zeros(len(texts), bool)
        rows = [row for row, text in enumerate(texts) if len(text) <= LONG]
        if len(rows) >= _MANY:
            # Reading the vocabulary takes as long as some texts.
            left = []
            for row in rows:
                ids = self._plain(texts[row])
                if ids is None:
                    left.append(row)
                    continue
                sequences[row] = self.truncate(ids) if truncate else ids
                cut[row] = len(sequences[row]) < len(ids)
            rows = left
        short = [texts[row] for row in rows]
        for part in batches(short):
            encodings = self.tokenizer.encode_batch_fast(short[part])
            for row, encoding in zip(rows[part], encodings, strict=True):
                ids = np.array(encoding.ids, np.int32)
                sequences[row] = self.truncate(ids) if truncate else ids
                cut[row] = len(sequences[row]) < len(ids)
        if any(len(text) > LONG for text in texts):
            head = self.head_length if truncate else None
            for row, text in enumerate(texts):
                if len(text) > LONG:
                    read, _, cut[row] = self._reader.read(text, head, self.tail_length)
                    sequences[row] = np.array(read, np.int32)
        return sequences, cut

    def with_spans(
        self, text: str
    ) -> tuple[np.ndarray, list[tuple[int, int]], tuple[int, int] | None]:
        """Return the ids of one text, where they stand in it, and what is left out of it.

        Args:
            text: the text.

        Returns:
            int32 ids, the start token first; first character and the one after the last of every
            other token; the same of what is left out of a long text, or None.
        """
        if len(text) > LONG:
            numbers, spans, cut = self._reader.read(
                text, self.head_length, self.tail_length, spans=True
            )
            ids = np.array(numbers, np.int32)
        else:
            encoding = self.tokenizer.encode(text)
            kept = self.truncate(np.arange(len(encoding.ids)))
            cut = len(kept) < len(encoding.ids)
            ids = np.array(encoding.ids, np.int32)[kept]
            spans = [encoding.offsets[at] for at in kept if at]
        if not cut:
            return ids, spans, None
        before = self.head_length - 1  # the start token stands nowhere
        start = spans[before - 1][1] if before else 0
        return ids, spans, (start, spans[before][0] if self.tail_length else len(text))

    @cached_property
    def _plain(self) -> PlainWords | PlainCharacters:
        if reads_characters(self.tokenizer):
            return PlainCharacters(self.tokenizer)
        return PlainWords(self.tokenizer)

    @cached_property
    def _reader(self) -> WordReader | CharacterReader:
        if reads_characters(self.tokenizer):
            return CharacterReader(self.tokenizer)
        return WordReader(self.tokenizer)

    def truncate(self, ids: np.ndarray) -> np.ndarray:
        """Return the head and the tail of `ids`; reviews state their verdict at both ends."""
        if len(ids) <= self.head_length + self.tail_length:
            return ids
        tail = ids[len(ids) - self.tail_length :]
        return np.concatenate([ids[: self.head_length], tail])
