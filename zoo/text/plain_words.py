"""Words of plain texts to token ids, several times as fast as the tokenizers library.

Most texts hold no character whose normal form is another, but for case, and Python's own regular
expressions split them. The ids are those of the library, which reads all other texts.
"""

from __future__ import annotations

import re

import numpy as np
from tokenizers import Tokenizer

from zoo.text.forms import UNKNOWN_TOKEN

__all__ = ["PlainWords"]

# A word with the apostrophes inside it, or one mark; control characters separate.
_ascii = re.compile(r"\w+(?:'\w+)*|[^\w\s\x00-\x1f\x7f]", re.ASCII).findall
_latin = re.compile(r"\w+(?:'\w+)*|[^\w\s\x00-\x1f\x7f-\x9f]").findall
# Beside ASCII: control characters, as other encodings leave them behind, Latin letters with
# accents, dashes and quotation marks.
_other = re.compile(
    "[^\\x00-\\x9f\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff\u2013\u2014\u2018\u2019\u201c\u201d]"
).search


class _Ids(dict[str, int]):
    """Ids by word; a word that is missing has that of unknown words."""

    unknown = 0

    def __missing__(self, word: str) -> int:
        return self.unknown


class PlainWords:
    """Turns plain texts into token ids.

    Args:
        tokenizer: a word tokenizer of the zoo.

    Example:
        >>> from zoo.text.encoding import train_word_tokenizer
        >>> words = PlainWords(train_word_tokenizer(["a film"], 9))
        >>> words("A film!").tolist(), words("\\u2165")
        ([2, 3, 4, 1], None)
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        ids = _Ids(tokenizer.get_vocab())
        ids.unknown = ids[UNKNOWN_TOKEN]
        self._id = ids.__getitem__
        self._start = tokenizer.encode("").ids

    def __call__(self, text: str) -> np.ndarray | None:
        """Return int32 token ids, the start token first, or None for a text that is not plain.

        Args:
            text: the text.
        """
        split = _ascii
        plain = text.lower().replace("<br />", " ").replace("`", "'")
        if not text.isascii():
            if _other(text):
                return None
            split, plain = _latin, plain.replace("\u2018", "'").replace("\u2019", "'")
        return np.array([*self._start, *map(self._id, split(plain))], np.int32)
