"""Columns of a table in memory: of pandas, polars, Arrow, `datasets`, or a dictionary of lists."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from zoo.errors import InputError, shown
from zoo.tables.columns import Columns, Places
from zoo.tables.header import check_columns
from zoo.tables.parquet import class_names

__all__ = ["is_table", "read_lists", "read_table", "table_names"]


def is_table(data: Any) -> bool:
    """Return whether something is a table in memory, by what it can do.

    None of the libraries is imported: a table has named columns, or the Arrow C stream.

    Args:
        data: anything.

    Example:
        >>> is_table({"text": ["A moving film."], "label": ["good"]}), is_table((["a"], [1]))
        (True, False)
    """
    return isinstance(data, Mapping) or any(
        hasattr(type(data), name) for name in ("__arrow_c_stream__", "column_names", "columns")
    )


def read_table(data: Any, wanted: Sequence[str]) -> Columns:
    """Read two columns of a table in memory.

    Args:
        data: the table.
        wanted: names of the columns.

    Raises:
        DataError: a column is missing, or there several times.
        InputError: it is no table of named columns in memory, or it is empty.

    Example:
        >>> read_table({"text": ["A moving film."], "label": ["good"]}, ["text", "label"]).second
        ['good']
    """
    what = type(data).__name__
    names = table_names(data)
    if names is None or not (hasattr(data, "__getitem__") or hasattr(data, "__arrow_c_stream__")):
        raise InputError(
            "Expected a table with named columns in memory, such as pandas.DataFrame(...) or one "
            f"split of a data set, data['train']. Received: {what}. Collect or load it first"
        )
    at = check_columns(f"the {what} given", names, wanted)
    keys = [names[index] for index in at]
    features = getattr(data, "features", None)
    schema = getattr(data, "schema", None)
    if not hasattr(data, "__getitem__") or what == "DuckDBPyRelation":
        import pyarrow

        data = pyarrow.table(data)
    cells = [data[key] for key in keys]
    classes: Sequence[str] = ()
    if len(keys) > 1:
        feature = features.get(keys[1]) if isinstance(features, Mapping) else None
        classes = getattr(feature, "names", None) or class_names(
            getattr(schema, "metadata", None), keys[1]
        )
    return read_lists(cells, f"{what} in memory", "row", tuple(classes))


def read_lists(
    cells: Sequence[Any], name: str, what: str, classes: tuple[str, ...] = ()
) -> Columns:
    """Return two lists of the same length as columns.

    Args:
        cells: the lists.
        name: what they are, for the record.
        what: a row is called.
        classes: names of the class numbers in the second one.

    Raises:
        InputError: they are empty, not lists, or of different lengths.
    """
    lists = []
    for column in cells:
        if isinstance(column, str | bytes | Mapping | set) or not hasattr(column, "__iter__"):
            raise InputError(
                "Expected a list of texts and a list of labels, such as "
                f"(['A moving film.'], ['good']). Received: {shown(column)} "
                f"({type(column).__name__})"
            )
        lists.append(_cells(column))
    if len({len(column) for column in lists}) != 1 or not lists[0]:
        raise InputError(
            "Expected two lists of the same length, not empty. Received: "
            f"{' and '.join(str(len(column)) for column in lists)} items"
        )
    digest = hashlib.sha256()
    for number, cell in enumerate(cell for column in lists for cell in column):
        digest.update(("\0" * (number > 0) + str(cell)).encode("utf-8", "replace"))
    second = lists[1] if len(lists) > 1 else []
    places = Places(what, range(len(lists[0])))
    return Columns(name, digest.hexdigest(), lists[0], second, places, classes)


def table_names(data: Any) -> list[Any] | None:
    """Return the names of the columns of a table in memory; None where it is not yet one.

    Args:
        data: the table.

    Example:
        >>> table_names({"text": ["A moving film."], "label": ["good"]})
        ['text', 'label']
    """
    if hasattr(type(data), "collect"):  # a query, not yet a table
        return None
    names: Any = getattr(data, "column_names", None)
    if names is None:
        names = data.keys() if isinstance(data, Mapping) else getattr(data, "columns", None)
    if names is None and hasattr(data, "schema"):  # a stream of Arrow
        names = getattr(data.schema, "names", None)
    if isinstance(names, Mapping) or not hasattr(names, "__iter__"):
        return None
    if isinstance(data, Mapping) and any(
        hasattr(value, "column_names") or hasattr(value, "columns") for value in data.values()
    ):
        return None  # several splits
    return list(names)


def _cells(column: Any) -> list[Any]:
    for method in ("to_pylist", "to_list", "tolist"):
        if hasattr(column, method):
            return list(getattr(column, method)())
    return list(column)
