"""Series in Parquet and JSON lines, as the tables in text that they would be."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from zoo.tables.columns import is_missing

__all__ = ["TYPED", "as_table_in_text"]

TYPED = (".parquet", ".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz")


def as_table_in_text(path: Path) -> bytes:
    """Return a table with types as CSV in UTF-8; what is missing there is an empty cell.

    Args:
        path: the file, whose name ends in one of `TYPED`.

    Raises:
        DataError: it is malformed, or becomes too large, or a column holds what is nested.
    """
    names: Sequence[str]
    rows: Iterable[Sequence[Any]]
    if path.suffix.lower() == ".parquet":
        from zoo.tables.parquet import read_parquet
        from zoo.tables.parquet_chunks import parquet_schema

        names = parquet_schema(path).names
        _, columns, _ = read_parquet(path, names)
        rows = zip(*columns, strict=True)
    else:
        from zoo.tables.json_chunks import read_objects

        found = list(read_objects(path))
        names = list(dict.fromkeys(name for row in found for name in row))
        rows = [[row.get(name) for name in names] for row in found]
    text = io.StringIO(newline="")
    table = csv.writer(text, lineterminator="\n")
    table.writerow(names)
    table.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue().encode("utf-8", "backslashreplace")


def _cell(value: Any) -> str:
    if is_missing(value):
        return ""
    if hasattr(value, "isoformat"):
        return str(value.isoformat(" ") if hasattr(value, "hour") else value.isoformat())
    return str(value)
