"""Tables of texts in whatever form, read row by row: first what they are, then some rows at a time.

What `read_columns` reads as a whole is read here in bounded memory, every column of it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from zoo.common.answering import Field
from zoo.tables.chunks import Chunk, Table, batched, digest_of, texts_of
from zoo.tables.columns import Reading

__all__ = ["open_table", "table_chunks"]

_JSON = (".jsonl", ".ndjson", ".json")


def open_table(
    source: str,
    column: str,
    reading: Reading | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Table:
    """Return what is known of a table before its rows are read.

    Args:
        source: a file in text (`.csv`, `.tsv`, `.txt` or any other name, also with `.gz`), JSON
            lines, an array of JSON, a Parquet file, a file of a data set on the Hub, or what else
            `read_columns` takes, which is read whole.
        column: the column of the texts, by name, or number from 1.
        reading: how a table in text is to be read.
        progress: called with what is being done, how much is done, and how much there is.

    Raises:
        DataError: it is malformed, or the column is missing.
        InputError: there is no such encoding or separator.
        HubError: the Hub does not give the file.

    Example:
        >>> open_table("reviews.csv", "text").fields  # doctest: +SKIP
        (Field(name='text', kind='text'), Field(name='stars', kind='text'))
    """
    reading = reading or Reading()
    path = Path(source)
    if source.startswith("hf://"):
        from zoo.tables.hub_tables import fetch_table

        path, _ = fetch_table(source)
    try:
        whole = path.is_dir() or not os.path.lexists(path)
    except (OSError, ValueError):  # too long a name, or a null character in it
        whole = True
    if whole:  # a folder, a data set, or nothing
        return Table(path=source, form="memory", fields=(Field(column),), at=0, key=column)
    suffix = Path(path.name.lower().removesuffix(".gz")).suffix
    if suffix == ".parquet":
        from zoo.tables.parquet_chunks import open_parquet

        return open_parquet(path, column)
    if suffix in _JSON:
        from zoo.tables.json_chunks import open_json

        return open_json(path, column, reading, progress)
    from zoo.tables.text_chunks import open_text_table

    return open_text_table(path, column, reading)


def table_chunks(table: Table, rows: int) -> Iterator[Chunk]:
    """Yield the rows of a table, some at a time and in order.

    Args:
        table: what `open_table` returned.
        rows: the most rows at a time; of long ones there are fewer.

    Raises:
        DataError: a row is malformed; those before it have been yielded. Or there is no table.
    """
    if table.form == "parquet":
        from zoo.tables.parquet_chunks import parquet_chunks

        return parquet_chunks(table, rows)
    if table.form in ("json", "array"):
        from zoo.tables.json_chunks import json_chunks

        return json_chunks(table, rows)
    if table.form == "memory":
        return _memory_chunks(table, rows)
    from zoo.tables.text_chunks import text_chunks

    return text_chunks(table, rows)


def _memory_chunks(table: Table, rows: int) -> Iterator[Chunk]:
    from zoo.tables.sources import read_columns

    columns = read_columns(table.path, table.key, None)
    numbered = ((cell, len(str(cell))) for cell in columns.first)
    start = 0
    for cells in batched(numbered, rows):
        inputs, missing = texts_of(cells, lambda index: columns.at(start + index))  # noqa: B023
        yield Chunk(
            start=start,
            inputs=inputs,
            columns=[inputs],
            digest=digest_of(inputs),
            missing=missing,
            done=start + len(cells),
        )
        start += len(cells)
