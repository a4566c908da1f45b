"""Data sets with fixed splits, fetched from their public source and cached, or integrated.

A file a data set; its name is its registration, and only the one that is asked for is imported.
"""

from __future__ import annotations

import importlib
from functools import cache
from pathlib import Path
from typing import Any

from zoo.datasets.common import DataSet
from zoo.errors import InputError, shown
from zoo.pairs.examples import PairDataset
from zoo.series.examples import SeriesDataset
from zoo.text.corpora import TextCorpus
from zoo.text.examples import TextDataset

__all__ = [
    "KNOWN",
    "DataSet",
    "PairDataset",
    "SeriesDataset",
    "TextCorpus",
    "TextDataset",
    "dataset_named",
    "load_dataset",
]

# Those that were asked for, by name; what is put here is found too.
KNOWN: dict[str, DataSet] = {}


@cache
def _files() -> tuple[str, ...]:
    files = Path(__file__).parent.glob("*.py")
    return tuple(sorted(file.stem for file in files if file.stem not in ("__init__", "common")))


def _read(file: str) -> None:
    for dataset in importlib.import_module(f"{__name__}.{file}").DATASETS:
        KNOWN.setdefault(dataset.name, dataset)


def dataset_named(name: str) -> DataSet | None:
    """Return a data set of the zoo, or None if it has none of that name.

    Args:
        name: its name, such as `"imdb_reviews"` or `"multi30k/de-en"`, which may come out of a
            file: it reaches no import unless there is a file of that name here.

    Example:
        >>> dataset_named("multi30k/de-en").languages
        ('de', 'en')
    """
    file = name.partition("/")[0]
    if name not in KNOWN and file in _files():
        _read(file)
    return KNOWN.get(name)


def load_dataset(name: str, split: str, *, download: bool = True) -> Any:
    """Load one split of a data set of the zoo.

    Args:
        name: the data set's name, such as `"imdb_reviews"` or `"multi30k/de-en"`.
        split: `"train"`, `"validation"` or `"test"`.
        download: whether the data is fetched where it is not at hand.

    Returns:
        Examples of its kind, such as a `TextDataset`.

    Raises:
        InputError: the zoo has no such data set or split.
        DataError: the data is neither cached nor reachable, or not to be fetched.

    Example:
        >>> len(load_dataset("imdb_reviews", "validation").texts)  # doctest: +SKIP
        2500
    """
    dataset = dataset_named(name)
    if dataset is None:
        for file in _files():
            _read(file)
        raise InputError(
            f"Expected a data set of the zoo: {', '.join(sorted(KNOWN))}. Received: {shown(name)}"
        )
    return dataset.load(split, download)
