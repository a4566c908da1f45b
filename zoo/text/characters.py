"""Texts as characters, for classifiers: each a token, but for those that show nothing.

The ids are those that the tokenizers library gives; like words they are found here several times
as fast, and of long texts no more is read than what is kept.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

import numpy as np
from tokenizers import Regex, Tokenizer, normalizers

from zoo.text.forms import CHARACTERS, INVISIBLE, SPACES, UNKNOWN_TOKEN, make_tokenizer
from zoo.text.pieces import HIDDEN, PIECE, Pieces, Run, may_begin

__all__ = ["CharacterReader", "PlainCharacters", "reads_characters", "train_characters"]

_SPECIAL = frozenset(token["content"] for token in CHARACTERS["added_tokens"])
_spaces = re.compile(r"[\x00-\x20\x7f]+").sub


def train_characters(texts: Iterable[str], vocabulary_size: int) -> Tokenizer:
    """Make a tokenizer of the most frequent characters of texts, as they are written.

    Args:
        texts: the training texts.
        vocabulary_size: number of token ids, special tokens included.

    Example:
        >>> train_characters([" Anna "], 9).encode("ANNA\\n na").tokens
        ['[START]', 'A', '[UNK]', '[UNK]', 'A', '[UNK]', 'n', 'a']
    """
    normalizer = make_tokenizer(CHARACTERS, []).normalizer
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(normalizer.normalize_str(text))
    chosen = sorted(counts, key=lambda character: (-counts[character], character))
    return make_tokenizer(CHARACTERS, chosen[: max(0, vocabulary_size - len(_SPECIAL))])


def reads_characters(tokenizer: Tokenizer) -> bool:
    """Return whether a tokenizer of a classifier reads characters, and not words.

    Args:
        tokenizer: a word or character tokenizer of the zoo.

    Example:
        >>> reads_characters(train_characters(["Anna"], 9))
        True
    """
    return len(tokenizer.pre_tokenizer.pre_tokenize_str("ab")) == 2


class PlainCharacters:
    """Turns plain texts into token ids; a text of other characters than ASCII is not plain.

    Args:
        tokenizer: a character tokenizer of the zoo.

    Example:
        >>> plain = PlainCharacters(train_characters(["Anna"], 9))
        >>> plain(" An\\ta").tolist(), plain("\\u00c4nne")
        ([2, 4, 3, 1, 5], None)
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        vocabulary = tokenizer.get_vocab()
        self._table = np.full(128, vocabulary[UNKNOWN_TOKEN], np.int32)
        for token, number in vocabulary.items():
            if len(token) == 1 and token.isascii():
                self._table[ord(token)] = number
        self._start = np.array(tokenizer.encode("").ids, np.int32)

    def __call__(self, text: str) -> np.ndarray | None:
        """Return int32 token ids, the start token first, or None for a text that is not plain.

        Args:
            text: the text.
        """
        if not text.isascii():
            return None
        plain = _spaces(" ", text).strip(" ")
        found = self._table[np.frombuffer(plain.encode("ascii"), np.uint8)]
        return np.concatenate([self._start, found])


class CharacterReader:
    """Reads the head and the tail of long texts with a character tokenizer.

    Args:
        tokenizer: a character tokenizer of the zoo.
        piece: characters that are read at once.

    Example:
        >>> reader = CharacterReader(train_characters(["Anna"], 9), piece=2)
        >>> reader.read("  An  na ", 3, 1)[0]
        [2, 4, 3, 5]
    """

    def __init__(self, tokenizer: Tokenizer, piece: int = PIECE) -> None:
        vocabulary = tokenizer.get_vocab()
        self.piece = piece
        self.start: list[int] = tokenizer.encode("").ids
        self._unknown = vocabulary[UNKNOWN_TOKEN]
        self._ids = {token: number for token, number in vocabulary.items() if len(token) == 1}
        # What is invisible is taken out as a piece is read, and white space around at the ends.
        self.normalizer = normalizers.Sequence(
            [
                normalizers.Replace(Regex(INVISIBLE), ""),
                normalizers.NFC(),
                normalizers.Replace(Regex(SPACES), " "),
            ]
        )

    def ids(self, characters: str) -> list[int]:
        """Return the ids of the characters of a normalized text.

        Args:
            characters: the text.
        """
        return [self._ids.get(character, self._unknown) for character in characters]

    def read(
        self, text: str, head: int | None = None, tail: int = 0, spans: bool = False
    ) -> tuple[list[int], list[tuple[int, int]], bool]:
        """Do what `zoo.text.pieces.WordReader.read` does, with characters.

        Args:
            text: the text.
            head: tokens kept from the start, the start token included; None keeps all.
            tail: tokens kept from the end.
            spans: whether places are wanted.
        """
        most = None if head is None else head + tail - len(self.start)
        found = Run.empty(spans)
        for run in self._runs(text, 0, spans):
            found = found + run
            if most is not None and len(found.text) > most:
                break
        cut = most is not None and len(found.text) > most
        if cut and head is not None:
            found = found.part(0, head - len(self.start)) + self._tail(text, tail, spans)
        places = [found.span(at, at + 1) for at in range(len(found.text))] if spans else []
        return [*self.start, *self.ids(found.text)], places, cut

    def _runs(self, text: str, start: int, spans: bool) -> Iterator[Run]:
        """Yield normalized characters of a text from a place on, without white space around."""
        space, begun = Run.empty(spans), False
        for run in Pieces(self.normalizer, self.piece, spans, breaks=False)(text, start):
            if begun or run.text.strip(" "):
                first = 0
                if (space.text or not begun) and run.text.startswith(" "):
                    first = 1  # one that goes on, or stands at the start
                last = len(run.text)
                if last > first and run.text.endswith(" "):
                    last -= 1
                if last > first:
                    yield (space if begun else Run.empty(spans)) + run.part(first, last)
                    space, begun = Run.empty(spans), True
                if last < len(run.text):
                    space = run.part(last, last + 1)

    def _tail(self, text: str, count: int, spans: bool) -> Run:
        """Return the last characters of a text, read from ever farther before its end."""
        size = count + self.piece
        while count:
            start = max(0, len(text) - size)
            while 0 < start < len(text) and (
                HIDDEN.match(text[start]) or not may_begin(text[start])
            ):
                start += 1
            found = Run.empty(spans)
            for run in self._runs(text, start, spans):
                found = found + run
            if start == 0 or len(found.text) >= count:
                return found.part(len(found.text) - count, len(found.text))
            size *= 2
        return Run.empty(spans)
