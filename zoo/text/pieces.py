"""Long texts to token ids piece by piece: no more of them is read than what is kept.

The library makes some hundred bytes of every character that it is given. A text is therefore read
in pieces, from its start until enough tokens are certain, and from so near its end that enough
tokens are. The result is that of the whole text: pieces end where no normalization reaches across
(Unicode Standard Annex 15), and what the next piece may still change is held back.
"""

from __future__ import annotations

import re
import unicodedata
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from tokenizers import PreTokenizedString, Regex, Tokenizer, normalizers

from zoo.text.forms import UNKNOWN_TOKEN, invisible_ranges

__all__ = [
    "HIDDEN",
    "LONG",
    "PIECE",
    "Pieces",
    "Run",
    "WordReader",
    "batches",
    "may_begin",
]

# Texts of more characters are read in pieces; the longest review of IMDB has 14,000.
LONG = 1 << 14
PIECE = 1 << 12
# Characters that the library is given at once, those outside ASCII counted as what the longest of
# them is normalized to (U+FDFA, in 18 characters).
_AT_ONCE, _EXPANSION = 1 << 20, 18

HIDDEN = re.compile(f"[{invisible_ranges()}]+")
_CHARACTER = Regex("(?m).")
_BREAK = "<br />"
_NO_PLACES = np.zeros(0, np.int64)


def batches(texts: list[str]) -> Iterator[slice]:
    """Yield slices of texts that the library may be given at once.

    Args:
        texts: texts of at most `LONG` characters each.

    Example:
        >>> list(batches(["a", "b"]))
        [slice(0, 2, None)]
    """
    start = size = 0
    for index, text in enumerate(texts):
        weight = len(text) * (1 if text.isascii() else _EXPANSION)
        if size + weight > _AT_ONCE and index > start:
            yield slice(start, index)
            start, size = index, 0
        size += weight
    if start < len(texts):
        yield slice(start, len(texts))


def _joins(character: str) -> bool:
    """Return whether a character may combine with those before it, as far as one can tell."""
    number = ord(character)
    return (
        unicodedata.category(character)[0] == "M"
        or unicodedata.category(character) == "Cn"  # a later version of Unicode may tell more
        or 0x1160 <= number <= 0x11FF  # vowels and finals of Hangul
        or 0xD7B0 <= number <= 0xD7FF
        or 0x16D40 <= number <= 0x16D7F  # vowel signs of Kirat Rai, which are letters
    )


@lru_cache(4096)
def may_begin(character: str) -> bool:
    """Return whether a text may be cut before a character without changing its normal form.

    Args:
        character: the character, which is not one of `HIDDEN`.
    """
    if character.isascii():
        return True
    first = unicodedata.normalize("NFKD", character)[0]
    return not _joins(character) and not _joins(first)


@dataclass
class Run:
    """Normalized text, and where each of its characters comes from in the text that was read."""

    text: str = ""
    starts: np.ndarray | None = None
    ends: np.ndarray | None = None

    @classmethod
    def empty(cls, spans: bool) -> Run:
        """Return no text, with or without places."""
        return cls("", _NO_PLACES, _NO_PLACES) if spans else cls()

    def __add__(self, other: Run) -> Run:
        if self.starts is None or other.starts is None:
            return Run(self.text + other.text)
        assert self.ends is not None and other.ends is not None
        return Run(
            self.text + other.text,
            np.concatenate([self.starts, other.starts]),
            np.concatenate([self.ends, other.ends]),
        )

    def part(self, first: int, last: int) -> Run:
        """Return the characters from one on, up to another."""
        if self.starts is None or self.ends is None:
            return Run(self.text[first:last])
        return Run(self.text[first:last], self.starts[first:last], self.ends[first:last])

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Return where such characters stand in the text that was read."""
        if self.starts is None or self.ends is None:
            return (0, 0)
        return int(self.starts[first]), int(self.ends[last - 1])


class Pieces:
    """Yields the normal form of a text, piece by piece.

    Args:
        normalizer: what normalizes; characters that show nothing are taken out before.
        size: characters of a piece.
        spans: whether the places of the characters are wanted.
        breaks: whether a line break that HTML writes out is one.
    """

    def __init__(
        self,
        normalizer: normalizers.Normalizer,
        size: int,
        spans: bool = False,
        breaks: bool = True,
    ) -> None:
        self.normalizer, self.size, self.spans = normalizer, size, spans
        self._open = tuple(_BREAK[:size] for size in range(1, len(_BREAK))) if breaks else ()

    def __call__(self, text: str, start: int = 0) -> Iterator[Run]:
        pending, places = "", _NO_PLACES
        for at in range(start, len(text), self.size):
            chunk = text[at : at + self.size]
            pending += HIDDEN.sub("", chunk)
            if self.spans:
                shown = np.ones(len(chunk), bool)
                for hidden in HIDDEN.finditer(chunk):
                    shown[slice(*hidden.span())] = False
                places = np.concatenate([places, at + np.flatnonzero(shown)])
            if at + self.size >= len(text):
                break
            cut, run = self.cut(pending, places)
            if cut:
                yield run
                pending, places = pending[cut:], places[cut:]
        yield self.normalized(pending, places)

    def cut(self, pending: str, places: np.ndarray = _NO_PLACES) -> tuple[int, Run]:
        """Return how much of what is pending may be normalized by itself, and that.

        Args:
            pending: text without characters that show nothing.
            places: where each character stands in the text, if places are wanted.
        """
        for cut in range(len(pending) - 1, 0, -1):
            if may_begin(pending[cut]):
                run = self.normalized(pending[:cut], places)
                # A line break that HTML writes out may go on in the next piece.
                if not (run.text.endswith(self._open) and self._goes_on(run.text, pending[cut:])):
                    return cut, run
        if len(pending) < PIECE:
            return 0, Run()
        # A letter with thousands of marks: part of one unknown word, wherever it is cut.
        return len(pending), self.normalized(pending, places)

    def _goes_on(self, text: str, rest: str) -> bool:
        """Return whether a line break that a text ends within may go on in what follows."""
        after = self.normalizer.normalize_str(rest[: len(_BREAK)])
        for begun in self._open:
            if text.endswith(begun):
                whole = begun + after
                if whole.startswith(_BREAK) or _BREAK.startswith(whole):
                    return True
        return False

    def normalized(self, text: str, places: np.ndarray = _NO_PLACES) -> Run:
        """Return the normal form of a text.

        Args:
            text: text without characters that show nothing.
            places: where each character stands in the whole, if places are wanted.
        """
        if not self.spans:
            return Run(self.normalizer.normalize_str(text))
        split = PreTokenizedString(text)
        split.normalize(self.normalizer.normalize)
        split.split(lambda _, part: part.split(_CHARACTER, "isolated"))
        characters = split.get_splits("original", "char")
        starts = np.array([span[0] for _, span, _ in characters], np.int64)
        ends = np.array([span[1] for _, span, _ in characters], np.int64)
        found = "".join(character for character, _, _ in characters)
        return Run(found, places[starts], places[ends - 1] + 1)


@dataclass
class _Token:
    """A word or mark, where it stands in the normal form and in the text, and whether something
    that is no token stands before it."""

    text: str
    position: int
    span: tuple[int, int]
    gap: bool


class WordReader:
    """Reads the head and the tail of long texts with a word tokenizer.

    Args:
        tokenizer: a word tokenizer of the zoo.
        piece: characters that are read at once.

    Example:
        >>> from zoo.text.encoding import train_word_tokenizer
        >>> reader = WordReader(train_word_tokenizer(["a b c d"], 9), piece=2)
        >>> reader.read("a b c d", 2, 1)[0]
        [2, 3, 6]
    """

    def __init__(self, tokenizer: Tokenizer, piece: int = PIECE) -> None:
        self.tokenizer, self.piece = tokenizer, piece
        self._split = tokenizer.pre_tokenizer.pre_tokenize_str
        # Longer than every word of the vocabulary, and so unknown.
        self._unknown = "x" * (max(map(len, tokenizer.get_vocab())) + 1)
        self._unknown_id = tokenizer.get_vocab()[UNKNOWN_TOKEN]
        self._start = tokenizer.encode("").ids

    def read(
        self, text: str, head: int | None = None, tail: int = 0, spans: bool = False
    ) -> tuple[list[int], list[tuple[int, int]], bool]:
        """Return the token ids of a text, those of its head and its tail when it is longer.

        Args:
            text: the text.
            head: tokens kept from the start, the start token included; None keeps all.
            tail: tokens kept from the end.
            spans: whether places are wanted.

        Returns:
            The ids, the start token first; where the others stand in the text, first character
            and the one after the last, if wanted; and whether something was left out.
        """
        most = None if head is None else head + tail - len(self._start)
        tokens: list[_Token] = []
        for token in self._tokens(text, 0, spans):
            tokens.append(token)
            if most is not None and len(tokens) > most:
                break
        cut = most is not None and len(tokens) > most
        if cut and head is not None:
            tokens = [*tokens[: head - len(self._start)], *self._tail(text, tail, spans)]
        ids = [*self._start, *(self._id(token.text) for token in tokens)]
        return ids, [token.span for token in tokens] if spans else [], cut

    def _id(self, word: str) -> int:
        number: int | None = self.tokenizer.token_to_id(word)
        return self._unknown_id if number is None else number

    def _tokens(self, text: str, start: int, spans: bool) -> Iterator[_Token]:
        """Yield the tokens of a text from a place on, as if it began there."""
        held, base, gap = Run(), 0, start == 0
        for run in Pieces(self.tokenizer.normalizer, self.piece, spans)(text, start):
            joined = held + run if held.text else run
            words = [place for _, place in self._split(joined.text)]
            keep = self._kept(words, len(joined.text))
            yield from self._found(joined, words[:keep], base, gap)
            base += len(joined.text)
            if keep == len(words):
                held, gap = Run(), True
                continue
            gap = words[keep][0] != words[keep - 1][1] if keep else gap
            held = Run()
            for first, last in words[keep:]:
                word = self._shortened(joined.part(first, last))
                held = held + word if held.text else word
            base -= len(held.text)
        yield from self._found(held, [place for _, place in self._split(held.text)], base, gap)

    def certain(self, words: str) -> tuple[list[int], str]:
        """Return the ids of the words that nothing can change which follows, and the rest.

        Args:
            words: normalized text, from where a word may begin.
        """
        places = [place for _, place in self._split(words)]
        keep = self._kept(places, len(words))
        ids = [self._id(words[first:last]) for first, last in places[:keep]]
        rest = [words[first:last] for first, last in places[keep:]]
        return ids, "".join(self._shortened(Run(word)).text for word in rest)

    def all(self, words: str) -> list[int]:
        """Return the ids of the words of a normalized text.

        Args:
            words: the text.
        """
        return [self._id(words[first:last]) for _, (first, last) in self._split(words)]

    @staticmethod
    def _kept(places: list[tuple[int, int]], size: int) -> int:
        """Return how many words nothing can change: one that touches the end may go on, and one
        that touches it, as a word and its apostrophe."""
        keep = len(places)
        if places and places[-1][1] == size:
            keep -= 2 if len(places) > 1 and places[-2][1] == places[-1][0] else 1
        return keep

    def _found(
        self, run: Run, words: list[tuple[int, int]], base: int, gap: bool
    ) -> Iterator[_Token]:
        end = words[0][0] if words else 0
        gap = gap or end > 0
        for first, last in words:
            yield _Token(
                run.text[first:last], base + first, run.span(first, last), gap or first != end
            )
            end, gap = last, False

    def _shortened(self, word: Run) -> Run:
        """Return a word that is too long to be known as a shorter one that is not known either."""
        size = len(self._unknown)
        if len(word.text) <= size:
            return word
        if word.starts is None or word.ends is None:
            return Run(self._unknown)
        return Run(self._unknown, np.full(size, word.starts[0]), np.full(size, word.ends[-1]))

    def _tail(self, text: str, count: int, spans: bool) -> list[_Token]:
        """Return the last tokens of a text, read from ever farther before its end."""
        kept: deque[_Token] = deque(maxlen=count)
        size = 2 * self.piece
        while count:
            start = max(0, len(text) - size)
            while 0 < start < len(text) and not may_begin(text[start]):
                start += 1
            kept.clear()
            certain = start == 0
            for token in self._tokens(text, start, spans):
                # The first may be the end of a word, or of what stands for a line break.
                certain = certain or (
                    token.position >= len(_BREAK) and (token.gap or self._separates(token.text))
                )
                if certain:
                    kept.append(token)
            if start == 0 or len(kept) == count:
                break
            size *= 2
        return list(kept)

    def _separates(self, token: str) -> bool:
        """Return whether a token is a mark that is never part of a word."""
        return token != "'" and len(self._split("x" + token)) > 1
