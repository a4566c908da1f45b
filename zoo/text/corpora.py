"""Running text, as a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

__all__ = ["TextCorpus"]


@dataclass(frozen=True)
class TextCorpus:
    """Running text that a language model learns from or is scored on.

    Attributes:
        counted: what its length counts.
        texts: texts that have nothing to do with each other, each of any length, such as the
            files of a folder; a model's state goes on within a text and starts anew with each.
    """

    counted: ClassVar[str] = "character"
    texts: list[str]

    def __len__(self) -> int:
        """Return the number of characters."""
        return sum(map(len, self.texts))
