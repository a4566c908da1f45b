"""Data sets as values: how their examples are loaded, and what is to be said of them.

The kinds of examples lie with what else there is for them, as in `zoo/text/examples.py`: frozen
dataclasses of arrays, texts, and lists of either.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from zoo.errors import DataError, shown
from zoo.fetching.urls import open_url
from zoo.files import write_atomically
from zoo.schema import DatasetInfo

__all__ = ["UNREADABLE", "DataSet", "fingerprint", "pinned_file", "pinned_text"]

# What reading a damaged file or archive raises.
UNREADABLE = (
    EOFError,
    KeyError,
    OSError,
    ValueError,
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
)

Content = TypeVar("Content")


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
        baselines: what plain methods come to on the test split, for cards: by what they are, the
            values of figures.
        limits: what a model of this data cannot know, for cards.
        examples: texts, or beginnings of texts, to ask a model of this data, for cards and boards;
            none takes those of the task.
        tags: what the Hub calls what is learnt from it.
        folds: names of the data sets that are the cuts of the same data, this one among them, where
            a model is to be scored on the test parts of all; see `training.evaluate --fold-run`.
    """

    info: DatasetInfo
    terms: str
    load: Callable[[str, bool], Any]
    languages: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    protocol: Any = None
    digests: Mapping[str, str] = field(default_factory=dict)
    meanings: Mapping[str, str] = field(default_factory=dict)
    baselines: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    limits: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    folds: tuple[str, ...] = ()

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


def pinned_file(
    folder: str,
    name: str,
    url: str | None,
    read: Callable[[bytes, str], Content],
    *,
    download: bool = True,
    most: int = 16 << 20,
) -> Content:
    """Return what a file of a data set holds: a local copy, a cached one, or a fetched one.

    Copies lie in the folder of that name in the directory `ZOO_DATA_DIR`, where that is set, and in
    `~/.cache/rnn-zoo`, where what is fetched is put; they may be packed by gzip, with `.gz` at
    the end of their names.

    Args:
        folder: the folder, such as `"japanese_vowels"`.
        name: the file.
        url: where it is fetched from; None where it is not fetched.
        read: returns what the content holds, given that and where it lies; it raises `DataError`
            unless that is what is pinned.
        download: whether it is fetched where it is not at hand.
        most: bytes that are fetched at most.

    Raises:
        DataError: it is neither at hand nor reachable, cannot be read, or is not what is pinned.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "rnn-zoo"
    folders = [cache / folder]
    if os.environ.get("ZOO_DATA_DIR"):
        folders.insert(0, Path(os.environ["ZOO_DATA_DIR"]) / folder)
    for place in folders:
        for path in (place / name, place / f"{name}.gz"):
            try:
                raw = path.read_bytes()
                raw = gzip.decompress(raw) if path.suffix == ".gz" and not _packed(name) else raw
            except FileNotFoundError:
                continue
            except (OSError, EOFError, zlib.error) as error:
                raise DataError(f"{path} cannot be read: {error}") from error
            return read(raw, str(path))
    try:
        if not download or url is None:
            raise FileNotFoundError("no such file, and it was not to be fetched")
        with open_url(url) as response:
            raw = response.read(most)
    except OSError as error:
        other = f", or the network to fetch {url}" if url else ""
        raise DataError(
            f"The data set {folder} could not be loaded. Expected: a copy of {name} in the folder "
            f"{folder} of ZOO_DATA_DIR (now: {os.environ.get('ZOO_DATA_DIR', 'not set')}){other}. "
            f"Received: {shown(str(error), 200)}"
        ) from error
    content = read(raw, str(url))
    write_atomically(folders[-1] / name, raw)
    return content


def pinned_text(
    folder: str,
    name: str,
    url: str | None,
    sha256: str,
    *,
    download: bool = True,
    other: Callable[[str], str | None] = lambda text: None,
) -> str:
    """Return the text of a file of a data set, which is found as `pinned_file` finds it.

    Args:
        folder: the folder, such as `"tiny_shakespeare"`.
        name: the file, in UTF-8.
        url: where it is fetched from; None where it is not fetched.
        sha256: of the file, in hexadecimal.
        download: whether it is fetched where it is not at hand.
        other: returns the text of a file with another SHA-256 where it holds the same all the
            same, and else None.

    Raises:
        DataError: it is neither at hand nor reachable, cannot be read, or is not what is pinned.
    """

    def read(raw: bytes, place: str) -> str:
        received = hashlib.sha256(raw).hexdigest()
        try:
            text = raw.decode("utf-8")
            found = text if received == sha256 else other(text)
        except UnicodeDecodeError:
            found = None
        if found is None:
            raise DataError(
                f"Expected the text {name} of the data set {folder} with the SHA-256 {sha256} in "
                f"{place}. Received: {received}. Fetch the file anew"
            )
        return found

    return pinned_file(folder, name, url, read, download=download)


def _packed(name: str) -> bool:
    return name.endswith((".gz", ".zip", ".npz"))
