"""Two columns of a user's data: CSV, TSV, JSON lines, Parquet, a folder a class, TFDS, the Hub."""

from __future__ import annotations

import hashlib
import json
import os
import re
from array import array
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path
from typing import Any

from zoo.common.counts import counted
from zoo.common.strict_json import unique_keys
from zoo.errors import DataError, InputError, shown, shown_path
from zoo.files import read_regular
from zoo.tables.budget import Budget
from zoo.tables.columns import Columns, Places, Reading, printable, tell
from zoo.tables.encodings import decode, unpack
from zoo.tables.header import Row, check_columns, choose_columns, header_at
from zoo.tables.labelled_lines import read_labelled_lines
from zoo.tables.memory_tables import is_table, read_lists, read_table, table_names
from zoo.tables.text_tables import MAX_BYTES, TextTable, read_text_table

__all__ = ["has_columns", "read_columns"]

_FORMATS = "a CSV, TSV, JSON lines (.jsonl) or Parquet file, a folder with a folder of .txt files "
_FORMATS += "for every class, a file of the Hub, such as hf://datasets/user/repo/file.parquet, or "
_FORMATS += "the name of a TensorFlow data set, such as ag_news_subset:train"
_DECODER = json.JSONDecoder(object_pairs_hook=unique_keys)
_PARQUET = ".parquet"
_FIRST = 60
_SAMPLE = 1_000
_CELL = 64  # bytes that a short text takes


def read_columns(
    source: Any,
    first: str,
    second: str | None,
    reading: Reading | None = None,
    lists: Collection[str] = (),
) -> Columns:
    """Read two columns of a table.

    What is found out about a table in text is told in a warning: its encoding where it is not
    UTF-8, its separator where the file's name says another, and which columns were taken where
    none have the names.

    Args:
        source: a table in text (`.csv`, `.tsv`, `.txt` or any other name, also with `.gz`), JSON
            lines (`.jsonl`, `.ndjson` or `.json`), a Parquet file, a folder with a folder of
            `.txt` files for every class, or, where the first column is read alone, with `.txt`
            files of any class or none, a file of a data set on the Hub, such as
            `hf://datasets/user/repo/file.parquet`, with a revision as in `repo@revision`, or the
            name of a data set of TensorFlow Datasets that is prepared on this machine, with a
            split behind a colon that is `train` by default. `tfds:` before the name lets it be
            downloaded. Or a table in memory: of pandas, polars, Arrow, `datasets`, or a dictionary
            of lists. Or a pair of lists.
        first: name of the first column, or its number from 1 in a table in text; of a folder it
            is the content of the files.
        second: the same of the second column; of a folder it is the name of the inner folder.
            None reads the first one alone.
        reading: how a table in text is to be read.
        lists: those of the columns whose cells may be lists of texts, or of names or numbers of
            classes, where the source has lists.

    Raises:
        DataError: there is nothing of that name; it is malformed, empty or too large; or a
            column is missing.
        InputError: there is no such encoding or separator, or nothing that can be a table.
        HubError: the Hub does not give the file.

    Example:
        >>> read_columns("reviews.csv", "text", "label").first  # doctest: +SKIP
        ['A moving film.']
    """
    wanted = (first,) if second is None else (first, second)
    reading = reading or Reading()
    if is_table(source):
        return read_table(source, wanted)
    if isinstance(source, tuple | list) and len(source) == len(wanted):
        return read_lists(source, "lists in memory", "index")
    if not isinstance(source, str | Path):
        raise InputError(
            "Expected a file, folder or data set, a table in memory, or two lists of the same "
            f"length, such as (['A moving film.'], ['good']). Received: {shown(source)}"
        )
    columns = _read(str(source), wanted, reading, [name in lists for name in wanted])
    if not len(columns):
        raise DataError(f"Expected at least one row of data in {source}. Received: none")
    return columns


def has_columns(source: Any, wanted: Sequence[str], reading: Reading | None = None) -> bool:
    """Return whether a table names columns; it is read no further than that takes.

    Unlike `read_columns` it guesses no column, and takes none by its number.

    Args:
        source: what `read_columns` takes, but lists; a folder names none.
        wanted: names of the columns, in any case.
        reading: how a table in text is to be read.

    Raises:
        DataError: there is nothing of that name, or it is malformed.
        InputError: there is no such encoding or separator.
        HubError: the Hub does not give the file.

    Example:
        >>> has_columns({"Text": ["A moving film."]}, ["text"])
        True
    """
    reading = reading or Reading()
    if is_table(source):
        return header_at([table_names(source) or ()], wanted) is not None
    found = _found(str(source))
    if isinstance(found, str):
        from zoo.tables.tfds_tables import tfds_names

        return header_at([tfds_names(found)], wanted) is not None
    path, _ = found
    if path.is_dir():
        return False
    if _suffix(path) == _PARQUET:
        from zoo.tables.parquet_chunks import parquet_schema

        return header_at([parquet_schema(path).names], wanted) is not None
    if _suffix(path) in _READERS:
        from zoo.tables.json_chunks import read_objects

        rows = read_objects(path, reading.encoding, _example(wanted))
        return header_at([list(row) for row in islice(rows, 1)], wanted) is not None
    if reading.header is False:
        return False
    table = read_text_table(
        path, encoding=reading.encoding, delimiter=reading.delimiter, names=wanted
    )
    return header_at([cells for _, cells in islice(table.rows(), _FIRST)], wanted) is not None


def _read(source: str, wanted: Sequence[str], reading: Reading, lists: Sequence[bool]) -> Columns:
    found = _found(source)
    if isinstance(found, str):
        from zoo.tables.tfds_tables import read_tfds

        return read_tfds(found, wanted, lists)
    path, name = found
    if path.is_dir():
        from zoo.tables.folders import read_folder

        return read_folder(path, classes=len(wanted) > 1)
    columns = _read_file(path, wanted, reading, lists)
    return columns if name is None else replace(columns, name=name)


def _found(source: str) -> tuple[Path, str | None] | str:
    """Return the file or folder of a source, with a name of its own; or that of a data set."""
    from zoo.tables import tfds_tables

    if source.startswith("hf://"):
        from zoo.tables.hub_tables import fetch_table

        return fetch_table(source)
    if source.startswith(tfds_tables.SCHEME):
        return source
    path = Path(source)
    if os.path.lexists(path):
        return path, None
    if _suffix(path) in _SUFFIXES:
        raise DataError(f"Expected {_FORMATS}. No such file. Received: {shown_path(source)}")
    if tfds_tables.is_name(source):
        return source
    raise DataError(f"Expected {_FORMATS}. Received: {shown_path(source)}, which is none")


def _suffix(path: Path) -> str:
    return Path(path.name.lower().removesuffix(".gz")).suffix


def _read_file(
    path: Path, wanted: Sequence[str], reading: Reading, lists: Sequence[bool]
) -> Columns:
    if _suffix(path) == _PARQUET:
        return _read_parquet(path, wanted, lists)
    return _READERS.get(_suffix(path), _read_text)(path, wanted, reading)


def _read_text(path: Path, wanted: Sequence[str], reading: Reading) -> Columns:
    table = read_text_table(
        path,
        encoding=reading.encoding,
        delimiter=reading.delimiter,
        names=() if reading.header is False else wanted,
    )
    if reading.delimiter is None and reading.header is not False:
        labelled = read_labelled_lines(table, wanted, printable(path.name))
        if labelled is not None:
            return labelled
    rows = table.rows()
    first = list(islice(rows, _FIRST))
    choice = choose_columns(str(path), first, lambda: _sample(table), wanted, reading.header)
    if found := [*table.detected, *choice.told]:
        tell(
            f"{printable(path.name)} is read as: {', '.join(found)}. If that is wrong, say so by "
            "--encoding, --delimiter, --no-header, --text-column or --label-column."
        )
    cells: list[list[str]] = [[] for _ in wanted]
    lines = array("Q")
    budget = Budget(path, table.size)
    for line, row in chain(first, rows):
        if line <= choice.line:
            continue
        _check_width(path, line, row, choice.width, table.delimiter)
        lines.append(line)
        for column, index in zip(cells, choice.at, strict=True):
            column.append(row[index])
            budget.spend(_CELL + len(row[index]))
    return Columns(printable(path.name), table.sha256, *_two(cells), Places("line", lines))


def _two(cells: list[list[Any]]) -> tuple[list[Any], list[Any]]:
    return cells[0], cells[1] if len(cells) > 1 else []


def _sample(table: TextTable) -> list[Row]:
    """Return up to some hundred rows from all over a table, at even distances."""
    sample: list[Row] = []
    step = 1
    for index, row in enumerate(table.rows()):
        if index % step == 0:
            sample.append(row)
            if len(sample) == _SAMPLE:
                sample, step = sample[::2], step * 2
    return sample


def _check_width(path: Path, line: int, row: list[str], width: int, delimiter: str) -> None:
    columns = counted(width, "column")
    if len(row) > width and any(cell.strip() for cell in row[width:]):
        raise DataError(
            f"{path}, line {line}: expected {columns}. Received: {len(row)}. "
            f"Put texts that hold the separator {delimiter!r} in quotes, such as "
            f'"a film{delimiter} moving"'
        )
    if len(row) < width:
        raise DataError(f"{path}, line {line}: expected {columns}. Received: {len(row)}")


def _read_json(path: Path, wanted: Sequence[str], reading: Reading) -> Columns:
    content = read_regular(path, MAX_BYTES)
    text, guessed = decode(unpack(content, str(path), MAX_BYTES), str(path), reading.encoding)
    if guessed:
        tell(
            f"{printable(path.name)} is read as: encoding {guessed}. If that is wrong, name "
            "another with --encoding."
        )
    example = _example(wanted)
    cells: list[list[Any]] = [[] for _ in wanted]
    places = []
    for place, row in _json_rows(text, path, example):
        if not isinstance(row, dict):
            raise DataError(
                f"{path}, {place}: expected an object, such as {example}. Received: {shown(row)}"
            )
        keys = list(row)
        places.append(place)
        for column, index in zip(
            cells, check_columns(f"{path}, {place}", keys, wanted), strict=True
        ):
            column.append(row[keys[index]])
    return Columns(printable(path.name), hashlib.sha256(content).hexdigest(), *_two(cells), places)


def _example(wanted: Sequence[str]) -> str:
    """Return a row of JSON lines that has the columns."""
    cells = zip(wanted, ('"A moving film."', "1"), strict=False)
    return "{" + ", ".join(f'"{column}": {value}' for column, value in cells) + "}"


def _json_rows(text: str, path: Path, example: str) -> Iterator[tuple[str, Any]]:
    number = 0
    try:
        if text.lstrip()[:1] == "[":
            for at, row in enumerate(_elements(text), 1):
                yield f"row {at}", row
            return
        for number, line in enumerate(text.split("\n"), 1):
            if line.strip():
                yield f"line {number}", _DECODER.decode(line)
    except (ValueError, RecursionError) as error:
        raise DataError(
            f"{path}{f', line {number}' if number else ''}: expected JSON, such as "
            f"{example}. Received: {error}"
        ) from None


def _elements(text: str) -> Iterator[Any]:
    """Yield the elements of an array of JSON one by one, so that no more is in memory."""
    at = text.index("[") + 1
    between = re.compile(r"\s*")
    at = between.match(text, at).end()  # type: ignore[union-attr]
    while text[at : at + 1] != "]":
        element, at = _DECODER.raw_decode(text, at)
        yield element
        at = between.match(text, at).end()  # type: ignore[union-attr]
        if text[at : at + 1] == ",":
            at = between.match(text, at + 1).end()  # type: ignore[union-attr]
            if text[at : at + 1] != "]":
                continue
        elif text[at : at + 1] == "]":
            break
        raise json.JSONDecodeError("Expecting ',' or ']'", text, at)
    if text[at + 1 :].strip():
        raise json.JSONDecodeError("Extra data", text, at + 1)


def _read_parquet(path: Path, wanted: Sequence[str], lists: Sequence[bool]) -> Columns:
    from zoo.tables.parquet import read_parquet

    sha256, cells, classes = read_parquet(path, wanted, lists)
    places = Places("row", range(1, len(cells[0]) + 1))
    return Columns(printable(path.name), sha256, *_two(cells), places, classes)


_READERS: dict[str, Callable[[Path, Sequence[str], Reading], Columns]] = {
    ".jsonl": _read_json,
    ".ndjson": _read_json,
    ".json": _read_json,
}
_SUFFIXES = {".csv", ".tsv", ".tab", ".txt", _PARQUET, *_READERS}
