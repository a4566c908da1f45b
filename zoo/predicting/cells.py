"""Cells of tables as CSV, JSON and Parquet hold them; texts are not changed."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import numpy as np

__all__ = ["as_arrow", "as_text", "json_line", "json_lines"]


def as_text(value: Any) -> str:
    """Return a cell as a table in text holds it; what is nested is JSON there.

    Args:
        value: the cell.

    Example:
        >>> [as_text(value) for value in ("=1", None, True, 0.5, ["a"])]
        ['=1', '', 'true', '0.5', '["a"]']
    """
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, dict | list | tuple):
        return _dumps(value)
    return str(_plain(value))


def _plain(value: Any) -> Any:
    """Return what JSON has no form for as a text, or as what it is in Python's own types."""
    if isinstance(value, bytes):
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            return base64.b64encode(value).decode("ascii")
    if isinstance(value, np.generic) and not isinstance(value, np.datetime64 | np.timedelta64):
        return value.item()
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


_ENCODER = msgspec.json.Encoder(enc_hook=_plain)


def _dumps(value: Any) -> str:
    try:
        return _ENCODER.encode(value).decode("utf-8")
    except (ValueError, TypeError, OverflowError):  # half a character, or a number of many digits
        return json.dumps(value, default=_plain)


def json_lines(names: Sequence[str], columns: Sequence[Sequence[Any]]) -> bytes:
    """Return rows as JSON lines; a number that is not finite, which JSON has not, becomes null.

    Args:
        names: of the columns.
        columns: their cells.

    Example:
        >>> json_lines(["a", "b"], [[1], ["x"]])
        b'{"a":1,"b":"x"}\\n'
    """
    rows = [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
    try:
        return _ENCODER.encode_lines(rows)
    except (ValueError, TypeError, OverflowError):
        return "".join(f"{_dumps(row)}\n" for row in rows).encode("utf-8")


def json_line(line: str, added: bytes) -> str:
    """Return an object of JSON with members added, and what it had as it was written.

    Args:
        line: the object.
        added: an object of the members, of which it has none.

    Example:
        >>> json_line('{"a": 1.50}', b'{"b":2}')
        '{"a": 1.50, "b":2}'
    """
    own = line[:-1].rstrip()
    return f"{own}{'' if own.endswith('{') else ', '}{added[1:].decode('utf-8')}"


def _in_utc(cell: Any) -> Any:
    """Return a moment that is a text with a zone as one in UTC, and all else as it is."""
    if not isinstance(cell, str):
        return cell
    return datetime.fromisoformat(cell).astimezone(UTC).replace(tzinfo=None)


def as_arrow(kind: str, cells: Sequence[Any]) -> Any:
    """Return cells as an Arrow array.

    Args:
        kind: of the column, as in a `Field`; what is nested, or of several kinds, is JSON.
        cells: the cells.
    """
    import pyarrow

    types = {
        "text": pyarrow.string(),
        "number": pyarrow.float64(),
        "whole": pyarrow.int64(),
        "flag": pyarrow.bool_(),
        "time": pyarrow.timestamp("ms"),
    }
    if kind == "other":
        cells = [None if cell is None else _dumps(cell) for cell in cells]
    elif kind == "time":  # None becomes NaT, which Arrow takes for null
        return pyarrow.array(np.array(list(map(_in_utc, cells)), "datetime64[ms]"), types[kind])
    return pyarrow.array(cells, types.get(kind, pyarrow.string()))
