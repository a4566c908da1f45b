"""The electricity transformer temperatures of Zhou et al. (2021): two hourly series."""

from __future__ import annotations

import csv
import functools
import hashlib

import numpy as np

from zoo.datasets.common import DataSet, pinned_file
from zoo.errors import DataError, InputError, shown
from zoo.schema import DatasetInfo
from zoo.series.examples import SeriesDataset
from zoo.series.protocol import ForecastProtocol

__all__ = ["CHANNELS", "DATASETS", "load_ett"]

CHANNELS = ("HUFL", "HULL", "MUFL", "MULL", "LUFL", "LULL", "OT")

_URL = (
    "https://raw.githubusercontent.com/zhouhaoyi/ETDataset/"
    "1d16c8f4f943005d613b5bc962e9eeb06058cf07/ETT-small/{file}"
)
_SHA256 = {
    "ETTh1.csv": "f18de3ad269cef59bb07b5438d79bb3042d3be49bdeecf01c1cd6d29695ee066",
    "ETTh2.csv": "a3dc2c597b9218c7ce1cd55eb77b283fd459a1d09d753063f944967dd6b9218b",
}
# Twelve, four and four months of thirty days, as is customary.
_SPLITS = {"train": (0, 8_640), "validation": (8_640, 11_520), "test": (11_520, 14_400)}
# What a model may read before the first step that it is scored on: the end of the part before.
_READ = 720
_HORIZONS = (24, 96, 192, 336, 720)


def load_ett(name: str, split: str, download: bool = True) -> SeriesDataset:
    """Load a part of one of the hourly series.

    The files are read from the folder `ett` of the directory `ZOO_DATA_DIR`, where that is set, or
    from `~/.cache/rnn-zoo`, and fetched into the latter the first time.

    Args:
        name: `"ETTh1"` or `"ETTh2"`.
        split: `"train"` (8,640 hours), `"validation"` or `"test"` (2,880 hours each, after the
            720 before them, which are read and not scored).
        download: whether the data is fetched where it is not at hand.

    Returns:
        One series of shape (time, 7), in the units of the file.

    Raises:
        InputError: there is no such split.
        DataError: the data is neither at hand nor reachable, or not the one expected.

    Example:
        >>> load_ett("ETTh1", "test").series[0].shape  # doctest: +SKIP
        (3600, 7)

    Reference:
        [Zhou et al., 2021](https://arxiv.org/abs/2012.07436)
    """
    if split not in _SPLITS:
        raise InputError(f"Expected one of {', '.join(_SPLITS)}. Received: {shown(split)}")
    first, end = _SPLITS[split]
    return SeriesDataset([_rows(f"{name}.csv", download)[max(0, first - _READ) : end].copy()])


@functools.lru_cache(maxsize=2)
def _rows(file: str, download: bool) -> np.ndarray:
    url = _URL.format(file=file)
    text = pinned_file(
        "ett", file, url, lambda raw, place: _verified(raw, file, place), download=download
    )
    header, *rows = csv.reader(text.splitlines())
    assert tuple(header[1:]) == CHANNELS
    return np.array([row[1:] for row in rows], np.float64)


def _verified(content: bytes, file: str, place: str) -> str:
    received = hashlib.sha256(content).hexdigest()
    if received != _SHA256[file]:
        raise DataError(
            f"{place} is not the data expected. Expected: the SHA-256 {_SHA256[file]}. "
            f"Received: {received}"
        )
    return content.decode("ascii")


_MEANING = (
    "`mse_H` and `mae_H` are the mean squared and the mean absolute error over the H hours that "
    "follow, all seven channels, in standard deviations of the training part, over the windows "
    "from every hour of the test part, none left out. `coverage_80`, of a model of quantiles, is "
    "the share of the true values between the quantiles .1 and .9, which ought to be 80 %; "
    "`uncalibrated_80` is what it was before they were calibrated on the validation part. That "
    "lies before the test part, and the two are not alike: nothing makes it 80 % on what comes "
    "later."
)


def _dataset(name: str, published: str) -> DataSet:
    return DataSet(
        info=DatasetInfo(
            name=f"ett/{name[3:]}",
            title=f"Electricity transformer temperature, hourly ({name})",
            url="https://github.com/zhouhaoyi/ETDataset",
            splits={split: end - first for split, (first, end) in _SPLITS.items()},
        ),
        terms="CC BY-ND 4.0, citing Zhou et al. (2021)",
        load=lambda split, download: load_ett(name, split, download),
        protocol=ForecastProtocol(horizon=96, first=_READ, stride=1, horizons=_HORIZONS, season=24),
        meanings={"mse_96": f"{_MEANING} {published}"},
        limits=(
            "It knows one transformer over one year and a half, in one unit of time, the hour. On "
            "any other series its forecasts are no more than a beginning: fine-tune it on yours.",
            "It reads numbers alone: neither the date nor the weather, and no holidays.",
            "What it was scored on comes right after what it was trained on. The further away in "
            "time, the worse it will be.",
        ),
        tags=("electricity",),
    )


DATASETS = (
    _dataset(
        "ETTh1",
        "With a model for every horizon SegRNN published .351 / .392 at 96 hours, .392 / .414 at "
        "192, .423 / .433 at 336 and .466 / .472 at 720; PatchTST .375 / .404 and DLinear .381 / "
        ".407 at 96 (Lin et al. 2023).",
    ),
    _dataset(
        "ETTh2",
        "With a model for every horizon SegRNN published .276 / .335 at 96 hours, .341 / .389 at "
        "192, .364 / .403 at 336 and .403 / .448 at 720 (Lin et al. 2023).",
    ),
)
