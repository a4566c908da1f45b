"""Data sets as values: their examples, and what is to be said of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from zoo.schema import DatasetInfo

__all__ = ["DataSet", "PairDataset", "SeriesDataset", "TextDataset", "fingerprint"]


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
class SeriesDataset:
    """Numeric series, and their class numbers where they have any.

    Attributes:
        series: float64 arrays of shape (time, channels), one a series.
        labels: int32 array of shape (series,), the class number of each, or None.
    """

    series: list[np.ndarray]
    labels: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.series)


@dataclass(frozen=True, kw_only=True)
class DataSet:
    """A data set of the zoo: where it comes from, what it holds, and how it is scored.

    Attributes:
        info: its public name, title and address, and how many examples each split has.
        terms: what its owners allow, for cards.
        load: returns a split, of a name and of whether it may be fetched: a `TextDataset`, a
            `PairDataset` or a `SeriesDataset`.
        languages: codes of the languages of texts; of pairs the source, then the target.
        labels: names of the classes, in the order of their numbers.
        protocol: how forecasts are scored; None for all but series to be forecast.
        digests: the `fingerprint` of a split, where it is computed here and another machine may
            come to other values.
        meanings: what a figure means on this data, for cards, by the figure's name.
        limits: what a model of this data cannot know, for cards.
        examples: texts to ask a model of this data, for cards and boards; none takes those of the
            task.
        tags: what the Hub calls what is learnt from it.
    """

    info: DatasetInfo
    terms: str
    load: Callable[[str, bool], Any]
    languages: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    protocol: Any = None
    digests: Mapping[str, str] = field(default_factory=dict)
    meanings: Mapping[str, str] = field(default_factory=dict)
    limits: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Its name."""
        return self.info.name


def fingerprint(data: Any) -> str:
    """Return the SHA-256 of examples, in hexadecimal.

    Args:
        data: the examples: a dataclass of arrays, texts, and lists of either.

    Example:
        >>> fingerprint(SeriesDataset([np.zeros((1, 1))]))[:8]
        'af5570f5'
    """
    digest = hashlib.sha256()
    for value in vars(data).values():
        for part in [value] if isinstance(value, np.ndarray) else value or ():
            array = isinstance(part, np.ndarray)
            digest.update(np.ascontiguousarray(part).tobytes() if array else f"{part}\0".encode())
    return digest.hexdigest()
