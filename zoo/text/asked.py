"""Texts that a model is asked about over a network."""

from __future__ import annotations

import re
from typing import Annotated, Any

from msgspec import Meta

__all__ = ["text_input", "words_of"]

_WORD = re.compile(r"\s*\S+\s*\Z|\s*\S+|\s+")


def text_input(pipeline: Any, most: int) -> Any:
    """Return the type of a text of at most so many characters.

    Args:
        pipeline: what is asked, for which all texts are of one type.
        most: characters.
    """
    return Annotated[str, Meta(max_length=most)]


def words_of(text: str, most: int) -> list[str]:
    """Cut a text into its words, each with the spaces before it; joined, they are the text.

    Args:
        text: a text.
        most: pieces; of a longer text several words are one.

    Example:
        >>> words_of("A moving film. ", 9)
        ['A', ' moving', ' film. ']
    """
    words = _WORD.findall(text)
    count = max(1, -(-len(words) // most))
    return ["".join(words[at : at + count]) for at in range(0, len(words), count)] or [""]
