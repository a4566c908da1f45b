"""Data sets with fixed splits, fetched from their public source and cached, or integrated."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from zoo.datasets.chaos import load_lorenz, load_mackey_glass
from zoo.datasets.common import TextDataset
from zoo.datasets.imdb import load_imdb_reviews
from zoo.datasets.japanese_vowels import load_japanese_vowels
from zoo.datasets.multi30k import PairDataset, load_multi30k
from zoo.datasets.series import SeriesDataset
from zoo.errors import InputError, shown

__all__ = ["LOADERS", "PairDataset", "SeriesDataset", "TextDataset", "load_dataset"]

LOADERS: dict[str, Callable[..., Any]] = {
    "imdb_reviews": load_imdb_reviews,
    "japanese_vowels": load_japanese_vowels,
    "lorenz": load_lorenz,
    "mackey_glass": load_mackey_glass,
    "multi30k/de-en": partial(load_multi30k, source="de", target="en"),
    "multi30k/en-de": partial(load_multi30k, source="en", target="de"),
}


# What is integrated here is at hand always.
_INTEGRATED = {"lorenz", "mackey_glass"}


def load_dataset(name: str, split: str, *, download: bool = True) -> Any:
    """Load one split of a data set of the zoo.

    Args:
        name: the data set's name, such as `"imdb_reviews"` or `"multi30k/de-en"`.
        split: `"train"`, `"validation"` or `"test"`.
        download: whether the data is fetched where it is not at hand.

    Returns:
        A `TextDataset`, a `PairDataset` of sentences and translations, or a `SeriesDataset`.

    Raises:
        InputError: the zoo has no such data set or split.
        DataError: the data is neither cached nor reachable, or not to be fetched.

    Example:
        >>> len(load_dataset("imdb_reviews", "validation").texts)  # doctest: +SKIP
        2500
    """
    if name not in LOADERS:
        raise InputError(
            f"Expected a data set of the zoo: {', '.join(LOADERS)}. Received: {shown(name)}"
        )
    if download or name in _INTEGRATED:
        return LOADERS[name](split)
    return LOADERS[name](split, download=False)
