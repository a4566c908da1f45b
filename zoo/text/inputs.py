"""Texts that a model is asked to answer: arguments, tables, or lines as they arrive."""

from __future__ import annotations

import logging
import os
import re
import select
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from zoo.common.answering import Answer, Answers, Field, Request
from zoo.common.escape import is_blank
from zoo.common.user_warnings import warn_user
from zoo.errors import InputError, shown
from zoo.text.doubts import Doubts

__all__ = ["answer_texts", "check_no_files", "read_lines", "read_texts"]

_FILE_NAME = re.compile(r"\S*\.[A-Za-z0-9]{1,8}")
_AT_ONCE = 1 << 16
_MOST_AT_ONCE = 1 << 20
_LONGEST_LINE = 64 << 20
_BYTE_ORDER_MARK = "\ufeff".encode()


def answer_texts(
    request: Request,
    columns: tuple[str, ...],
    fields: tuple[Field, ...],
    answer: Callable[[list[str]], tuple[list[Any], Doubts]],
    show: Callable[[str, Any], Answer],
    cells: Callable[[Any], tuple[Any, ...]],
    numbers: str = "",
    *,
    blank: bool = False,
    text_column: str = "text",
    encoding: str | None = None,
    delimiter: str | None = None,
    header: bool | None = None,
) -> Answers:
    """Return the answers to the texts of a request, as they come.

    Args:
        request: the request.
        columns: headings of the table of answers that is printed.
        fields: columns of that which is written.
        answer: answers texts, and tells which answers say little about them.
        show: returns how the answer to a text is shown.
        cells: returns the answer to a text as a row of the table that is written.
        numbers: headings of the columns of numbers.
        blank: whether a text without any word may be given as an argument.
        text_column: the column of texts in a table, by name or number.
        encoding: of a table in text.
        delimiter: what separates its columns.
        header: whether a line of it names the columns.

    Raises:
        InputError: there is no text, or an argument is the name of a file.
        DataError: the table cannot be read.
    """
    texts = request.inputs
    if request.rows:
        source, place = iter([list(texts)]), "in row {}"
    elif request.data is not None:
        texts_read = read_texts(request.data, text_column, encoding, delimiter, header)
        source, place = iter([texts_read]), "in text {}"
    elif texts and texts != ("-",):
        check_no_files(texts)
        source = iter([list(texts)]) if blank else read_arguments(texts)
        place = "in argument {}"
    else:
        source, place = read_lines(request.stdin), "in line {}"
    doubts = Doubts()

    def batches() -> Iterator[list[Answer]]:
        for some in source:
            answers, more = answer(some)
            if request.rows:  # of millions nobody sees any but what is written
                yield [Answer(None, (), (cells(found),)) for found in answers]
            else:
                yield [show(*pair) for pair in zip(some, answers, strict=True)]
            doubts.add(more)

    return Answers(
        columns,
        batches(),
        numbers,
        lambda: doubts.messages(lambda row: place.format(row + 1)),
        fields,
        doubts.notes,
    )


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
                f"Received: {shown(text)}, the name of a file. Give the texts of a table by --data "
                f"{text} --text-column NAME, or the lines of a file on standard input, by < {text}"
            )
        warn_user(
            f"{shown(text)} is taken for a text; there is a file of that name, too. Its texts are "
            "read by --data.",
        )


def read_texts(
    file: str,
    text_column: str = "text",
    encoding: str | None = None,
    delimiter: str | None = None,
    header: bool | None = None,
) -> list[str]:
    """Return the texts of a table, or the lines of a `.txt` file without a column of that name.

    What has no text is an empty one, so that there is an answer for every row.

    Args:
        file: a file in any form that `zoo finetune` takes.
        text_column: name of the column of texts, or its number.
        encoding: of a table in text.
        delimiter: what separates its columns.
        header: whether a line of it names the columns.

    Raises:
        DataError: it cannot be read, or has no such column.
    """
    from zoo.tables.columns import Reading, is_missing
    from zoo.tables.sources import read_columns
    from zoo.tables.text_tables import plain, read_text_table

    if text_column == "text" and file.lower().removesuffix(".gz").endswith(".txt"):
        table = read_text_table(file, encoding=encoding, delimiter=delimiter, names=(text_column,))
        _, first = next(table.rows(), (0, []))
        if text_column not in map(plain, first):
            lines = re.split(r"\r\n|\r|\n", table.text)
            return lines if lines[-1] else lines[:-1]
    columns = read_columns(file, text_column, None, Reading(encoding, delimiter, header))
    missing = [row for row, cell in enumerate(columns.first) if is_missing(cell)]
    if missing:
        warn_user(
            f"{len(missing):,} of {len(columns):,} rows have no text (the first in "
            f"{columns.places[missing[0]]}); each is answered as an empty one.",
        )
    return columns.texts


def read_arguments(arguments: Sequence[str]) -> Iterator[list[str]]:
    """Yield the texts that were given as arguments.

    Args:
        arguments: the arguments.

    Raises:
        InputError: one holds nothing but spaces and characters that show nothing.
    """
    for number, text in enumerate(arguments, 1):
        if is_blank(text):
            raise InputError(
                "Expected texts with at least one word, such as 'A moving film.'. "
                f"Received: {shown(text)} in argument {number}"
            )
    yield list(arguments)


def read_lines(stream: BinaryIO | None) -> Iterator[list[str]]:
    """Yield the lines of standard input, as many at once as have arrived.

    Args:
        stream: standard input; None where it is closed.

    Raises:
        InputError: it is closed or empty, or a line is no UTF-8, or too long. The lines before it
            have been yielded.
    """
    if stream is None:
        raise InputError(
            "Expected a text as an argument, or texts on standard input. "
            "Received: no text, and standard input is closed"
        )
    if stream.isatty():
        logging.getLogger("zoo").info(
            "Reading texts from standard input, one a line; end with Ctrl-D."
        )
    number = 0
    for raw in _raw_lines(stream):
        texts = []
        for line in raw:
            number += 1
            if number == 1:
                line = line.removeprefix(_BYTE_ORDER_MARK)
            try:
                texts.append(line.decode("utf-8").rstrip("\r\n"))
            except UnicodeDecodeError as error:
                if texts:
                    yield texts
                raise InputError(
                    "Expected UTF-8 text on standard input. Received: byte "
                    f"0x{line[error.start]:02x} at position {error.start} of line {number}. "
                    "Convert it, for example with iconv"
                ) from None
        if texts:
            yield texts
    if not number:
        raise InputError(
            "Expected at least one text, as an argument or as a line of standard input. "
            "Received: nothing"
        )


def _raw_lines(stream: Any) -> Iterator[list[bytes]]:
    size, pending = _AT_ONCE, bytearray()
    while True:
        fresh = bytearray(stream.read1(_AT_ONCE))
        ended = not fresh
        while not ended and len(fresh) < size and _ready(stream):
            data = stream.read1(_AT_ONCE)
            ended = not data
            fresh += data
        # The first answers come soon, later ones in larger batches, which take less time each.
        size = min(2 * size, _MOST_AT_ONCE)
        end = fresh.rfind(b"\n") + 1
        if end:
            yield bytes(pending + fresh[:end]).split(b"\n")[:-1]
            pending = fresh[end:]
        else:
            pending += fresh
        if len(pending) > _LONGEST_LINE:
            raise InputError(
                f"Expected lines of at most {_LONGEST_LINE >> 20} MB on standard input. "
                "Received: a longer one"
            )
        if ended:
            if pending:
                yield [bytes(pending)]
            return


def _ready(stream: Any) -> bool:
    """Return whether there is more to read without waiting, as far as one can tell."""
    try:
        return bool(select.select([stream], [], [], 0)[0])
    except (OSError, ValueError):  # not a file, or a pipe on Windows
        return False
