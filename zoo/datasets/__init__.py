"""Data sets with fixed splits, fetched from their public source and cached, or integrated."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from zoo.datasets.chaos import load_lorenz, load_mackey_glass
from zoo.datasets.common import TextDataset
from zoo.datasets.imdb import load_imdb_reviews
from zoo.datasets.japanese_vowels import load_japanese_vowels
from zoo.datasets.series import SeriesDataset
from zoo.errors import InputError, shown

__all__ = [
    "LOADERS",
    "SERIES_LOADERS",
    "SeriesDataset",
    "TextDataset",
    "load_dataset",
    "load_series",
]

LOADERS: dict[str, Callable[[str], TextDataset]] = {"imdb_reviews": load_imdb_reviews}
SERIES_LOADERS: dict[str, Callable[[str], SeriesDataset]] = {
    "japanese_vowels": load_japanese_vowels,
    "lorenz": load_lorenz,
    "mackey_glass": load_mackey_glass,
}
Data = TypeVar("Data")


def load_dataset(name: str, split: str) -> TextDataset:
    """Load one split of a data set of texts of the zoo.

    Args:
        name: the data set's name, such as `"imdb_reviews"`.
        split: `"train"`, `"validation"` or `"test"`.

    Raises:
        InputError: the zoo has no such data set or split.
        DataError: the data is neither cached nor reachable.

    Example:
        >>> len(load_dataset("imdb_reviews", "validation").texts)  # doctest: +SKIP
        2500
    """
    return _load(LOADERS, name, split)


def load_series(name: str, split: str) -> SeriesDataset:
    """Load one split of a data set of numeric series of the zoo.

    Args:
        name: the data set's name, such as `"mackey_glass"`.
        split: `"train"`, `"validation"` or `"test"`.

    Raises:
        InputError: the zoo has no such data set or split.
        DataError: the data is neither at hand nor reachable.

    Example:
        >>> load_series("mackey_glass", "validation").series[0].shape
        (6000, 1)
    """
    return _load(SERIES_LOADERS, name, split)


def _load(loaders: dict[str, Callable[[str], Data]], name: str, split: str) -> Data:
    if name not in loaders:
        raise InputError(
            f"Expected a data set of the zoo: {', '.join(loaders)}. Received: {shown(name)}"
        )
    return loaders[name](split)
