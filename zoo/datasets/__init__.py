"""Data sets with fixed splits, fetched from their public source and cached."""

from __future__ import annotations

from collections.abc import Callable

from zoo.datasets.common import TextDataset
from zoo.datasets.imdb import load_imdb_reviews
from zoo.errors import InputError, shown

__all__ = ["LOADERS", "TextDataset", "load_dataset"]

LOADERS: dict[str, Callable[[str], TextDataset]] = {"imdb_reviews": load_imdb_reviews}


def load_dataset(name: str, split: str) -> TextDataset:
    """Load one split of a data set of the zoo.

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
    if name not in LOADERS:
        raise InputError(
            f"Expected a data set of the zoo: {', '.join(LOADERS)}. Received: {shown(name)}"
        )
    return LOADERS[name](split)
