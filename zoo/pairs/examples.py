"""Sentences and their translations, or texts with several references each, as values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["PairDataset", "VariantDataset"]


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


@dataclass(frozen=True)
class VariantDataset:
    """Texts, each once, with all that is right to write of them.

    Attributes:
        sources: the texts.
        targets: the references of each, at least one.

    Example:
        >>> data = VariantDataset.of(["a", "the", "a"], ["AH", "DH AH", "EY"])
        >>> data.targets
        [('AH', 'EY'), ('DH AH',)]
        >>> data.pairs().sources
        ['a', 'a', 'the']
    """

    sources: list[str]
    targets: list[tuple[str, ...]]

    def __len__(self) -> int:
        return len(self.sources)

    @classmethod
    def of(cls, sources: Iterable[str], targets: Iterable[str]) -> VariantDataset:
        """Return rows of one reference each as texts with all of theirs, in the rows' order.

        Args:
            sources: the texts; those with several references come several times.
            targets: a reference of each row.
        """
        found: dict[str, dict[str, None]] = {}
        for source, target in zip(sources, targets, strict=True):
            found.setdefault(source, {})[target] = None
        return cls(list(found), [tuple(references) for references in found.values()])

    def pairs(self) -> PairDataset:
        """Return a row for every reference, as a network learns them."""
        rows = [
            (source, target)
            for source, references in zip(self.sources, self.targets, strict=True)
            for target in references
        ]
        return PairDataset([source for source, _ in rows], [target for _, target in rows])
