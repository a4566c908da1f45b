"""The JapaneseVowels utterances of Kudo et al. (1999): nine speakers, twelve channels."""

from __future__ import annotations

import hashlib

import numpy as np

from zoo.datasets.common import DataSet, pinned_file
from zoo.errors import DataError, InputError, shown
from zoo.schema import DatasetInfo
from zoo.series.examples import SeriesDataset

__all__ = ["DATASETS", "LABELS", "load_japanese_vowels"]

LABELS = tuple(str(number) for number in range(1, 10))

# A release of the aeon toolkit, which carries the files of the UEA archive. Copies differ in the
# header above the data: what is pinned is the SHA-256 of the data, lines ending in one newline.
_URL = (
    "https://raw.githubusercontent.com/aeon-toolkit/aeon/v1.0.0/"
    "aeon/datasets/data/JapaneseVowels/JapaneseVowels_{split}.ts"
)
_SHA256 = {
    "TRAIN": "be4588c3d9db2a3661f2834139009421d3ce074cc7f5e9b8ea2dabffa25f2962",
    "TEST": "a5dbcba1eec912bb1c96bc70498b38fac1f811760adfdf2d3ed95fb16ece21d1",
}


def load_japanese_vowels(split: str, download: bool = True) -> SeriesDataset:
    """Load a split of the utterances of two Japanese vowels; the class is the speaker.

    The files are read from the folder `japanese_vowels` of the directory `ZOO_DATA_DIR`, where
    that is set, or from `~/.cache/rnn-zoo`, and fetched into the latter the first time.

    Args:
        split: `"train"` (270 utterances, 30 of each speaker) or `"test"` (370): the official
            ones. What is chosen by validation is chosen in cross-validation of the first.
        download: whether the data is fetched where it is not at hand.

    Returns:
        Utterances of shape (time, 12), 7 to 29 steps long, and class numbers from 0 to 8, which
        stand for the speakers 1 to 9.

    Raises:
        InputError: there is no such split.
        DataError: the data is neither at hand nor reachable, or not the one expected.

    Example:
        >>> load_japanese_vowels("test").series[0].shape  # doctest: +SKIP
        (19, 12)

    Reference:
        [Kudo et al., 1999](https://doi.org/10.1016/S0167-8655(99)00077-X)
    """
    if split not in ("train", "test"):
        raise InputError(f"Expected 'train' or 'test'. Received: {shown(split)}")
    lines = _content(split.upper(), download).decode("ascii").split("\n")[1:]
    series, labels = [], []
    for line in filter(None, lines):
        *channels, label = line.split(":")
        series.append(np.array([channel.split(",") for channel in channels], np.float64).T)
        labels.append(LABELS.index(label))
    return SeriesDataset(series, np.array(labels, np.int32))


def _content(part: str, download: bool = True) -> bytes:
    """Return the data of one file from its first line, `@data`, on: local, cached or fetched."""
    return pinned_file(
        "japanese_vowels",
        f"JapaneseVowels_{part}.ts",
        _URL.format(split=part),
        lambda raw, place: _verified(raw, part, place),
        download=download,
    )


def _verified(raw: bytes, part: str, source: object) -> bytes:
    content = raw.replace(b"\r\n", b"\n")
    content = content[max(0, content.find(b"@data")) :].strip() + b"\n"
    received = hashlib.sha256(content).hexdigest()
    if received != _SHA256[part]:
        raise DataError(
            f"{source} is not the data expected. Expected: the SHA-256 {_SHA256[part]} from the "
            f"line @data on. Received: {received}"
        )
    return content


DATASETS = (
    DataSet(
        info=DatasetInfo(
            name="japanese_vowels",
            title="Japanese Vowels (UCI)",
            url="https://archive.ics.uci.edu/dataset/128/japanese+vowels",
            splits={"train": 270, "test": 370},
        ),
        terms="CC BY 4.0, citing Kudo et al. (1999)",
        load=load_japanese_vowels,
        labels=LABELS,
        limits=(
            "It tells these nine male speakers apart by one pair of vowels each, in the "
            "coefficients that the data set holds; it cannot recognise anyone else, and "
            "gives everyone else one of the nine labels.",
            "The utterances of a speaker were recorded together. On recordings of another "
            "day or another microphone it will err more often.",
            "It must not be used to identify people.",
        ),
    ),
)
