"""Numeric series that a model is asked about: files, or standard input."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from msgspec import structs

from zoo.common.answering import Answer, Field, Note, Request
from zoo.common.folders import files_of
from zoo.errors import InputError
from zoo.schema import ModelInfo
from zoo.series.files import SUFFIXES, SeriesReading, load_series, noted, parse_series, tell
from zoo.series.gaps import Series
from zoo.series.known import known_by
from zoo.series.long import LongTable, LongTables, read_long
from zoo.tables.text_tables import MAX_BYTES

__all__ = ["SeriesInputs", "read_asked", "read_inputs", "read_long_inputs", "series_reading"]


@dataclass(frozen=True)
class SeriesInputs:
    """The series of a request for an answer to each, out of files that hold one or many.

    Attributes:
        files: what was given.
        names: what each series is called: its file, or which of its table it is.
        series: the series.
        owners: the number of the file that each is out of.
        notes: what there is to say of the files, if they are rows; none where all was said.
        many: whether the files are tables of many series.
    """

    files: list[str]
    names: list[str]
    series: list[Series]
    owners: list[int]
    notes: list[Note]
    many: bool

    @property
    def headings(self) -> tuple[str, ...]:
        """Columns that tell series apart in a table that is printed; none of one series alone."""
        if not self.many:
            return ("series",) if len(self.names) > 1 else ()
        return ("file", "id") if len(self.files) > 1 else ("id",)

    @property
    def fields(self) -> tuple[Field, ...]:
        """The same of a table that is written, where the file is told for each already."""
        return (Field("id"),) if self.many else ()

    def told(self, number: int) -> tuple[dict[str, str], tuple[str, ...], tuple[str, ...]]:
        """Return what a series is called: in JSON, in a line that is printed, and that is written.

        Args:
            number: of the series, from 0.
        """
        name = self.names[number]
        if not self.many:
            return {"series": name}, (name,) * len(self.headings), ()
        file = {"file": self.files[self.owners[number]]} if len(self.files) > 1 else {}
        return {**file, "id": name}, (*file.values(), name), (name,)

    def by_file(self, answers: Sequence[Answer]) -> list[Answer]:
        """Return an answer a file: what is answered to each of its series.

        Args:
            answers: to each series.
        """
        if not self.many:
            return list(answers)
        found: list[list[tuple[Any, ...]]] = [[] for _ in self.files]
        for owner, answer in zip(self.owners, answers, strict=True):
            found[owner] += answer.cells
        return [Answer(None, [], cells) for cells in found]


def read_asked(
    request: Request, channels: int, reading: SeriesReading, id_column: str | None
) -> SeriesInputs:
    """Return the series of a request.

    Args:
        request: the request, whose inputs are files of a series, or tables of many.
        channels: how many channels there must be.
        reading: how tables are to be read.
        id_column: the column of such tables that says which series a line is of; None where every
            file is a series.

    Raises:
        InputError: a series is not as the model needs it, or there is none.
        DataError: a file cannot be read.
    """
    if id_column is None:
        files, series, notes = read_inputs(request, channels, reading)
        return SeriesInputs(files, files, series, list(range(len(files))), notes, many=False)
    files, tables, notes = read_long_inputs(request, channels, reading, id_column)
    return SeriesInputs(
        files,
        [name for table in tables for name in table.ids],
        [item for table in tables for item in table.series],
        [number for number, table in enumerate(tables) for _ in table.ids],
        notes,
        many=True,
    )


def series_reading(
    header: bool | None = None,
    columns: Sequence[str] | None = None,
    date_column: str | None = None,
    fill: str | None = None,
    missing: Sequence[str] | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    info: ModelInfo | None = None,
) -> SeriesReading:
    """Return how tables of series are to be read.

    Args:
        header: what `--header` says, which series have no use for.
        columns: the channels, by name or by number from 1.
        date_column: the column of dates.
        fill: how missing values are filled.
        missing: what else stands for a missing value.
        encoding: of the text.
        delimiter: what separates columns.
        info: the record of the model that is asked or tuned, which may know the columns.

    Raises:
        InputError: an option has no meaning here.
    """
    if header is not None:
        raise InputError(
            "Expected neither --header nor --no-header for series: a line without any number is "
            f"a header. Received: {'--header' if header else '--no-header'}"
        )
    return SeriesReading(
        columns or None, date_column, fill, missing or None, encoding, delimiter, known_by(info)
    )


def read_inputs(
    request: Request, channels: int, reading: SeriesReading
) -> tuple[list[str], list[Series], list[Note]]:
    """Return the names and the series of a request, and what there is to say if they are rows.

    Args:
        request: the request, whose inputs are files that `load_series` reads.
        channels: how many channels there must be.
        reading: how tables are to be read.

    Returns:
        The names, the series, whose values are float64 arrays of shape (time, channels), and
        notes; none where all was said.

    Raises:
        InputError: a series is not as the model needs it, or there is none.
        DataError: a file cannot be read.
    """
    files, content = _files(request)
    if content is not None:
        found = [parse_series(content, "standard input", channels, reading)]
    else:
        found = [load_series(file, channels, reading) for file in files]
    if request.rows:
        return files, found, noted(found)
    tell(found)
    return files, found, []


def read_long_inputs(
    request: Request, channels: int, reading: SeriesReading, id_column: str
) -> tuple[list[str], list[LongTable], list[Note]]:
    """Return the names and the tables of many series of a request, and what there is to say.

    Args:
        request: the request, whose inputs are tables that `read_long` reads.
        channels: how many channels there must be.
        reading: how tables are to be read.
        id_column: the column that says which series a line is of.

    Returns:
        The names, the tables, and notes; none where all was said.

    Raises:
        InputError: a series is not as the model needs it, or there is none.
        DataError: a file cannot be read.
    """
    files, content = _files(request)
    found = [
        read_long(
            "standard input" if file == "-" else file,
            LongTables(id_column),
            channels,
            reading,
            content,
        )
        for file in files
    ]
    if not request.rows:
        tell([series for table in found for series in table.series])
        return files, found, []
    notes = [
        structs.replace(note, first=number, count=1)
        for number, table in enumerate(found)
        for note in noted(table.series)
    ]
    return files, found, notes


def _files(request: Request) -> tuple[list[str], bytes | None]:
    """Return the files of a request; for standard input `-`, and what is read from there."""
    files = list(request.inputs)
    if request.data is not None:
        files = [str(file) for file in files_of(request.data, SUFFIXES)[0]]
    if files and files != ["-"]:
        return files, None
    return ["-"], _read_all(request.stdin)


def _read_all(stream: BinaryIO | None) -> bytes:
    if stream is None:
        raise InputError(
            "Expected a file of numbers as an argument, or lines of numbers on standard input. "
            "Received: no file, and standard input is closed"
        )
    if stream.isatty():
        logging.getLogger("zoo").info(
            "Reading numbers from standard input, a step a line; end with Ctrl-D."
        )
    content: Any = stream.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise InputError(f"Expected at most {MAX_BYTES:,} bytes on standard input. Received: more")
    return bytes(content)
