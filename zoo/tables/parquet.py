"""Columns of a Parquet file, read in pieces within bounds."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from zoo.common.optional import need
from zoo.errors import DataError, ZooError, shown
from zoo.files import open_regular
from zoo.tables.budget import Budget
from zoo.tables.header import check_columns
from zoo.tables.parquet_pages import page_sizes
from zoo.tables.text_tables import MAX_BYTES

__all__ = ["check_pages", "class_names", "parquet_errors", "read_parquet", "sha256_of"]

_BATCH = 8_192
_WITH_DICTIONARY = {"PLAIN", "PLAIN_DICTIONARY", "RLE", "RLE_DICTIONARY", "BIT_PACKED"}
_CELL = 16  # bytes that a cell costs at least


def read_parquet(
    path: Path, wanted: Sequence[str], lists: Sequence[bool] = ()
) -> tuple[str, list[list[Any]], tuple[str, ...]]:
    """Read columns of a Parquet file.

    Args:
        path: the file.
        wanted: names of the columns.
        lists: which of them may hold lists of what a cell may be else; none by default.

    Returns:
        SHA-256 of the file, the cells of every column, and the names of the class numbers in the
        last one, where the file was written with them by the library `datasets`.

    Raises:
        DataError: it is no Parquet file, lacks a column, or becomes too large.
    """
    parquet = need("pyarrow.parquet", "Parquet files")
    with open_regular(path, MAX_BYTES) as handle:
        digest = sha256_of(handle)
        size = handle.tell()
        handle.seek(0)
        with parquet_errors(path):
            file = parquet.ParquetFile(handle)
            schema = file.schema_arrow
            names = [schema.names[at] for at in check_columns(str(path), schema.names, wanted)]
            many = {
                name
                for name, may in zip(names, lists, strict=False)
                if may and _is_list(schema.field(name).type)
            }
            _check_types(path, [schema.field(name) for name in names], many)
            budget = Budget(path, size)
            budget.check(file.metadata.num_rows * _CELL * len(names))
            batch_size, chained = check_pages(handle, file.metadata, names, budget)
            # As a dictionary, a text that is repeated a million times is in memory once.
            texts = [
                path
                for name in names
                for path in _paths(file.metadata, name)
                if _is_text(_cell_type(schema.field(name).type, name in many))
                and name not in chained
            ]
            file = parquet.ParquetFile(handle, read_dictionary=texts)
            cells: list[list[Any]] = [[] for _ in names]
            # Arrow makes no lists out of the dictionaries of several row groups.
            groups = [[group] for group in range(file.num_row_groups)] if many else [None]
            for group in groups:
                for batch in file.iter_batches(batch_size, group, names, use_threads=False):
                    for column, name in zip(cells, names, strict=True):
                        read = _lists if name in many else _values
                        column.extend(read(batch.column(name), budget))
    return digest, cells, class_names(schema.metadata, names[-1]) if len(names) > 1 else ()


@contextmanager
def parquet_errors(path: str | Path) -> Iterator[None]:
    """Turn whatever is wrong with a Parquet file while it is read into one kind of error.

    Args:
        path: the file.

    Raises:
        DataError: something is wrong with it.
    """
    pyarrow = need("pyarrow", "Parquet files")
    try:
        yield
    except ZooError:
        raise
    except (pyarrow.ArrowException, OSError, ValueError, MemoryError) as error:
        reason = shown(" ".join(str(error).split()), 200)
        raise DataError(
            f"Expected a Parquet file. Received: {path} ({reason}). Fetch it again"
        ) from error


def class_names(metadata: Any, column: str) -> tuple[str, ...]:
    """Return the names of the class numbers in a column that `datasets` wrote; none else.

    Args:
        metadata: of the Arrow schema.
        column: its name.
    """
    try:
        features = json.loads((metadata or {})[b"huggingface"])["info"]["features"]
        feature = features[column]
        feature = feature.get("feature", feature)  # of a list, that of what is in it
        names = feature["names"]
        if feature["_type"] == "ClassLabel" and isinstance(names, list):
            return tuple(str(name) for name in names)
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
        pass
    return ()


def sha256_of(file: BinaryIO) -> str:
    """Return the SHA-256 of what is left to read of a file.

    Args:
        file: the file.
    """
    digest = hashlib.sha256()
    while piece := file.read(1 << 20):
        digest.update(piece)
    return digest.hexdigest()


def _is_text(kind: Any) -> bool:
    from pyarrow import types

    if types.is_dictionary(kind):
        kind = kind.value_type
    return bool(
        types.is_string(kind)
        or types.is_large_string(kind)
        or types.is_binary(kind)
        or types.is_large_binary(kind)
    )


def _is_list(kind: Any) -> bool:
    from pyarrow import types

    return bool(types.is_list(kind) or types.is_large_list(kind))


def _cell_type(kind: Any, is_list: bool) -> Any:
    """Return the type of what is in a cell, or in the list there."""
    return kind.value_type if is_list else kind


def _paths(metadata: Any, name: str) -> list[str]:
    """Return what the file calls the values of a column, of lists what is in them."""
    paths = (metadata.schema.column(at).path for at in range(metadata.num_columns))
    return [path for path in paths if f"{path}.".startswith(f"{name}.")]


def _is_simple(kind: Any) -> bool:
    """Return whether a value is a text, or of a few bytes."""
    from pyarrow import types

    return bool(
        _is_text(kind)
        or types.is_primitive(kind)
        or types.is_boolean(kind)
        or types.is_null(kind)
        or types.is_decimal(kind)
        or (types.is_dictionary(kind) and types.is_primitive(kind.value_type))
    )


def _check_types(path: Path, fields: Sequence[Any], lists: Collection[str]) -> None:
    from pyarrow import types

    for field in fields:
        inner = [_cell_type(field.type, field.name in lists)]
        if types.is_struct(field.type):  # weights of classes
            inner = [field.type.field(at).type for at in range(field.type.num_fields)]
        if not all(map(_is_simple, inner)):
            raise DataError(
                f"Expected texts, or names or numbers of classes, in the column {field.name!r} of "
                f"{path}. Received: {shown(str(field.type))}. Choose another column"
            )


def check_pages(
    file: BinaryIO, metadata: Any, names: Sequence[str], budget: Budget
) -> tuple[int, set[str]]:
    """Refuse columns that are too large unpacked.

    Args:
        file: the Parquet file.
        metadata: its own.
        names: of the columns.
        budget: what they may take.

    Returns:
        How many rows may be read at a time, and which columns cannot be read as a dictionary:
        in some of their encodings few bytes spell many, each value as the one before but for its
        end.

    Raises:
        DataError: they are too large, or lists in such an encoding.
    """
    total, largest = 0, 1
    chained: set[str] = set()
    for group in range(metadata.num_row_groups):
        row_group = metadata.row_group(group)
        for index in range(row_group.num_columns):
            column = row_group.column(index)
            path = column.path_in_schema + "."
            name = next((name for name in names if path.startswith(f"{name}.")), None)
            if name is None:
                continue
            if not _WITH_DICTIONARY.issuperset(column.encodings):
                chained.add(name)
            is_list = metadata.schema.column(index).max_repetition_level > 0
            if is_list and "DELTA_BYTE_ARRAY" in column.encodings:
                raise DataError(
                    f"Expected lists that are written plainly or with a dictionary, in the column "
                    f"{name!r}. Received: DELTA_BYTE_ARRAY. Write the file with pyarrow's defaults"
                )
            start = column.data_page_offset
            if column.has_dictionary_page and column.dictionary_page_offset:
                start = min(start, column.dictionary_page_offset)
            for size, values in page_sizes(file, start, column.total_compressed_size):
                # A list may be long where its row is short: few bytes spell many equal values.
                cells = values * _CELL if is_list else 0
                total, largest = total + size + cells, max(largest, size)
                budget.check(total)
    return max(1, min(_BATCH, budget.limit // 4 // largest)) if chained else _BATCH, chained


def _lists(array: Any, budget: Budget) -> list[Any]:
    """Return the cells of an array of lists."""
    from pyarrow import compute

    budget.spend(len(array) * _CELL)
    values = iter(_values(array.flatten(), budget))
    lengths = compute.list_value_length(array).to_pylist()
    return [None if length is None else list(islice(values, length)) for length in lengths]


def _values(array: Any, budget: Budget) -> list[Any]:
    """Return the cells of an array, those that are equal sharing one object."""
    import numpy as np
    from pyarrow import compute, types

    if not types.is_dictionary(array.type):
        budget.spend(len(array) * _CELL + array.nbytes)
        return list(array.to_pylist())
    indices = array.indices
    used = compute.unique(indices.drop_null())
    distinct = array.dictionary.take(used)
    if _is_text(distinct.type):
        lengths = np.zeros(len(array.dictionary), np.int64)
        lengths[used.to_numpy(zero_copy_only=False)] = compute.binary_length(distinct).to_numpy(
            zero_copy_only=False
        )
        rows = indices.drop_null().to_numpy(zero_copy_only=False)
        # All of it, as often as it is repeated: whoever reads it on copies it.
        budget.spend(len(array) * _CELL + int(lengths[rows].sum()))
    else:
        budget.spend(len(array) * _CELL)
    known = dict(zip(used.to_pylist(), distinct.to_pylist(), strict=True))
    return [None if index is None else known[index] for index in indices.to_pylist()]
