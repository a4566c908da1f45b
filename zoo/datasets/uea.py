"""Series of the UEA and UCR archives: gestures, activities and heartbeats, with official splits."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from zoo.datasets.common import UNREADABLE, DataSet, fingerprint, pinned_file
from zoo.errors import DataError, InputError, shown
from zoo.schema import DatasetInfo
from zoo.series.examples import SeriesDataset

__all__ = ["DATASETS", "load_uea"]

_GITHUB = "https://raw.githubusercontent.com"
_LONGEST = 64 << 20


@dataclass(frozen=True)
class _Source:
    """Where a data set lies, how its files are read, and the fingerprints of what they hold."""

    file: str
    labels: tuple[str, ...]
    parse: Callable[[str, tuple[str, ...]], SeriesDataset]
    urls: dict[str, str]
    digests: dict[str, str]


def _series_lines(text: str, labels: tuple[str, ...]) -> SeriesDataset:
    """Read `.ts`: a series a line, channels and then the class between colons."""
    series, found = [], []
    for line in text.splitlines():
        if line and line[0] not in "#@%":
            *channels, label = line.split(":")
            series.append(np.array([channel.split(",") for channel in channels], np.float64).T)
            found.append(_number(label, labels))
    return SeriesDataset(series, np.array(found, np.int32))


def _relations(text: str, labels: tuple[str, ...]) -> SeriesDataset:
    """Read `.arff` of several channels: a series a line, its channels in quotes."""
    series, found = [], []
    for line in text[text.lower().index("@data") :].splitlines()[1:]:
        if line:
            body, _, label = line.rpartition(",")
            channels = body.strip("'").split("\\n")
            series.append(np.array([channel.split(",") for channel in channels], np.float64).T)
            found.append(_number(label, labels))
    return SeriesDataset(series, np.array(found, np.int32))


def _columns(text: str, labels: tuple[str, ...]) -> SeriesDataset:
    """Read columns of numbers: a series a line, the class first."""
    rows = [np.array(line.split(), np.float64) for line in text.splitlines() if line.strip()]
    found = [_number(str(int(row[0])), labels) for row in rows]
    return SeriesDataset([row[1:, None] for row in rows], np.array(found, np.int32))


def _number(label: str, labels: tuple[str, ...]) -> int:
    """Return the number of a class that is written as its number from 1, or by its name."""
    label = label.strip().lower()
    return labels.index(label) if label in labels else int(label) - 1


_SOURCES = {
    "epilepsy": _Source(
        "Epilepsy/Epilepsy_{split}.ts",
        ("epilepsy", "walking", "running", "sawing"),
        _series_lines,
        dict.fromkeys(
            ("TRAIN", "TEST"), "https://timeseriesclassification.com/aeon-toolkit/Epilepsy.zip"
        ),
        {
            "TRAIN": "af93507f4a42034442f91d6f331c63cf34be930838d8166799b4abbd14024946",
            "TEST": "5d6e782d71499cbdbe101a33f3d19e2183cad6d67c89ecfcd628d7464cea84a6",
        },
    ),
    "ering": _Source(
        "ERing/ERing_{split}.arff",
        tuple(f"posture {number}" for number in range(1, 7)),
        _relations,
        {
            part: f"{_GITHUB}/time-series-machine-learning/tsml-java/{commit}/src/main/java/"
            f"experiments/data/mtsc/ERing/ERing_{part}.arff"
            for part, commit in (
                ("TRAIN", "62ab0e0d5c2f5b221fc1a84cd4ed80f23cbbef1d"),
                ("TEST", "ae979a60eb8fa65c8a3c2205cd67178a1a09e3ad"),
            )
        },
        {
            "TRAIN": "d2dcaaa26005d8a3b5b5bf035106f7ea8c16426a5b2a985f5e82b592bb680679",
            "TEST": "636016c33b3ad5a853e3fd99c4953f22eb86d9caaa83623856336517a0dbc6e3",
        },
    ),
    "ecg200": _Source(
        "ECG200/ECG200_{split}.txt",
        ("normal", "infarction"),
        _columns,
        {
            part: f"{_GITHUB}/stefan-pdx/lcid/31e083c0d5d33bb431d22b24f930d505db675491/"
            f"data/ECG200/ECG200_{part}"
            for part in ("TRAIN", "TEST")
        },
        {
            "TRAIN": "5611d033f619c2dbe5536f28f029e5f37bfe8eb62a7186442d033a6fd61d0d57",
            "TEST": "5bfb3a2cf876a1c8c4abcb56eeb12d6a8c24517b2d027da80d719d4249621e63",
        },
    ),
}


def load_uea(name: str, split: str, download: bool = True) -> SeriesDataset:
    """Load a split of a data set of the archives.

    The files are read from the folder `uea_ucr` of the directory `ZOO_DATA_DIR`, where that is
    set, or from `~/.cache/rnn-zoo`, and fetched into the latter the first time.

    Args:
        name: `"epilepsy"`, `"ering"` or `"ecg200"`.
        split: `"train"` or `"test"`, the official ones.
        download: whether the data is fetched where it is not at hand.

    Returns:
        Series of shape (time, channels) and their class numbers.

    Raises:
        InputError: there is no such split.
        DataError: the data is neither at hand nor reachable, or not the one expected.

    Example:
        >>> load_uea("epilepsy", "test").series[0].shape  # doctest: +SKIP
        (206, 3)

    Reference:
        [Bagnall et al., 2018](https://arxiv.org/abs/1811.00075),
        [Dau et al., 2019](https://arxiv.org/abs/1810.07758)
    """
    if split not in ("train", "test"):
        raise InputError(f"Expected 'train' or 'test'. Received: {shown(split)}")
    source, part = _SOURCES[name], split.upper()
    folder, _, file = source.file.format(split=part).rpartition("/")

    def read(raw: bytes, place: str) -> SeriesDataset:
        try:
            data = source.parse(_text(raw, file), source.labels)
        except UNREADABLE as error:
            raise DataError(f"{place} cannot be read: {shown(str(error), 200)}") from error
        if fingerprint(data) != source.digests[part]:
            raise DataError(
                f"{place} is not the data expected. Expected: the SHA-256 {source.digests[part]} "
                f"of its numbers. Received: {fingerprint(data)}"
            )
        return data

    return pinned_file(f"uea_ucr/{folder}", file, source.urls[part], read, download=download)


def _text(raw: bytes, file: str) -> str:
    """Return the text of a file that is given as it is, or in an archive."""
    if raw[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(raw)) as archive, archive.open(file) as inner:
            raw = inner.read(_LONGEST)
    return raw.decode("latin-1").replace("\r\n", "\n")


def _dataset(
    name: str, title: str, url: str, train: int, test: int, limits: tuple[str, ...]
) -> DataSet:
    return DataSet(
        info=DatasetInfo(
            name=f"uea/{name}", title=title, url=url, splits={"train": train, "test": test}
        ),
        terms="research use, citing the archive and the data's authors",
        load=lambda split, download: load_uea(name, split, download),
        labels=_SOURCES[name].labels,
        limits=limits,
    )


_ARCHIVE = "https://timeseriesclassification.com/description.php?Dataset="

DATASETS = (
    _dataset(
        "epilepsy",
        "Epilepsy (UEA)",
        f"{_ARCHIVE}Epilepsy",
        137,
        138,
        (
            "Healthy people mimicked seizures for the recordings: of real seizures it knows "
            "nothing, and it must not be used to find any.",
            "Six people wore the sensor on the wrist. On other sensors, sampling rates or places "
            "of the body it will err more often, and every movement gets one of the four labels.",
        ),
    ),
    _dataset(
        "ering",
        "ERing (UEA)",
        f"{_ARCHIVE}ERing",
        30,
        270,
        (
            "Thirty gestures are all that it has learnt from, five of each posture, by one "
            "prototype of a ring. Another ring, or another hand, may look different.",
        ),
    ),
    _dataset(
        "ecg200",
        "ECG200 (UCR)",
        f"{_ARCHIVE}ECG200",
        100,
        100,
        (
            "A hundred heartbeats, cut out and normalised by others, are all that it has learnt "
            "from. It is an exercise in classifying series and no medical device: of a patient it "
            "says nothing.",
        ),
    ),
)
