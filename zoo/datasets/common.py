"""Data sets as values: how their examples are loaded, and what is to be said of them.

The kinds of examples lie with what else there is for them, as in `zoo/text/examples.py`: frozen
dataclasses of arrays, texts, and lists of either.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from zoo.schema import DatasetInfo

__all__ = ["DataSet", "fingerprint"]


@dataclass(frozen=True, kw_only=True)
class DataSet:
    """A data set of the zoo: where it comes from, what it holds, and how it is scored.

    Attributes:
        info: its public name, title and address, and how many examples each split has.
        terms: what its owners allow, for cards.
        load: returns a split, of a name and of whether it may be fetched: examples of the kind
            that tasks name as their `data`.
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
        >>> from zoo.series.examples import SeriesDataset
        >>> fingerprint(SeriesDataset([np.zeros((1, 1))]))[:8]
        'af5570f5'
    """
    digest = hashlib.sha256()
    for value in vars(data).values():
        for part in [value] if isinstance(value, np.ndarray) else value or ():
            array = isinstance(part, np.ndarray)
            digest.update(np.ascontiguousarray(part).tobytes() if array else f"{part}\0".encode())
    return digest.hexdigest()
