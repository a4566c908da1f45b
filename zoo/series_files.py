"""Read numeric series from files of numbers."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np

from zoo.errors import DataError, shown
from zoo.series import check_series

__all__ = ["parse_series", "read_series"]

_MAX_BYTES = 1 << 30


def read_series(path: str | Path, channels: int | None = None) -> np.ndarray:
    """Read one series from a file: CSV or TSV, a line a step and a column a channel, or NPY.

    Args:
        path: the file; `.npy` is NumPy's own format, and `.tsv` means that tabs separate the
            columns. The first line may name the columns.
        channels: how many there must be; None takes what is there.

    Returns:
        float64 array of shape (time, channels).

    Raises:
        DataError: the file is missing, too large, or not numbers in columns.
        InputError: it has another number of channels, or holds NaN.

    Example:
        >>> read_series("series.csv").shape  # doctest: +SKIP
        (500, 1)
    """
    path = Path(path)
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise DataError(
                f"Expected a file of at most {_MAX_BYTES:,} bytes. "
                f"Received: {path}, of {path.stat().st_size:,}"
            )
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from error
    if path.suffix.lower() != ".npy":
        separator = "\t" if path.suffix.lower() == ".tsv" else ","
        return parse_series(content, str(path), channels, separator)
    try:
        # Without pickle nothing in the file can run.
        array = np.load(io.BytesIO(content), allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        raise DataError(f"{path} is not an array in NumPy's format: {error}") from error
    (series, *more), _ = check_series(array, channels)
    if more:
        raise DataError(
            f"Expected one series of shape (time, channels). Received: {path}, of the shape "
            f"{array.shape}"
        )
    return series


def parse_series(
    content: bytes, place: str, channels: int | None = None, separator: str = ","
) -> np.ndarray:
    """Read one series from lines of numbers.

    Args:
        content: the lines, a step each; the first may name the columns.
        place: where they come from, for errors.
        channels: how many there must be; None takes what is there.
        separator: what separates the columns.

    Returns:
        float64 array of shape (time, channels).

    Raises:
        DataError: a line is not numbers, or not as many as in the first.
        InputError: there is another number of channels, or NaN.

    Example:
        >>> parse_series(b"x,y\\n1,2\\n3,4\\n", "example").tolist()
        [[1.0, 2.0], [3.0, 4.0]]
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise DataError(f"{place}, line {line}: expected numbers. Received: no text") from error
    rows: list[list[float]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    first = True
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            try:
                numbers = [float(cell) for cell in cells]
            except ValueError:
                if first:  # the names of the columns
                    first = False
                    continue
                raise DataError(
                    f"{place}, line {reader.line_num}: expected numbers, such as "
                    f"{separator.join(['0.5'] * max(1, channels or 1))}. "
                    f"Received: {shown(separator.join(cells))}"
                ) from None
            first = False
            if rows and len(numbers) != len(rows[0]):
                raise DataError(
                    f"{place}, line {reader.line_num}: expected {len(rows[0])} columns. "
                    f"Received: {len(numbers)}"
                )
            rows.append(numbers)
    except csv.Error as error:
        raise DataError(f"{place}, line {reader.line_num}: {error}") from error
    if not rows:
        raise DataError(f"Expected at least one line of numbers in {place}. Received: none")
    (series,), _ = check_series(np.array(rows), channels)
    return series
