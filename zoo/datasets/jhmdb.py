"""Human actions by the positions of fifteen joints, a subset of J-HMDB (Jhuang et al. 2013)."""

from __future__ import annotations

import io
from functools import cache

import numpy as np

from zoo.datasets.common import UNREADABLE, DataSet, fingerprint, pinned_file
from zoo.errors import DataError, InputError, shown
from zoo.schema import DatasetInfo
from zoo.series.examples import SeriesDataset

__all__ = ["ACTIONS", "DATASETS", "load_jhmdb"]

ACTIONS = (
    "catch",
    "clap",
    "golf",
    "jump",
    "pick",
    "pour",
    "pullup",
    "push",
    "run",
    "sit",
    "stand",
    "throw",
    "walk",
    "wave",
)
_TRAIN, _TEST = (433, 433, 434), (176, 176, 175)
_SHA256 = "6432e4fb398aa2b14b026f7a71fced57de97a27db7baa3a4792b57ed826b0f12"


def load_jhmdb(number: int, split: str, download: bool = True) -> SeriesDataset:
    """Load a part of one of the three splits.

    The file `jhmdb_pose.npz` is read from the folder `jhmdb_pose` of the directory `ZOO_DATA_DIR`.
    It is not fetched: the public copies are pickles, which run what they say when they are read.
    It holds what those of https://github.com/fandulu/DD-Net hold: `pose`, float32 (frames of all
    clips, 15, 2), and of every clip its `length`, its `label`, and, by split, whether it `is_test`.

    Args:
        number: of the split, from 1.
        split: `"train"` or `"test"`.
        download: of no matter.

    Returns:
        Clips of shape (time, 30), 15 to 40 frames of the x and y of fifteen joints, and the numbers
        of their actions.

    Raises:
        InputError: there is no such split.
        DataError: the data is not at hand, or not the one expected.

    Example:
        >>> len(load_jhmdb(1, "test"))  # doctest: +SKIP
        176

    Reference:
        [Jhuang et al., 2013](https://doi.org/10.1109/ICCV.2013.396)
    """
    if split not in ("train", "test"):
        raise InputError(f"Expected 'train' or 'test'. Received: {shown(split)}")
    whole, tests = _clips()
    assert whole.labels is not None
    rows = np.flatnonzero((tests[:, number - 1] == 1) == (split == "test"))
    return SeriesDataset([whole.series[row] for row in rows], whole.labels[rows])


@cache
def _clips() -> tuple[SeriesDataset, np.ndarray]:
    return pinned_file("jhmdb_pose", "jhmdb_pose.npz", None, _read)


def _read(raw: bytes, place: str) -> tuple[SeriesDataset, np.ndarray]:
    try:
        with np.load(io.BytesIO(raw), allow_pickle=False) as arrays:
            lengths, poses = arrays["length"], arrays["pose"].astype(np.float64)
            series = np.split(poses.reshape(len(poses), -1), np.cumsum(lengths)[:-1])
            data = SeriesDataset(series, arrays["label"].astype(np.int32))
            tests = arrays["is_test"].astype(np.int8)
    except UNREADABLE as error:
        raise DataError(f"{place} cannot be read: {shown(str(error), 200)}") from error
    # The splits stand where groups would, so that they are part of what is pinned.
    found = fingerprint(SeriesDataset(data.series, data.labels, tests))
    if found != _SHA256:
        raise DataError(
            f"{place} is not the data expected. Expected: the SHA-256 {_SHA256} of its numbers. "
            f"Received: {found}"
        )
    return data, tests


def _split(number: int) -> DataSet:
    return DataSet(
        info=DatasetInfo(
            name=f"jhmdb/{number}",
            title=f"J-HMDB poses, 14 of 21 actions, split {number}",
            url="https://github.com/fandulu/DD-Net",
            splits={"train": _TRAIN[number - 1], "test": _TEST[number - 1]},
        ),
        terms="research use, citing Jhuang et al. (2013)",
        load=lambda split, download: load_jhmdb(number, split, download),
        labels=ACTIONS,
        folds=tuple(f"jhmdb/{other}" for other in (1, 2, 3)),
        limits=(
            "Joints were marked by hand in short clips of films. Joints that a program finds are "
            "less exact, and it will err more often.",
            "The clips are 609 of the 928 of J-HMDB and 14 of its 21 actions: figures for all of "
            "them are no measure of it.",
        ),
    )


DATASETS = tuple(_split(number) for number in (1, 2, 3))
