"""The Numenta Anomaly Benchmark 1.1: 58 series of metrics with labelled windows."""

from __future__ import annotations

import hashlib
import os
import tarfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import msgspec
import numpy as np

from zoo.datasets.common import DataSet, pinned_file
from zoo.errors import DataError, InputError, shown
from zoo.schema import DatasetInfo
from zoo.series.examples import WatchedDataset

__all__ = ["DATASETS", "load_nab"]

_ARCHIVE = "nab-1.1.tar.gz"
_WINDOWS = "labels/combined_windows.json"
_URL = "https://raw.githubusercontent.com/numenta/NAB/v1.1/{path}"
# Of the labels, and of the series by name, each followed by its content, one after another.
_SHA256 = {
    _WINDOWS: "1e1fbc4601321aad8d0f8b3784c8134299379f68f6c1f7777565f8ffd57ab6b1",
    "data": "1d71fb304ae0cf9cbf9814720b4529b6ca3dd3a946ba5c64db56b85b46a6c90e",
}
_MOST = 4 << 20  # bytes of a file
# The rows of a series that NAB leaves to detectors to learn from, before it scores any: as
# `zoo.tasks.time_series_anomaly_detection.windows` counts them.
_SHARE, _OF_ROWS = 0.15, 5_000
_HELD = 0.2

Read = Callable[[str], bytes]


def load_nab(split: str, download: bool = True) -> WatchedDataset:
    """Load a split of the Numenta Anomaly Benchmark 1.1.

    The archive `nab-1.1.tar.gz` is read from the folder `nab` of the directory `ZOO_DATA_DIR`,
    where that is set; else the files are read from `~/.cache/rnn-zoo`, and fetched into it the
    first time.

    Args:
        split: `"test"`, all 58 series whole with their windows. NAB has no other: `"train"` and
            `"validation"` are the first four fifths and the last fifth of the rows that it scores
            nothing in, 15 % of a series and at most 750, of every series.
        download: whether the data is fetched where it is not at hand.

    Returns:
        Series of shape (time, 1), with their names; of the test split with their windows too.

    Raises:
        InputError: there is no such split.
        DataError: the data is neither at hand nor reachable, or not the one expected.

    Example:
        >>> data = load_nab("test")  # doctest: +SKIP
        >>> len(data), sum(map(len, data.windows))  # doctest: +SKIP
        (58, 116)

    Reference:
        [Lavin & Ahmad, 2015](https://arxiv.org/abs/1510.03336)
    """
    if split not in ("train", "validation", "test"):
        raise InputError(f"Expected 'train', 'validation' or 'test'. Received: {shown(split)}")
    series, windows, names = _whole(
        os.environ.get("ZOO_DATA_DIR", ""), os.environ.get("XDG_CACHE_HOME", ""), download
    )
    if split == "test":
        return WatchedDataset(list(series), list(windows), names)
    parts = []
    for item in series:
        rows = int(min(_SHARE * len(item), _SHARE * _OF_ROWS))
        end = rows - round(_HELD * rows)
        parts.append(item[:end] if split == "train" else item[end:rows])
    return WatchedDataset(parts, None, names)


@cache
def _whole(
    local: str, cache_home: str, download: bool
) -> tuple[tuple[np.ndarray, ...], tuple[np.ndarray, ...], tuple[str, ...]]:
    """Return series, windows and names; the folders say where they are looked for."""
    read = _reader(local, cache_home, download)
    labels = read(_WINDOWS)
    _verify(labels, _WINDOWS)
    spans: dict[str, list[tuple[str, str]]] = msgspec.json.decode(
        labels, type=dict[str, list[tuple[str, str]]]
    )
    names = tuple(sorted(spans))
    contents = {name: read(f"data/{name}") for name in names}
    _verify(b"".join(name.encode() + contents[name] for name in names), "data")
    series, windows = [], []
    for name in names:
        lines = contents[name].decode("ascii").splitlines()[1:]
        cells = [line.split(",") for line in lines if line]
        times = [cell[0] for cell in cells]
        series.append(np.array([[float(cell[1])] for cell in cells]))
        ends = [[times.index(end.partition(".")[0]) for end in span] for span in spans[name]]
        windows.append(np.array(ends, np.int64).reshape(-1, 2))
    for array in (*series, *windows):
        array.flags.writeable = False
    return tuple(series), tuple(windows), names


def _reader(local: str, cache_home: str, download: bool) -> Read:
    """Return what reads a file of the benchmark: of the archive, of the cache, or fetched."""
    archive = Path(local) / "nab" / _ARCHIVE
    if local and archive.is_file():
        try:
            with tarfile.open(archive) as opened:
                held = {
                    member.name.removeprefix("./"): member
                    for member in opened
                    if member.isfile() and member.size <= _MOST
                }
                wanted = [name for name in held if name.startswith("data/") or name == _WINDOWS]
                contents = {}
                for name in wanted:
                    file = opened.extractfile(held[name])
                    assert file is not None
                    contents[name] = file.read()
        except (OSError, EOFError, tarfile.TarError) as error:
            raise DataError(f"{archive} cannot be read: {error}") from error
        return lambda path: contents.get(path, b"")

    def checked(content: bytes, place: str) -> bytes:
        if place.endswith(_WINDOWS):
            _verify(content, _WINDOWS)  # the names of all other files are in it
        return content

    return lambda path: pinned_file(
        "nab", path, _URL.format(path=path), checked, download=download, most=_MOST
    )


def _verify(content: bytes, what: str) -> None:
    received = hashlib.sha256(content).hexdigest()
    if received != _SHA256[what]:
        raise DataError(
            f"The {'series' if what == 'data' else 'labels'} of the data set nab are not those "
            f"expected. Expected: the SHA-256 {_SHA256[what]}. Received: {received}. Remove the "
            "copy to have it fetched again"
        )


DATASETS = (
    DataSet(
        info=DatasetInfo(
            name="nab",
            title="Numenta Anomaly Benchmark 1.1",
            url="https://github.com/numenta/NAB",
            splits={"train": 58, "validation": 58, "test": 58},
        ),
        terms="MIT",
        load=load_nab,
        meanings={
            "nab_score": (
                "`nab_score` is the score of the Numenta Anomaly Benchmark, standard profile, at "
                "the detector's one threshold: 0 for no alarm at all, 100 for one at the first "
                "row of every window and nowhere else; `nab_low_fp` and `nab_low_fn` are its other "
                "profiles, with false alarms and missed windows at double cost, at the same "
                "threshold. `nll` is the mean negative log density of a row by the forecast of "
                "it, in running deviations, and `coverage_95` the share of rows within the band "
                "that 95 % were expected in."
            ),
        },
        limits=(
            "It was chosen and is scored on 58 series of web metrics, traffic, sensors and "
            "volumes of tweets, a value every five minutes for most: it has no training part of "
            "its own, and what of the detector was chosen on it is said here.",
            "It reads one value a row, at even distances. It knows no calendar: a holiday, which "
            "the benchmark labels in one series, is to it a day of unusual values.",
            "The labels were given by people who knew what happened afterwards; some windows show "
            "nothing unusual to the eye.",
        ),
    ),
)
