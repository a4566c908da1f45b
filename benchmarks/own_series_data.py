"""Small public sets of series, as `benchmarks/own_series.py` reads them, in a user's own forms.

They are read from the directory `ZOO_DATA_DIR`, in the forms that their authors gave them, and
written as tables and folders, which is what `zoo finetune` reads.
"""

from __future__ import annotations

import csv
import gzip
import io
import os
import tarfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["CLASSES", "FORECASTS", "Forecast", "Labelled", "drawn", "write_classes", "write_table"]


@dataclass(frozen=True)
class Forecast:
    """A series whose last part is forecast, window after window.

    Attributes:
        title: what it is.
        dates: datetime64 array of shape (time,).
        values: float64 array of shape (time, channels).
        horizon: steps of a forecast.
        seasons: steps after which it may repeat, the shortest first.
    """

    title: str
    dates: np.ndarray
    values: np.ndarray
    horizon: int
    seasons: tuple[int, ...]

    @property
    def end(self) -> int:
        """How many steps there are to learn from: four fifths."""
        return len(self.values) * 4 // 5

    @property
    def origins(self) -> range:
        """The steps before which forecasts begin: they cover the test part once."""
        return range(self.end, len(self.values) - self.horizon + 1, self.horizon)

    @property
    def truth(self) -> np.ndarray:
        """What follows them, of shape (origins, horizon, channels)."""
        return np.stack([self.values[place : place + self.horizon] for place in self.origins])

    @property
    def scale(self) -> np.ndarray:
        """Deviations of the channels in all that there is to learn from."""
        deviations: np.ndarray = self.values[: self.end].std(axis=0)
        return deviations


@dataclass(frozen=True)
class Labelled:
    """Series and their classes, with the official split.

    Attributes:
        title: what it is.
        few: examples of every class in the smaller of the two sizes.
        long: whether they are given as one long table, or else as a folder for every class.
        train: arrays of shape (time, channels) and the names of their classes.
        test: the same.
    """

    title: str
    few: int
    long: bool
    train: tuple[list[np.ndarray], list[str]]
    test: tuple[list[np.ndarray], list[str]]


def _directory(name: str) -> Path:
    return Path(os.environ["ZOO_DATA_DIR"]) / name


def _exchange_rate() -> Forecast:
    with gzip.open(_directory("exchange_rate") / "exchange_rate.txt.gz", "rt") as file:
        values = np.loadtxt(file, delimiter=",")
    # The file has no dates: as usual its days are counted from the first of 1990 on.
    dates = np.datetime64("1990-01-01") + np.arange(len(values))
    return Forecast("Exchange rates of eight currencies, daily", dates, values, 30, (7,))


def _nyc_taxi() -> Forecast:
    with tarfile.open(_directory("nab") / "nab-1.1.tar.gz") as archive:
        file = archive.extractfile("./data/realKnownCause/nyc_taxi.csv")
        assert file is not None
        rows = list(csv.reader(io.TextIOWrapper(file, "ascii")))[1:]
    dates = np.array([row[0] for row in rows], "datetime64[s]")
    values = np.array([[float(row[1])] for row in rows])
    return Forecast("Taxi passengers in New York, half-hourly", dates, values, 48, (48, 336))


def _archive(name: str, title: str, few: int, long: bool) -> Labelled:
    parts = []
    for split in ("TRAIN", "TEST"):
        path = _directory("uea_ucr") / name / f"{name}_{split}.ts.gz"
        series, labels = [], []
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for line in file:
                if line.strip() and line[0] not in "#@%":
                    *channels, label = line.strip().split(":")
                    series.append(np.array([c.split(",") for c in channels], np.float64).T)
                    labels.append(f"class {label}")
        parts.append((series, labels))
    return Labelled(title, few, long, *parts)


FORECASTS: dict[str, Callable[[], Forecast]] = {
    "exchange_rate": _exchange_rate,
    "nyc_taxi": _nyc_taxi,
}
CLASSES: dict[str, Callable[[], Labelled]] = {
    "RacketSports": lambda: _archive(
        "RacketSports", "Strokes of badminton and squash, by a watch of 6 channels", 8, False
    ),
    "Libras": lambda: _archive("Libras", "Movements of hands in videos, 2 channels", 4, True),
}


def drawn(labels: Sequence[str], few: int, seed: int) -> list[int]:
    """Return the rows of some examples, as many of every class.

    Args:
        labels: of all examples.
        few: how many of every class.
        seed: of the draw.
    """
    generator = np.random.default_rng(seed)
    found: list[int] = []
    for name in sorted(set(labels)):
        rows = [row for row, label in enumerate(labels) if label == name]
        found += generator.permutation(rows)[:few].tolist()
    return sorted(found)


def write_table(path: Path, dates: np.ndarray, values: np.ndarray) -> dict[str, Any]:
    """Write a series as a table with dates; return the options by which it is read.

    Args:
        path: the CSV file to write.
        dates: datetime64 array of shape (time,).
        values: float array of shape (time, channels).
    """
    names = [f"y{number + 1}" for number in range(values.shape[1])]
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["ds", *names])
        for date, row in zip(dates, values.tolist(), strict=True):
            table.writerow([str(date).replace("T", " "), *map(repr, row)])
    return {"date_column": "ds", "columns": names}


def write_classes(
    path: Path, series: Sequence[np.ndarray], labels: Sequence[str], long: bool
) -> tuple[Path, dict[str, Any]]:
    """Write series and their classes; return where, and the options by which they are read.

    Args:
        path: the folder to write to.
        series: arrays of shape (time, channels).
        labels: the class of each.
        long: whether as one table, a line a step, or else a file each in a folder for its class.
    """
    names = [f"x{number + 1}" for number in range(series[0].shape[1])]
    if long:
        place = path / "long.csv"
        with place.open("w", encoding="utf-8", newline="") as file:
            table = csv.writer(file)
            table.writerow(["recording", *names, "kind"])
            for number, (item, label) in enumerate(zip(series, labels, strict=True)):
                for row in item.tolist():
                    table.writerow([f"r{number}", *map(repr, row), label])
        return place, {"id_column": "recording", "label_column": "kind"}
    place = path / "recordings"
    for number, (item, label) in enumerate(zip(series, labels, strict=True)):
        (place / label).mkdir(parents=True, exist_ok=True)
        header = ",".join(names)
        file = place / label / f"{number}.csv"
        np.savetxt(file, item, "%.17g", delimiter=",", header=header, comments="")
    return place, {}
