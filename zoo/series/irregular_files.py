"""Irregular series of a user's own: long tables, JSON, or values in memory.

A long table has the columns `id`, `time`, `name` and `value`, a row a measurement. Times are
numbers, or dates in one form, which are read as hours since the first of each series. Numbers may
have decimal commas, where all do. Rows without a time say what does not change; one of these, named
`label`, is the class of the series. JSON is an object a series, as lines or as an array, with
`times`, `values`, `static`, and perhaps `id` and `label`, in the form that `check_irregular` takes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from zoo.common.counts import counted
from zoo.common.folders import files_of
from zoo.errors import DataError, InputError, shown
from zoo.files import read_regular
from zoo.schema import DataSource
from zoo.series.irregular import IrregularSeries, Names, check_irregular
from zoo.series.irregular_cells import moment_of, number_of, writing_of
from zoo.tables.columns import source_name, tell
from zoo.tables.encodings import unpack
from zoo.tables.json_chunks import read_objects
from zoo.tables.labels import label_name
from zoo.tables.numbers import is_missing
from zoo.tables.text_tables import MAX_BYTES, parse_text_table

__all__ = [
    "LABEL",
    "SUFFIXES",
    "IrregularSource",
    "names_in",
    "parse_irregular",
    "read_irregular",
    "tell_all",
]

SUFFIXES = (".csv", ".tsv", ".csv.gz", ".tsv.gz", ".json", ".jsonl", ".ndjson", ".jsonl.gz")
_COLUMNS = ("id", "time", "name", "value")
LABEL = "label"
_EXAMPLE = '{"times": [0.5, 2], "values": {"HR": [80, null]}, "static": {"Age": 54}}'
_HOUR = 3_600_000_000.0  # microseconds


@dataclass
class _Record:
    """What the rows of one series say."""

    rows: list[tuple[float, str, float]] = field(default_factory=list)
    static: dict[str, float] = field(default_factory=dict)
    label: str | None = None


@dataclass(frozen=True)
class IrregularSource:
    """Irregular series of one source.

    Attributes:
        name: of the source.
        sha256: of its content.
        ids: what each series is called.
        series: the series, checked.
        labels: the class of each, or None where it has none.
        told: what was found out and done, each a sentence.
    """

    name: str
    sha256: str
    ids: list[str]
    series: list[IrregularSeries]
    labels: list[str | None]
    told: tuple[str, ...] = ()

    def used(self, **used: int) -> DataSource:
        """Return what a record says of it.

        Args:
            **used: number of series by what they were used for.
        """
        return DataSource(name=self.name, sha256=self.sha256, rows=len(self.series), used=used)


def read_irregular(
    data: Any, names: Names, *, encoding: str | None = None, delimiter: str | None = None
) -> IrregularSource:
    """Read irregular series.

    Args:
        data: a file as the module says, a folder of such files, a list of series, or a pair of that
            and as many labels.
        names: what the model calls what it reads.
        encoding: of a table in text; by default it is found out.
        delimiter: what separates its columns; by default it is found out.

    Raises:
        DataError: a file cannot be read, or a row is none as the module says.
        InputError: a series is not as the model needs it.
    """
    if not isinstance(data, str | Path):
        return _in_memory(data, names)
    files, _ = files_of(str(data), SUFFIXES)
    parts = [
        parse_irregular(read_regular(file, MAX_BYTES), file, names, encoding, delimiter)
        for file in files
    ]
    digest = hashlib.sha256("".join(part.sha256 for part in parts).encode())
    return IrregularSource(
        source_name(data),
        parts[0].sha256 if len(parts) == 1 else digest.hexdigest(),
        [name for part in parts for name in part.ids],
        [item for part in parts for item in part.series],
        [label for part in parts for label in part.labels],
        tuple(line for part in parts for line in part.told),
    )


def names_in(data: Any) -> Names:
    """Return what series of a user's own call what was measured, in alphabetic order.

    Args:
        data: a file or a folder as for `read_irregular`.

    Raises:
        DataError: it cannot be read.
    """
    variables: set[str] = set()
    statics: set[str] = set()
    for file in files_of(str(data), SUFFIXES)[0]:
        if _is_json(file):
            for row in read_objects(file, example=_EXAMPLE):
                for found, key in ((variables, "values"), (statics, "static")):
                    part = row.get(key)
                    if part and not isinstance(part, Mapping):
                        raise DataError(
                            f'{file}: expected "{key}" by name, such as {{"HR": [80, null]}}, so '
                            f"that it is known what is measured. Received: {shown(part, 60)}"
                        )
                    found.update(part or ())
        else:
            for record in _records(read_regular(file, MAX_BYTES), file, None, None)[0].values():
                variables.update(name for _, name, _ in record.rows)
                statics.update(record.static)
    return Names(tuple(sorted(variables)), tuple(sorted(statics)))


def parse_irregular(
    content: bytes,
    file: str | Path,
    names: Names,
    encoding: str | None = None,
    delimiter: str | None = None,
) -> IrregularSource:
    """Read irregular series out of the content of a file.

    Args:
        content: the content.
        file: where it is, whose end says which form it has.
        names: what the model calls what it reads.
        encoding: of a table in text.
        delimiter: what separates its columns.

    Raises:
        DataError: it has another form.
        InputError: a series is not as the model needs it.
    """
    sha256, told = hashlib.sha256(content).hexdigest(), tuple[str, ...]()
    ids: list[str]
    labels: list[str | None]
    if _is_json(file):
        rows = list(read_objects(Path(file), encoding, _EXAMPLE))
        ids = [str(row.get("id", number)) for number, row in enumerate(rows, 1)]
        labels = [
            label_name(row[LABEL], f"{file}, series {number}") if LABEL in row else None
            for number, row in enumerate(rows, 1)
        ]
        series = _checked(rows, names, file)
    else:
        records, told = _records(content, file, encoding, delimiter)
        ids, labels = list(records), [record.label for record in records.values()]
        series, repeated = [], 0
        for name, record in records.items():
            item, more = _series(record, names, f"{file}, series {shown(name)}")
            series.append(item)
            repeated += more
        if repeated:
            told = (
                *told,
                f"{counted(repeated, 'measurement')} of {file} given more than once, of one name "
                "at one time: their mean is read.",
            )
    if not series:
        raise DataError(f"Expected at least one series in {file}. Received: none")
    return IrregularSource(source_name(str(file)), sha256, ids, series, labels, told)


def _is_json(file: str | Path) -> bool:
    name = str(file).lower().removesuffix(".gz")
    return name.endswith((".json", ".jsonl", ".ndjson"))


def _checked(rows: Sequence[Any], names: Names, file: str | Path) -> list[IrregularSeries]:
    try:
        return check_irregular(list(rows), names)[0] if rows else []
    except InputError as error:
        raise InputError(f"{file}: {error}") from None


def _records(
    content: bytes, file: str | Path, encoding: str | None, delimiter: str | None
) -> tuple[dict[str, _Record], tuple[str, ...]]:
    """Return what a long table says of every series, in the order in which they come."""
    table = parse_text_table(
        unpack(content, str(file), MAX_BYTES),
        str(file),
        encoding=encoding,
        delimiter=delimiter,
        names=_COLUMNS,
    )
    rows = iter(table.rows())
    _, header = next(rows, (0, []))
    known = [cell.strip().lower() for cell in header]
    if missing := [name for name in _COLUMNS if known.count(name) != 1]:
        raise DataError(
            f"{file}: expected a long table with the columns {', '.join(_COLUMNS)}, a row a "
            f"measurement, such as p1,0.5,HR,80. Received: {shown(', '.join(header), 100)}, "
            f"without {missing[0]} or with two of it"
        )
    at = [known.index(name) for name in _COLUMNS]
    mark, form = writing_of(table, at)
    found: dict[str, _Record] = {}
    unread, kinds = 0, dict[str, tuple[str, str]]()
    again: list[str] = []
    for line, cells in rows:
        if len(cells) <= max(at):
            raise DataError(
                f"{file}, line {line}: expected {len(header)} cells. Received: {len(cells)}"
            )
        name, time, what, value = (cells[index].strip() for index in at)
        if not name or not what:
            raise DataError(
                f"{file}, line {line}: expected an id and a name. Received: {shown(cells)}"
            )
        record = found.setdefault(name, _Record())
        if is_missing(value):
            unread += 1
        elif time:
            place = f"{file}, line {line}"
            moment, kind = moment_of(time, place, mark, form)
            kinds.setdefault(kind, (place, time))
            if len(kinds) > 1:
                (where, first), (place, other) = kinds.values()
                raise DataError(
                    f"{place}: expected a time of the same form as in the rows before, such as "
                    f"{shown(first)} in {where}. Received: {shown(other)}. Times are all numbers, "
                    "all dates, or all dates with a zone"
                )
            record.rows.append(
                (moment, what, number_of(value, f"{place}: expected a number", mark))
            )
        elif what.lower() == LABEL:
            label = label_name(value, f"{file}, line {line}")
            if record.label not in (None, label):
                raise DataError(
                    f"{file}, line {line}: expected one label a series, {shown(record.label)} of "
                    f"{shown(name)} as before. Received: {shown(label)}"
                )
            record.label = label
        else:
            number = number_of(value, f"{file}, line {line}: expected a number", mark)
            before = record.static.setdefault(what, number)
            if before != number:
                again.append(f"{what} of {name} {before:g} and {number:g}")
                record.static[what] = number
    written = [*table.detected, *(["with decimal commas"] if mark == "," else [])]
    told = tuple(written and [f"{file} is read as: {', '.join(written)}."])
    if others := [cell.strip() for cell in header if cell.strip().lower() not in _COLUMNS]:
        told = (
            *told,
            f"{counted(len(others), 'column')} of {file} left unread: "
            f"{shown(', '.join(others), 100)}.",
        )
    if unread:
        told = (*told, f"{counted(unread, 'row')} of {file} without a value left out.")
    if again:
        told = (
            *told,
            f"{counted(len(again), 'static value')} of {file} contradicted by a later row, which "
            f"is read: {shown(again[0])}.",
        )
    if kinds and "number" not in kinds:
        for record in found.values():
            begin = min((time for time, *_ in record.rows), default=0.0)
            record.rows = [((time - begin) / _HOUR, what, x) for time, what, x in record.rows]
        dates = (
            f"The times of {file} are dates: they are read as hours since the first of a series."
        )
        told = (*told, dates)
    if form is not None:
        told = (
            *told,
            f"The dates of {file} are read as {form.name}{form.note and '; '}{form.note}.",
        )
    return found, told


def _series(record: _Record, names: Names, place: str) -> tuple[IrregularSeries, int]:
    """Return the series of some rows, in the order of their times, and how many repeat another."""
    columns = {name: index for index, name in enumerate(names.variables)}
    if unknown := [name for _, name, _ in record.rows if name not in columns]:
        known = shown(", ".join(names.variables), 300)
        raise InputError(
            f"{place}: expected names of variables out of {known}. Received: {shown(unknown[0])}. "
            "Leave out its rows, or give what does not change without a time"
        )
    times, rows = np.unique(
        np.array([time for time, _, _ in record.rows], np.float64), return_inverse=True
    )
    where = rows * len(columns) + np.array([columns[name] for _, name, _ in record.rows], np.int64)
    size = len(times) * len(columns)
    count = np.bincount(where, minlength=size)
    total = np.bincount(where, np.array([value for *_, value in record.rows]), minlength=size)
    values = np.divide(total, count, out=np.full(size, np.nan), where=count > 0)
    given = {
        "times": times,
        "values": values.reshape(len(times), len(columns)),
        "static": record.static,
    }
    try:
        (series,), _ = check_irregular(given, names)
    except InputError as error:
        raise InputError(f"{place}: {error}") from None
    return series, int((count > 1).sum())


def _in_memory(data: Any, names: Names) -> IrregularSource:
    labels: Iterable[Any] = ()
    pair = isinstance(data, tuple) and len(data) == 2
    if pair:
        data, labels = data
    series, _ = check_irregular(data, names)
    found: list[str | None] = [label_name(label, "the labels") for label in labels]
    if pair and len(found) != len(series):
        raise InputError(
            f"Expected as many labels as series: {len(series)}. Received: {len(found)}"
        )
    if not pair:
        keys = [item.get(LABEL) if isinstance(item, Mapping) else None for item in data]
        found = [None if key is None else label_name(key, "the labels") for key in keys]
    digest = hashlib.sha256()
    for item in series:
        for part in (item.times, item.values, item.static):
            digest.update(np.ascontiguousarray(part).tobytes())
    ids = [str(number) for number in range(1, len(series) + 1)]
    return IrregularSource("series in memory", digest.hexdigest(), ids, series, found)


def tell_all(source: IrregularSource) -> None:
    """Warn of what was done to the series of a source.

    Args:
        source: the source.
    """
    for line in source.told:
        tell(line)
