"""Series of a user's own: a file, a folder of files, a folder for every class, or arrays."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import UNSET

from zoo.common.counts import counted
from zoo.common.folders import files_in
from zoo.common.user_warnings import warn_user
from zoo.errors import DataError, InputError, shown, shown_path
from zoo.files import read_regular
from zoo.schema import DataSource
from zoo.series.arrays import check_series
from zoo.series.files import SUFFIXES, SeriesReading, load_series, tell
from zoo.series.gaps import Series
from zoo.series.known import NOTHING, Known, in_one_order, known_from
from zoo.series.long import LongTables, read_long
from zoo.tables.columns import source_name
from zoo.tables.text_tables import MAX_BYTES

__all__ = ["SeriesSource", "read_source"]


@dataclass(frozen=True)
class SeriesSource:
    """Series of one source, with the names of their classes where they have any.

    Attributes:
        name: of the source.
        sha256: of its content.
        series: float64 arrays of shape (time, channels).
        labels: the class of each; empty where they have none.
        known: what a model that is tuned on them knows of them.
    """

    name: str
    sha256: str
    series: list[np.ndarray]
    labels: list[str]
    known: Known = NOTHING

    def used(self, **used: int) -> DataSource:
        """Return what a record says of it.

        Args:
            **used: number of series by what they were used for.
        """
        return DataSource(
            name=self.name,
            sha256=self.sha256,
            rows=len(self.series),
            used=used,
            columns=self.known.columns or UNSET,
            step=self.known.step or UNSET,
        )

    def reading(self, reading: SeriesReading | None) -> SeriesReading:
        """Return how tables are to be read that hold more of the same series.

        Args:
            reading: how those of this source were read.
        """
        return replace(reading or SeriesReading(), known=self.known)


def read_source(
    data: Any,
    *,
    classes: bool,
    channels: int | None = None,
    reading: SeriesReading | None = None,
    long: LongTables | None = None,
) -> SeriesSource:
    """Read series, and their classes where they have any.

    Args:
        data: a file of a series, or a folder of them; with classes a folder with a folder of
            files for every class. Or a list of arrays, with classes a pair: that, and as many
            labels. Or a table of many series, where `long` says so.
        classes: whether the series have classes.
        channels: how many channels there must be; None takes what is there.
        reading: how tables are to be read.
        long: which columns of a table of many series say what they are; None where every series is
            a file.

    Raises:
        DataError: there is no series, or a file cannot be read.
        InputError: a series has another number of channels, or values are missing.
    """
    if not isinstance(data, str | Path):
        return _in_memory(data, classes, channels)
    path = Path(data)
    if long is not None:
        return _of_table(path, long, channels, reading)
    folders = [path]
    if classes:
        folders = sorted(inner for inner in path.glob("*/") if not inner.name.startswith("."))
    if not classes and not path.is_dir() and path.exists():
        files, others = [path], list[Path]()
    else:
        files, others = files_in(folders, SUFFIXES)
    if not files:
        wanted = (
            "a folder with a folder of CSV, TSV or NPY files for every class, or a table of many "
            "series with --id-column"
            if classes
            else "a CSV, TSV or NPY file of a series, or a folder of them"
        )
        raise DataError(f"Expected {wanted}. Received: {shown_path(data)}, which is none")
    empty = sorted({folder.name for folder in folders} - {file.parent.name for file in files})
    if classes and empty:
        warn_user(
            f"{counted(len(empty), 'folder')} in {shown_path(data)} without any series, such as "
            f"{shown(empty[0])}: there is no such class"
        )
    if others:
        warn_user(
            f"Not read in {shown_path(data)}: {counted(len(others), 'file')}, such as "
            f"{shown(others[0].name)}: series are files of {', '.join(SUFFIXES)}",
        )
    digest = hashlib.sha256()
    found = []
    for file in files:
        found.append(load_series(file, channels, reading))
        digest.update(f"{file.relative_to(path)}\0".encode("utf-8", "surrogateescape"))
        digest.update(read_regular(file, MAX_BYTES))
    tell(found)
    found = _alike(found)
    labels = [file.parent.name for file in files] if classes else []
    series, _ = check_series([item.values for item in found], channels)
    return SeriesSource(source_name(path), digest.hexdigest(), series, labels, known_from(found))


def _alike(series: Sequence[Series]) -> list[Series]:
    """Return series with their channels in one order where names decide it.

    Series of which some have other channels than most are refused; other names are told.
    """
    counts = Counter(item.values.shape[1] for item in series)
    usual = max(counts, key=counts.__getitem__)
    odd = next((item for item in series if item.values.shape[1] != usual), None)
    if odd is not None:
        listed = f": {shown(', '.join(odd.columns), 200)}" if odd.columns else ""
        raise InputError(
            f"Expected {counted(usual, 'channel')} in every series, as most have. Received: "
            f"{odd.values.shape[1]} in {odd.name}{listed}. Leave that series out, or choose the "
            "columns that all have with --columns"
        )
    series = in_one_order(series)
    names = Counter(item.columns for item in series if item.columns)
    if len(names) > 1:
        (most, _), *_ = names.most_common(1)
        others = [item for item in series if item.columns not in ((), most)]
        warn_user(
            f"{len(others)} of {len(series)} series call their columns otherwise than most: "
            f"{others[0].name}: {shown(', '.join(others[0].columns), 200)} where others have "
            f"{shown(', '.join(most), 200)}. They are taken in their order; name them with "
            "--columns where that is wrong"
        )
    return series


def _of_table(
    path: Path, long: LongTables, channels: int | None, reading: SeriesReading | None
) -> SeriesSource:
    if path.is_dir():
        raise InputError(
            f"Expected a table of many series, for there is a column {shown(long.id_column)} that "
            f"tells them apart. Received: the folder {shown_path(path)}. Leave --id-column out"
        )
    table = read_long(path, long, channels, reading)
    tell(table.series)
    found = _alike(table.series)
    series, _ = check_series([item.values for item in found], channels)
    return SeriesSource(source_name(path), table.sha256, series, table.labels, known_from(found))


def _in_memory(data: Any, classes: bool, channels: int | None) -> SeriesSource:
    labels: list[str] = []
    if classes:
        if not isinstance(data, tuple | list) or len(data) != 2 or len(data[0]) != len(data[1]):
            raise InputError(
                "Expected a folder, or a pair of a list of series and a list of as many labels. "
                f"Received: {shown(data)}"
            )
        data, labels = data[0], [str(label) for label in data[1]]
    series, _ = check_series(data, channels)
    digest = hashlib.sha256()
    for item in series:
        digest.update(item.tobytes())
    return SeriesSource("arrays in memory", digest.hexdigest(), series, labels)
