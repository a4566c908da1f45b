"""Sentences and their translations, as values."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["PairDataset"]


@dataclass(frozen=True)
class PairDataset:
    """Sentences and their translations.

    Attributes:
        sources: the sentences to translate.
        targets: the reference translation of each.
    """

    sources: list[str]
    targets: list[str]

    def __len__(self) -> int:
        return len(self.sources)
