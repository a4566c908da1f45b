"""The tokens of a text that arrives in pieces of any length, which may end within a word."""

from __future__ import annotations

import msgspec
import numpy as np
from tokenizers import Tokenizer

from zoo.text.characters import CharacterReader, reads_characters
from zoo.text.pieces import HIDDEN, PIECE, Pieces, WordReader

__all__ = ["ArrivingCharacters", "ArrivingWords", "Held", "arriving"]


class Held(msgspec.Struct, frozen=True):
    """The end of a text that what follows may still change.

    Attributes:
        text: characters that are not normalized yet.
        words: normalized words, and the marks before them, that may go on; of a text read as
            characters the last one, which is certain unless it is a space.
    """

    text: str = ""
    words: str = ""


class ArrivingWords:
    """Turns a text that arrives in pieces into token ids, the same as of the whole.

    Args:
        tokenizer: a word tokenizer of the zoo.

    Attributes:
        start: int32 ids that stand before every text.

    Example:
        >>> from zoo.text.encoding import train_word_tokenizer
        >>> words = ArrivingWords(train_word_tokenizer(["a film"], 9))
        >>> ids, held = words.more(Held(), "a fi")
        >>> ids, words.rest(held)
        ([3], [1])
        >>> words.rest(words.more(held, "lm")[1])
        [4]
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._reader = WordReader(tokenizer)
        self._pieces = Pieces(tokenizer.normalizer, PIECE)
        self.start = np.array(tokenizer.encode("").ids, np.int32)

    def more(self, held: Held, text: str) -> tuple[list[int], Held]:
        """Return the ids of the words that are certain now, and what is not.

        Args:
            held: what was not certain before.
            text: what arrives.
        """
        ids: list[int] = []
        pending, words = held.text, held.words
        for at in range(0, len(text), PIECE):
            pending += HIDDEN.sub("", text[at : at + PIECE])
            cut, run = self._pieces.cut(pending)
            if cut:
                pending = pending[cut:]
                certain, words = self._reader.certain(words + run.text)
                ids += certain
        return ids, Held(pending, words)

    def rest(self, held: Held) -> list[int]:
        """Return the ids of what is held, if the text ends there.

        Args:
            held: what is not certain yet.
        """
        return self._reader.all(held.words + self._pieces.normalized(held.text).text)


class ArrivingCharacters:
    """Does what `ArrivingWords` does, with characters.

    Args:
        tokenizer: a character tokenizer of the zoo.

    Example:
        >>> from zoo.text.characters import train_characters
        >>> characters = ArrivingCharacters(train_characters(["Anna"], 9))
        >>> ids, held = characters.more(Held(), "An")
        >>> ids, characters.rest(held)
        ([4], [3])
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._reader = CharacterReader(tokenizer)
        self._pieces = Pieces(self._reader.normalizer, PIECE, breaks=False)
        self.start = np.array(self._reader.start, np.int32)

    def more(self, held: Held, text: str) -> tuple[list[int], Held]:
        """Return the ids of the characters that are certain now, and what is not.

        Args:
            held: what was not certain before.
            text: what arrives.
        """
        ids: list[int] = []
        pending, last = held.text, held.words
        for at in range(0, len(text), PIECE):
            pending += HIDDEN.sub("", text[at : at + PIECE])
            cut, run = self._pieces.cut(pending)
            if cut:
                pending = pending[cut:]
                certain, last = _after(last, run.text)
                ids += self._reader.ids(certain)
        return ids, Held(pending, last)

    def rest(self, held: Held) -> list[int]:
        """Return the ids of what is held, if the text ends there.

        Args:
            held: what is not certain yet.
        """
        return self._reader.ids(_after(held.words, self._pieces.normalized(held.text).text)[0])


def _after(last: str, text: str) -> tuple[str, str]:
    """Return what is certain of a text after a last character, and its last one.

    A space counts once something follows it, and after another character.
    """
    if last == "":
        text = text.lstrip(" ")
    elif last[-1] == " ":
        text = " " + text.lstrip(" ")
    return (text.rstrip(" "), text[-1]) if text else ("", last)


def arriving(tokenizer: Tokenizer) -> ArrivingWords | ArrivingCharacters:
    """Return what turns a text that arrives in pieces into the ids of a tokenizer.

    Args:
        tokenizer: a word or character tokenizer of the zoo.
    """
    if reads_characters(tokenizer):
        return ArrivingCharacters(tokenizer)
    return ArrivingWords(tokenizer)
