"""Texts for commands: arguments, or lines of standard input as they arrive."""

from __future__ import annotations

import select
import sys
from collections.abc import Iterator
from typing import Any

from zoo.cli.output import say
from zoo.common.escape import is_blank
from zoo.errors import InputError, shown

__all__ = ["read_arguments", "read_lines"]

_AT_ONCE = 1 << 16
_MOST_AT_ONCE = 1 << 20
_LONGEST_LINE = 64 << 20
_BYTE_ORDER_MARK = "\ufeff".encode()


def read_arguments(arguments: list[str]) -> Iterator[list[str]]:
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
    yield arguments


def read_lines() -> Iterator[list[str]]:
    """Yield the lines of standard input, as many at once as have arrived.

    Raises:
        InputError: it is closed or empty, or a line is no UTF-8, or too long. The lines before it
            have been yielded.
    """
    if sys.stdin is None:  # closed, as by `<&-`
        raise InputError(
            "Expected a text as an argument, or texts on standard input. "
            "Received: no text, and standard input is closed"
        )
    if sys.stdin.isatty():
        say("Reading texts from standard input, one a line; end with Ctrl-D.", error=True)
    number = 0
    for raw in _raw_lines(sys.stdin.buffer):
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
