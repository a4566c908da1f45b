"""Rows written into a part's file, and the files of all parts put together."""

from __future__ import annotations

import gzip
import json
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from zoo.errors import DataError
from zoo.predicting.cells import as_arrow, as_text, json_line, json_lines
from zoo.predicting.plan import Plan
from zoo.tables.chunks import Chunk

__all__ = ["merge_parts", "write_rows"]

_DELIMITERS = {"csv": ",", "tsv": "\t"}
# Rows and bytes of a row group.
_GROUP = 100_000
_GROUP_BYTES = 64 << 20


def write_rows(path: Path, plan: Plan, chunk: Chunk, answers: Sequence[Sequence[Any]]) -> int:
    """Write the rows of a part: what is kept of the input, and the answers beside it.

    Args:
        path: the file to write.
        plan: how.
        chunk: the inputs.
        answers: of every input its rows of cells.

    Returns:
        How many rows there are.

    Raises:
        DataError: a text cannot be written, for it holds half a character.
    """
    counts = [len(rows) for rows in answers]
    added = [list(cells) for cells in zip(*(row for rows in answers for row in rows), strict=True)]
    added = added or [[] for _ in plan.added]
    write = {"jsonl": _write_json, "parquet": _write_parquet}.get(plan.form, _write_csv)
    try:
        write(path, plan, chunk, added, counts)
    except UnicodeEncodeError as error:
        raise DataError(
            f"Expected valid text in the rows from {chunk.start + 1} on. Received: half a "
            f"character ({error.reason})"
        ) from None
    return sum(counts)


def _repeated(cells: Sequence[Any], counts: Sequence[int]) -> list[Any]:
    """Return the cells of a column, each as often as its input has rows of answers."""
    if all(count == 1 for count in counts):
        return list(cells)
    return [cell for cell, count in zip(cells, counts, strict=True) for _ in range(count)]


def _kept(chunk: Chunk, counts: Sequence[int]) -> list[list[Any]]:
    if chunk.batch is not None:
        return [_repeated(column.to_pylist(), counts) for column in chunk.batch.columns]
    return [_repeated(column, counts) for column in chunk.columns]


def _write_csv(
    path: Path, plan: Plan, chunk: Chunk, added: list[list[Any]], counts: list[int]
) -> None:
    fields = (*plan.kept, *plan.added)
    columns = [
        column
        # What is read from a table in text is text already.
        if field.kind == "text" and None not in column
        else list(map(repr if field.kind == "number" and None not in column else as_text, column))
        for field, column in zip(fields, [*_kept(chunk, counts), *added], strict=True)
    ]
    path.write_bytes(_as_csv(columns, _DELIMITERS[plan.form]).encode("utf-8"))


def _as_csv(columns: Sequence[Sequence[str]], delimiter: str) -> str:
    """Return columns of texts as lines by RFC 4180, but with a line feed alone at their ends.

    Python's csv leaves a carriage return in a cell without quotes, where it ends a line for most
    readers, and takes five times as long.
    """
    special = re.compile(f'[{delimiter}"\\n\\r]').search
    quoted = [
        [_quoted(cell) if special(cell) else cell for cell in column]
        if any(mark in whole for mark in (delimiter, '"', "\n", "\r"))
        else column
        for column in columns
        for whole in ["".join(column)]
    ]
    if len(quoted) == 1:  # an empty line would be no row
        quoted = [[cell or '""' for cell in quoted[0]]]
    return "".join(f"{delimiter.join(row)}\n" for row in zip(*quoted, strict=True))


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"'


def _write_json(
    path: Path, plan: Plan, chunk: Chunk, added: list[list[Any]], counts: list[int]
) -> None:
    names = plan.names
    if chunk.raw is None:
        path.write_bytes(json_lines(names, [*_kept(chunk, counts), *added]))
        return
    # As they stand there: numbers of any length, and keys that only some rows have.
    lines = json_lines(names[len(plan.kept) :], added).splitlines()
    rows = zip(_repeated(chunk.raw, counts), lines, strict=True)
    path.write_text("".join(f"{json_line(*row)}\n" for row in rows), encoding="utf-8", newline="")


def _write_parquet(
    path: Path, plan: Plan, chunk: Chunk, added: list[list[Any]], counts: list[int]
) -> None:
    import pyarrow
    import pyarrow.parquet

    metadata = None
    if chunk.batch is not None:
        kept = list(chunk.batch.columns)
        types = [field.type for field in chunk.batch.schema]
        metadata = _described(chunk.batch.schema.metadata, plan)
    else:
        kept = [
            as_arrow(field.kind, column)
            for field, column in zip(plan.kept, _kept(chunk, counts), strict=True)
        ]
        types = [array.type for array in kept]
    arrays = [as_arrow(field.kind, cells) for field, cells in zip(plan.added, added, strict=True)]
    schema = pyarrow.schema(
        list(zip(plan.names, [*types, *(array.type for array in arrays)], strict=True)), metadata
    )
    table = pyarrow.Table.from_arrays([*kept, *arrays], schema=schema)
    pyarrow.parquet.write_table(table, path, compression="zstd")


def _described(metadata: Any, plan: Plan) -> Any:
    """Return a schema's metadata; what the library `datasets` notes there has the new columns."""
    found = dict(metadata or {})
    try:
        note = json.loads(found[b"huggingface"])
        features = note["info"]["features"]
        kinds = {"number": "float64", "whole": "int64", "time": "timestamp[ms]"}
        for field in plan.added:
            features[field.name] = {"dtype": kinds.get(field.kind, "string"), "_type": "Value"}
        found[b"huggingface"] = json.dumps(note).encode("utf-8")
    except (KeyError, TypeError, ValueError, RecursionError):
        found.pop(b"huggingface", None)
    return found


def merge_parts(parts: Sequence[Path], plan: Plan, path: Path, packed: bool) -> None:
    """Put the files of all parts together.

    Args:
        parts: the files in their order.
        plan: how they were written.
        path: the file to write.
        packed: whether it is packed with gzip.
    """
    if plan.form == "parquet":
        _merge_parquet(parts, path)
        return
    with _written(path, packed) as file:
        if plan.form != "jsonl":
            header = _as_csv([[name] for name in plan.names], _DELIMITERS[plan.form])
            file.write(header.encode("utf-8"))
        for part in parts:
            with open(part, "rb") as piece:
                shutil.copyfileobj(piece, file, 1 << 20)


@contextmanager
def _written(path: Path, packed: bool) -> Iterator[BinaryIO]:
    with open(path, "wb") as file:
        if not packed:
            yield file
            return
        # Without a name and a time in it: the same answers are the same bytes.
        with gzip.GzipFile("", "wb", compresslevel=6, fileobj=file, mtime=0) as unpacked:
            yield unpacked  # type: ignore[misc]


def _merge_parquet(parts: Sequence[Path], path: Path) -> None:
    import pyarrow
    import pyarrow.parquet

    waiting: list[Any] = []
    schema = pyarrow.parquet.read_schema(parts[0])
    with pyarrow.parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        for number, part in enumerate(parts, 1):
            waiting.append(pyarrow.parquet.read_table(part, memory_map=False, use_threads=False))
            full = (
                sum(map(len, waiting)) >= _GROUP
                or sum(table.nbytes for table in waiting) >= _GROUP_BYTES
            )
            if full or number == len(parts):
                writer.write_table(pyarrow.concat_tables(waiting))
                waiting = []
                pyarrow.default_memory_pool().release_unused()
