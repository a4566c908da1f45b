"""Rows of Parquet files, some at a time, with the types that their columns have."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from zoo.common.optional import need
from zoo.errors import DataError, ZooError, shown
from zoo.files import open_regular
from zoo.interfaces import Field
from zoo.tables.budget import Budget
from zoo.tables.chunks import Chunk, Table, digest_of, texts_of, unique_names
from zoo.tables.header import check_columns
from zoo.tables.parquet import check_pages, is_text, sha256_of
from zoo.tables.scanning import ANY_SIZE

__all__ = ["open_parquet", "parquet_chunks", "parquet_schema"]

_CELL = 16  # bytes that a cell costs at least
_AT_ONCE = 64 << 20  # bytes of rows


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
    pyarrow = need("pyarrow", "Parquet files")
    parquet = need("pyarrow.parquet", "Parquet files")
    with open_regular(path, ANY_SIZE) as handle:
        try:
            yield handle, parquet.ParquetFile(handle)
        except ZooError:
            raise
        except (pyarrow.ArrowException, OSError, ValueError, MemoryError) as error:
            reason = shown(" ".join(str(error).split()), 200)
            raise DataError(
                f"Expected a Parquet file. Received: {path} ({reason}). Fetch it again"
            ) from error


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

        schema, metadata = file.schema_arrow, file.metadata
        budget = Budget(table.path, handle.seek(0, 2))
        size, chained = check_pages(handle, metadata, schema.names, budget)
        # As a dictionary, a text that is repeated a million times is in memory once until it is
        # known how many of its copies fit.
        texts = [
            field.name
            for field in schema
            if is_text(field.type) and field.name not in chained and "." not in field.name
        ]
        file = type(file)(handle, read_dictionary=texts)
        waiting: list[Any] = []
        # Row groups may be smaller than what is answered at once.
        for batch in file.iter_batches(min(size, rows, _fitting(metadata)), use_threads=False):
            for piece in _cut(batch):
                waiting.append(pyarrow.Table.from_batches([piece]).cast(schema))
                if sum(map(len, waiting)) >= rows or sum(p.nbytes for p in waiting) >= _AT_ONCE:
                    whole = pyarrow.concat_tables(waiting)
                    yield whole.slice(0, rows)
                    waiting = [whole.slice(rows)] if len(whole) > rows else []
        if waiting:
            yield pyarrow.concat_tables(waiting)


def _fitting(metadata: Any) -> int:
    """Return how many rows fit into memory at once, by their mean size."""
    groups = [metadata.row_group(index) for index in range(metadata.num_row_groups)]
    total = sum(group.total_byte_size for group in groups)
    return max(1, _AT_ONCE * metadata.num_rows // max(1, total))


def _cut(batch: Any) -> Iterator[Any]:
    """Yield rows, or halves of them where they do not fit into memory."""
    if len(batch) > 1 and sum(map(_size, batch.columns)) > _AT_ONCE:
        half = len(batch) // 2
        yield from _cut(batch.slice(0, half))
        yield from _cut(batch.slice(half))
        return
    yield batch


def _size(array: Any) -> int:
    """Return how many bytes the cells of a column take when each has its own copy."""
    from pyarrow import compute, types

    if not (types.is_dictionary(array.type) and is_text(array.type)):
        return int(array.nbytes)
    lengths = compute.binary_length(array.dictionary).take(array.indices)
    return int(compute.sum(lengths).as_py() or 0)
