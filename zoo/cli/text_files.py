"""Texts that the command is given in files."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from zoo.errors import InputError, shown

if TYPE_CHECKING:
    from zoo.tables.columns import Reading

__all__ = ["check_no_files", "read_texts"]

_FILE_NAME = re.compile(r"\S*\.[A-Za-z0-9]{1,8}")


def check_no_files(texts: Sequence[str]) -> None:
    """Refuse texts that are names of files: their names would be answered, not what they hold.

    A text that just happens to be a file's name, such as "models", gets a warning.

    Args:
        texts: the arguments of the command.

    Raises:
        InputError: one is the name of a file.

    Example:
        >>> check_no_files(["A moving film."])
    """
    for text in texts:
        try:
            is_file = Path(text).is_file()
        except (OSError, ValueError):  # too long for a name, or a null character in it
            continue
        if not is_file:
            continue
        if _FILE_NAME.fullmatch(text) or os.sep in text:
            raise InputError(
                "Expected a text, such as 'A moving film.'. "
                f"Received: {shown(text)}, the name of a file. Give the texts of a table by --file "
                f"{text} --text-column NAME, or the lines of a file on standard input, by < {text}"
            )
        warnings.warn(
            f"{shown(text)} is taken for a text; there is a file of that name, too. Its texts are "
            "read by --file.",
            stacklevel=2,
        )


def read_texts(file: str, text_column: str, reading: Reading) -> list[str]:
    """Return the texts of a table, or the lines of a `.txt` file without a column of that name.

    What has no text is an empty one, so that there is an answer for every row.

    Args:
        file: a file in any form that `zoo finetune` takes.
        text_column: name of the column of texts, or its number.
        reading: how a table in text is to be read.

    Raises:
        DataError: it cannot be read, or has no such column.
    """
    from zoo.tables.columns import is_missing
    from zoo.tables.sources import read_columns
    from zoo.tables.text_tables import plain, read_text_table

    if text_column == "text" and file.lower().removesuffix(".gz").endswith(".txt"):
        table = read_text_table(
            file, encoding=reading.encoding, delimiter=reading.delimiter, names=(text_column,)
        )
        _, header = next(table.rows(), (0, []))
        if text_column not in map(plain, header):
            lines = re.split(r"\r\n|\r|\n", table.text)
            return lines if lines[-1] else lines[:-1]
    columns = read_columns(file, text_column, None, reading)
    missing = [row for row, cell in enumerate(columns.first) if is_missing(cell)]
    if missing:
        warnings.warn(
            f"{len(missing):,} of {len(columns):,} rows have no text (the first in "
            f"{columns.places[missing[0]]}); each is answered as an empty one.",
            stacklevel=2,
        )
    return columns.texts
