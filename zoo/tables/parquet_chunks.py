"""Rows of Parquet files, some at a time, with the types that their columns have."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from zoo.common.answering import Field
from zoo.common.optional import need
from zoo.files import open_regular
from zoo.tables.budget import Budget
from zoo.tables.chunks import Chunk, Table, digest_of, texts_of, unique_names
from zoo.tables.header import check_columns
from zoo.tables.parquet import check_pages, parquet_errors, sha256_of
from zoo.tables.parquet_pages import page_sizes
from zoo.tables.scanning import ANY_SIZE

__all__ = ["open_parquet", "parquet_chunks", "parquet_schema"]

_CELL = 16  # bytes that a cell costs at least
_AT_ONCE = 64 << 20  # bytes of rows
_EXPANDED = 512 << 20
# Else all of a row group's column is in memory, packed, and a row group may be all of the file.
_STREAMED: Any = {"buffer_size": 1 << 18, "pre_buffer": False}


def open_parquet(path: Path, column: str) -> Table:
    """Return what is known of a Parquet file.

    Args:
        path: the file.
        column: the column of the texts.

    Raises:
        DataError: it is no Parquet file, lacks the column, or becomes too large.
    """
    with _opened(path) as (handle, file):
        schema = file.schema_arrow
        at = check_columns(str(path), schema.names, (column,))[0]
        handle.seek(0)
        digest = sha256_of(handle)
        budget = Budget(path, handle.tell())
        budget.check(file.metadata.num_rows * _CELL)
        check_pages(handle, file.metadata, schema.names, budget)
        names = unique_names(schema.names)
        kinds = [_kind(schema.field(index).type) for index in range(len(names))]
        return Table(
            path=str(path),
            form="parquet",
            fields=tuple(map(Field, names, kinds)),
            at=at,
            key=schema.names[at],
            total=file.metadata.num_rows,
            sha256=digest,
        )


def _kind(kind: Any) -> Any:
    from pyarrow import types

    if types.is_string(kind) or types.is_large_string(kind):
        return "text"
    if types.is_boolean(kind):
        return "flag"
    if types.is_signed_integer(kind):
        return "whole"
    return "number" if types.is_floating(kind) else "other"


@contextmanager
def _opened(path: str | Path) -> Iterator[tuple[Any, Any]]:
    """Open a Parquet file; whatever is wrong with it while it is read is one kind of error."""
    parquet = need("pyarrow.parquet", "Parquet files")
    with open_regular(path, ANY_SIZE) as handle, parquet_errors(path):
        yield handle, parquet.ParquetFile(handle, **_STREAMED)


def parquet_schema(path: str | Path) -> Any:
    """Return the Arrow schema of a Parquet file.

    Args:
        path: the file.

    Raises:
        DataError: it is no Parquet file.
    """
    with _opened(path) as (_, file):
        return file.schema_arrow


def parquet_chunks(table: Table, rows: int) -> Iterator[Chunk]:
    """Yield the rows of a Parquet file.

    Args:
        table: what is known of it.
        rows: the most rows at a time.

    Raises:
        DataError: it cannot be read, or a cell of the texts is none.
    """
    start = 0
    for batch in _batches(table, rows):
        inputs, missing = texts_of(
            batch.column(table.at).to_pylist(),
            lambda index: f"{table.path}, row {start + index + 1}",  # noqa: B023
        )
        yield Chunk(
            start=start,
            inputs=inputs,
            columns=[],
            digest=digest_of(table.sha256, start, len(inputs)),
            missing=missing,
            done=start + len(inputs),
            batch=batch,
        )
        start += len(inputs)


def _batches(table: Table, rows: int) -> Iterator[Any]:
    """Yield Arrow tables of so many rows, or of fewer where they are long."""
    with _opened(table.path) as (handle, file):
        import pyarrow

        budget = Budget(table.path, handle.seek(0, 2))
        size, _ = check_pages(handle, file.metadata, file.schema_arrow.names, budget)
        size = min(size, rows, _fitting(file.metadata), _expanding(handle, file.metadata))
        waiting: list[Any] = []
        # Row groups may be smaller than what is answered at once.
        for batch in file.iter_batches(size, use_threads=False):
            for piece in _cut(batch):
                waiting.append(pyarrow.Table.from_batches([piece]))
                if sum(map(len, waiting)) >= rows or sum(p.nbytes for p in waiting) >= _AT_ONCE:
                    whole = pyarrow.concat_tables(waiting)
                    yield whole.slice(0, rows)
                    waiting = [whole.slice(rows)] if len(whole) > rows else []
        if waiting:
            yield pyarrow.concat_tables(waiting)


def _expanding(file: Any, metadata: Any) -> int:
    """Return how many rows fit into memory if each repeats the longest value of its columns.

    A value in a dictionary is written once, and read as often as it is repeated.
    """
    largest = 1
    for group in map(metadata.row_group, range(metadata.num_row_groups)):
        total = 0
        for column in map(group.column, range(group.num_columns)):
            if any("DICTIONARY" in encoding for encoding in column.encodings):
                start = column.data_page_offset
                if column.has_dictionary_page and column.dictionary_page_offset:
                    start = min(start, column.dictionary_page_offset)
                pages = page_sizes(file, start, column.total_compressed_size)
                total += next(pages, (0, 0))[0]
        largest = max(largest, total)
    return max(1, _EXPANDED // largest)


def _fitting(metadata: Any) -> int:
    """Return how many rows fit into memory at once, by their mean size."""
    groups = [metadata.row_group(index) for index in range(metadata.num_row_groups)]
    total = sum(group.total_byte_size for group in groups)
    return max(1, _AT_ONCE * metadata.num_rows // max(1, total))


def _cut(batch: Any) -> Iterator[Any]:
    """Yield rows, or halves of them where they take much memory."""
    if len(batch) > 1 and batch.nbytes > _AT_ONCE:
        half = len(batch) // 2
        yield from _cut(batch.slice(0, half))
        yield from _cut(batch.slice(half))
        return
    yield batch
