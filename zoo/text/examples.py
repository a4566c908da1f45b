"""Texts and their classes, as values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["TextDataset"]


@dataclass(frozen=True)
class TextDataset:
    """Texts and their class numbers.

    Attributes:
        texts: the raw texts.
        labels: int32 array of shape (texts,), the class number of each.
    """

    texts: list[str]
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.texts)
