"""Daily activities by an accelerometer on the wrist (Bruno et al. 2013), by volunteer."""

from __future__ import annotations

import io
import re
import tarfile
import zipfile
from collections.abc import Iterator
from functools import cache

import numpy as np

from zoo.datasets.common import UNREADABLE, DataSet, fingerprint, pinned_file
from zoo.errors import DataError, InputError, shown
from zoo.schema import DatasetInfo
from zoo.series.examples import SeriesDataset

__all__ = ["ACTIVITIES", "DATASETS", "VOLUNTEERS", "load_hmp"]

ACTIVITIES = (
    "brush teeth",
    "climb stairs",
    "comb hair",
    "descend stairs",
    "drink glass",
    "eat meat",
    "eat soup",
    "getup bed",
    "liedown bed",
    "pour water",
    "sitdown chair",
    "standup chair",
    "use telephone",
    "walk",
)
# By the name of a recording's file; how many recordings there are of each.
VOLUNTEERS = {
    "f1": 347,
    "f2": 40,
    "f3": 28,
    "f4": 99,
    "f5": 9,
    "m1": 92,
    "m2": 59,
    "m3": 35,
    "m4": 25,
    "m5": 24,
    "m6": 24,
    "m7": 24,
    "m8": 6,
    "m9": 10,
    "m10": 9,
    "m11": 8,
}
_TOTAL = sum(VOLUNTEERS.values())
_URL = (
    "https://archive.ics.uci.edu/static/public/283/"
    "dataset+for+adl+recognition+with+wrist+worn+accelerometer.zip"
)
_SHA256 = "63072315097582c7b66be9419e4b4360e91cd2bb435facdca402d586fa75b246"
_NAME = re.compile(
    r"(?:.*/)?HMP_Dataset/([A-Z][a-z]+(?:_[a-z]+)?)/Accelerometer-[^/]*-([fm]\d+)\.txt"
)
_LARGEST = 1 << 20


def load_hmp(volunteer: str, split: str, download: bool = True) -> SeriesDataset:
    """Load the recordings of one volunteer, or those of all others.

    The file is read from the folder `hmp_wrist` of the directory `ZOO_DATA_DIR`, where that is set,
    or from `~/.cache/rnn-zoo`, and fetched into the latter the first time.

    Args:
        volunteer: who is left out of training, one of `VOLUNTEERS`.
        split: `"test"` for the volunteer's recordings, `"train"` for those of the others.
        download: whether the data is fetched where it is not at hand.

    Returns:
        Recordings of shape (time, 3), the acceleration along three axes in multiples of gravity at
        32 Hz, the numbers of their activities, and as `groups` the volunteers' numbers.

    Raises:
        InputError: there is no such split.
        DataError: the data is neither at hand nor reachable, or not the one expected.

    Example:
        >>> len(load_hmp("m1", "test"))  # doctest: +SKIP
        92

    Reference:
        [Bruno et al., 2013](https://doi.org/10.1109/ICRA.2013.6630784)
    """
    if split not in ("train", "test"):
        raise InputError(f"Expected 'train' or 'test'. Received: {shown(split)}")
    whole = _recordings(download)
    assert whole.labels is not None and whole.groups is not None
    own = whole.groups == list(VOLUNTEERS).index(volunteer)
    rows = np.flatnonzero(own if split == "test" else ~own)
    return SeriesDataset(
        [whole.series[row] for row in rows], whole.labels[rows], whole.groups[rows]
    )


@cache
def _recordings(download: bool) -> SeriesDataset:
    return pinned_file(
        "hmp_wrist", "HMP_Dataset.tar.gz", _URL, _read, download=download, most=64 << 20
    )


def _read(raw: bytes, place: str) -> SeriesDataset:
    try:
        data = _parse(sorted(_members(raw)))
    except UNREADABLE as error:
        raise DataError(f"{place} cannot be read: {shown(str(error), 200)}") from error
    if fingerprint(data) != _SHA256:
        raise DataError(
            f"{place} is not the data expected. Expected: the SHA-256 {_SHA256} of its numbers. "
            f"Received: {fingerprint(data)}"
        )
    return data


def _members(raw: bytes) -> Iterator[tuple[str, str, str, bytes]]:
    """Yield activity, file, volunteer and content of every recording of an archive."""
    if raw[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            for name in archive.namelist():
                if found := _NAME.fullmatch(name):
                    with archive.open(name) as file:
                        yield found[1], name.rpartition("/")[2], found[2], file.read(_LARGEST)
        return
    with tarfile.open(fileobj=io.BytesIO(raw)) as tar:
        for member in tar:
            if found := _NAME.fullmatch(member.name):
                content = tar.extractfile(member)
                assert content is not None
                name = member.name.rpartition("/")[2]
                yield found[1], name, found[2], content.read(_LARGEST)


def _parse(members: list[tuple[str, str, str, bytes]]) -> SeriesDataset:
    series, labels, groups = [], [], []
    for activity, _, volunteer, content in members:
        codes = np.array(content.split(), np.float64).reshape(-1, 3)
        # Six bits from -1.5 to 1.5 times gravity.
        series.append(-1.5 + codes * (3.0 / 63.0))
        labels.append(ACTIVITIES.index(activity.lower().replace("_", " ")))
        groups.append(list(VOLUNTEERS).index(volunteer))
    return SeriesDataset(series, np.array(labels, np.int32), np.array(groups, np.int32))


def _left_out(volunteer: str, count: int) -> DataSet:
    return DataSet(
        info=DatasetInfo(
            name=f"hmp/{volunteer}",
            title=f"ADL Recognition with Wrist-worn Accelerometer (UCI), without {volunteer}",
            url="https://doi.org/10.24432/C5PC99",
            splits={"train": _TOTAL - count, "test": count},
        ),
        terms="research use, citing Bruno et al. (2013)",
        load=lambda split, download: load_hmp(volunteer, split, download),
        labels=ACTIVITIES,
        folds=tuple(f"hmp/{name}" for name in VOLUNTEERS),
        limits=(
            "Sixteen volunteers, one of whom made two fifths of the recordings, are all that it "
            "has learnt from, with one sensor on the right wrist. Of activities that few of them "
            "recorded, such as eating, it knows little.",
            "It gives every recording one of fourteen labels, also where nothing of the kind was "
            "done, and cannot cut a day into activities.",
        ),
    )


DATASETS = tuple(_left_out(volunteer, count) for volunteer, count in VOLUNTEERS.items())
