"""Two columns of a user's data: CSV, TSV, JSON lines, Parquet, a folder a class, or TFDS."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from zoo.datasets.columns import Columns
from zoo.datasets.fetching import prepare
from zoo.errors import DataError, shown
from zoo.quiet import import_quietly

__all__ = ["read_columns"]

# A data set of TensorFlow Datasets: name, configuration, version and split.
_TFDS = re.compile(r"[a-z][a-z0-9_]*(/[\w.-]+)?(:\d+\.\d+\.\d+)?(:[a-z_]+(\[[\d:%]*\])?)?")
_FORMATS = "a CSV, TSV, JSON lines (.jsonl) or Parquet file, a folder with a folder of .txt files "
_FORMATS += "for every class, or the name of a TensorFlow data set, such as imdb_reviews:train"


def read_columns(source: str | Path, first: str, second: str) -> Columns:
    """Read two columns of a table.

    Args:
        source: a CSV file with a header line (`.tsv`: tabs separate the columns), JSON lines
            (`.jsonl`, `.ndjson` or `.json`), a Parquet file, a folder with a folder of `.txt`
            files for every class, or the name of a data set of TensorFlow Datasets, with a split
            behind a colon that is `train` by default.
        first: name of the first column; of a folder it is the content of the files.
        second: name of the second column; of a folder it is the name of the inner folder.

    Raises:
        DataError: there is nothing of that name; it is not UTF-8, malformed or empty; or a
            column is missing.

    Example:
        >>> read_columns("reviews.csv", "text", "label").first  # doctest: +SKIP
        ['A moving film.']
    """
    path = Path(source)
    try:
        if path.is_dir():
            return _read_folder(path)
        exists = path.exists()
    except (OSError, ValueError):  # too long a name, or a null character in it
        exists = False
    read = _READERS.get(path.suffix.lower(), _read_csv if exists else None)
    if read is not None:
        columns = read(path, first, second)
    elif _TFDS.fullmatch(str(source)):
        columns = _read_tfds(str(source), first, second)
    elif path.suffix.lower() in {".csv", *_READERS}:
        raise DataError(f"Expected {_FORMATS}. No such file. Received: {shown(str(source))}")
    else:
        raise DataError(f"Expected {_FORMATS}. Received: {shown(str(source))}, which is none")
    if not len(columns):
        raise DataError(f"Expected at least one row of data in {source}. Received: none")
    return columns


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except (OSError, ValueError) as error:  # a null character in the name is a ValueError
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"{path} cannot be read: {reason}") from error


def _decode(content: bytes, path: Path) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise DataError(
            f"Expected a file in UTF-8. Received: {path}, whose line {line} is not "
            f"(byte 0x{content[error.start]:02x}). Convert it to UTF-8, for example with iconv"
        ) from error


def _check_columns(
    place: str, present: Sequence[str], *wanted: str, hint: str = "--text-column or --label-column"
) -> None:
    for column in wanted:
        if column not in present:
            raise DataError(
                f"Expected a column {column!r} in {place}. Received the columns: "
                f"{shown(', '.join(map(str, present)) or 'none', 200)}. Name it with {hint}"
            )
        if list(present).count(column) > 1:
            raise DataError(f"Expected one column {column!r} in {place}. Received: several")


def _read_csv(path: Path, first: str, second: str) -> Columns:
    content = _bytes(path)
    text = _decode(content, path)
    # A review may be longer than the csv module's default limit for a field.
    csv.field_size_limit(max(csv.field_size_limit(), len(text) + 1))
    separator = "\t" if path.suffix.lower() == ".tsv" else ","
    rows = _csv_rows(text, path, separator)
    _, header = next(rows, (0, []))
    _check_columns(str(path), header, first, second)
    at = header.index(first), header.index(second)
    cells: tuple[list[str], list[str]] = ([], [])
    places = []
    for line, row in rows:
        if len(row) > len(header):
            raise DataError(
                f"{path}, line {line}: expected {len(header)} columns. Received: {len(row)}. "
                'Put texts that hold the separator in quotes, such as "a film, moving"'
            )
        if len(row) < len(header):
            raise DataError(
                f"{path}, line {line}: expected {len(header)} columns. Received: {len(row)}"
            )
        places.append(f"line {line}")
        for column, index in zip(cells, at, strict=True):
            column.append(row[index])
    return Columns(path.name, _sha256(content), *cells, places)


def _csv_rows(text: str, path: Path, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Yield every row with the number of the line it begins in; empty lines are no rows."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise DataError(
                f"{path}, line {line}: expected a row with its quotes in pairs. Received: {error}, "
                f"in line {reader.line_num}. Put a text in quotes as a whole, and double those "
                'inside it, such as "a ""moving"" film"'
            ) from error
        if row:
            yield line, row


def _read_json(path: Path, first: str, second: str) -> Columns:
    content = _bytes(path)
    text = _decode(content, path)
    rows: list[tuple[str, Any]] = []
    try:
        if text.lstrip().startswith("["):
            number = 0
            rows = [(f"row {at}", row) for at, row in enumerate(json.loads(text), 1)]
        else:
            for number, line in enumerate(text.split("\n"), 1):
                if line.strip():
                    rows.append((f"line {number}", json.loads(line)))
    except (ValueError, RecursionError) as error:
        raise DataError(
            f"{path}{f', line {number}' if number else ''}: expected JSON, such as "
            f'{{"{first}": "A moving film.", "{second}": 1}}. Received: {error}'
        ) from None
    for place, row in rows:
        if not isinstance(row, dict):
            raise DataError(
                f'{path}, {place}: expected an object, such as {{"{first}": "A moving film.", '
                f'"{second}": 1}}. Received: {shown(row)}'
            )
        _check_columns(f"{path}, {place}", list(row), first, second)
    return Columns(
        path.name,
        _sha256(content),
        [row[first] for _, row in rows],
        [row[second] for _, row in rows],
        [place for place, _ in rows],
    )


def _read_parquet(path: Path, first: str, second: str) -> Columns:
    import pyarrow
    import pyarrow.parquet

    content = _bytes(path)
    try:
        file = pyarrow.parquet.ParquetFile(io.BytesIO(content))
        _check_columns(str(path), file.schema_arrow.names, first, second)
        table = file.read(columns=[first, second])
        left, right = (table.column(name).to_pylist() for name in (first, second))
    except (pyarrow.ArrowException, OSError) as error:
        raise DataError(f"Expected a Parquet file. Received: {path} ({error})") from error
    places = [f"row {number}" for number in range(1, len(table) + 1)]
    return Columns(path.name, _sha256(content), left, right, places)


def _read_folder(path: Path) -> Columns:
    files = [
        (inner.name, file)
        for inner in sorted(path.iterdir())
        if inner.is_dir() and not inner.name.startswith(".")
        for file in sorted(inner.glob("*.txt"))
    ]
    if not files:
        raise DataError(
            f"Expected a folder of .txt files for every class in {path}, such as "
            f"{path / 'good' / '1.txt'}. Received: {_listing(path)}"
        )
    digest = hashlib.sha256()
    texts, places = [], []
    for label, file in files:
        content = _bytes(file)
        places.append(f"{label}/{file.name}")
        digest.update(f"{places[-1]}\0{len(content)}\0".encode("utf-8", "surrogateescape"))
        digest.update(content)
        texts.append(_decode(content, file))
    name = path.resolve().name
    return Columns(name, digest.hexdigest(), texts, [label for label, _ in files], places)


def _listing(path: Path) -> str:
    names = sorted(inner.name + "/" * inner.is_dir() for inner in path.iterdir())
    return shown(", ".join(names) or "an empty folder", 200)


def _read_tfds(source: str, first: str, second: str) -> Columns:
    import os

    import_quietly("tensorflow_datasets")
    import tensorflow_datasets as tfds

    name, _, split = source.partition(":")
    if split[:1].isdigit():
        version, _, split = split.partition(":")
        name = f"{name}:{version}"
    split = split or "train"
    try:
        builder = tfds.builder(name)
        prepare(builder)
        data, info = builder.as_dataset(split=split, shuffle_files=False), builder.info
        names = list(info.features)
    except Exception as error:  # every transport and every parser below raises its own kind
        raise DataError(
            f"Expected {_FORMATS}. Received: {shown(source)}, which is no file, and TensorFlow "
            f"Datasets could not load it (TFDS_DATA_DIR: "
            f"{os.environ.get('TFDS_DATA_DIR', 'not set')}): {type(error).__name__}, "
            f"{shown(str(error), 200)}"
        ) from error
    _check_columns(f"the data set {name}", names, first, second)
    features = [info.features[column] for column in (first, second)]
    cells: tuple[list[Any], list[Any]] = ([], [])
    digest = hashlib.sha256()
    for example in tfds.as_numpy(data):
        for column, key, feature in zip(cells, (first, second), features, strict=True):
            value = example[key]
            if isinstance(value, bytes):
                value = value.decode("utf-8", "replace")
            elif isinstance(feature, tfds.features.ClassLabel):
                value = feature.int2str(int(value))
            else:
                value = value.item() if hasattr(value, "item") else value
            column.append(value)
            digest.update(f"{value}\0".encode("utf-8", "replace"))
    places = [f"example {number}" for number in range(1, len(cells[0]) + 1)]
    return Columns(f"{name}:{split}", digest.hexdigest(), *cells, places)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


_READERS: dict[str, Callable[[Path, str, str], Columns]] = {
    ".csv": _read_csv,
    ".tsv": _read_csv,
    ".jsonl": _read_json,
    ".ndjson": _read_json,
    ".json": _read_json,
    ".parquet": _read_parquet,
}
