"""A table in text before it is read row by row: unpacked, its encoding, and how many lines it has.

The file is read once to the end, in pieces, so that what is wrong with its bytes is told before
the first row is answered, and its encoding is found as it is for a file that is read as a whole.
"""

from __future__ import annotations

import codecs
import io
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from zoo.errors import DataError
from zoo.files import open_regular
from zoo.tables.encodings import (
    BOMS,
    GZIP,
    codec_of,
    guess_encoding,
    is_packed,
    mixed,
    mostly_multibyte,
)

__all__ = ["LONGEST_LINE", "Scan", "open_text", "open_unpacked", "scan"]

LONGEST_LINE = 64 << 20
ANY_SIZE = 1 << 62
_PIECE = 1 << 20
_SAMPLE = 1 << 16
_NOT_ASCII = re.compile(rb"[^\n]*[\x80-\xff][^\n]*\n?")


class Scan(msgspec.Struct, frozen=True):
    """What is known of a text file before its rows are.

    Attributes:
        encoding: a codec of Python's; a byte-order mark is dropped where there is one.
        guessed: the encoding where it had to be guessed; else empty.
        lines: how many lines there are.
        head: the first megabyte of the text, or all of it.
        cut: whether there is more.
        quotes: whether there is a quote anywhere.
    """

    encoding: str
    guessed: str
    lines: int
    head: str
    cut: bool
    quotes: bool


class _Gunzip(io.RawIOBase):
    """The content of a gzip file, which may be several, one after another."""

    def __init__(self, file: BinaryIO, place: str) -> None:
        self._file, self._place = file, place
        self._stream: Any = zlib.decompressobj(wbits=31)
        self._packed = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while True:
            if self._stream.eof:
                rest = self._stream.unused_data or b""
                rest += self._file.read(len(GZIP)) if len(rest) < len(GZIP) else b""
                if not rest.startswith(GZIP):
                    return 0
                self._stream, self._packed = zlib.decompressobj(wbits=31), rest
            packed = self._packed or self._file.read(_PIECE)
            if not packed:
                raise DataError(
                    f"{self._place} is cut off. Expected: a whole gzip file. Fetch it again"
                )
            try:
                piece = self._stream.decompress(packed, len(buffer))
            except zlib.error as error:
                raise DataError(
                    f"{self._place} is not a gzip file: {error}. Fetch it again"
                ) from None
            self._packed = self._stream.unconsumed_tail
            if piece:
                buffer[: len(piece)] = piece
                return len(piece)


@contextmanager
def open_unpacked(path: str | Path) -> Iterator[BinaryIO]:
    """Open a file of any size; one that is packed with gzip is unpacked as it is read.

    Args:
        path: the file.

    Raises:
        DataError: it is missing, no regular file, or no whole gzip file, as its name or its first
            bytes say it is.
    """
    with open_regular(path, ANY_SIZE) as file:
        packed = is_packed(file.read(8), str(path))
        file.seek(0)
        if not packed:
            yield file
            return
        with io.BufferedReader(_Gunzip(file, str(path)), _PIECE) as unpacked:
            yield unpacked


@contextmanager
def open_text(path: str | Path, encoding: str, newline: str = "") -> Iterator[io.TextIOWrapper]:
    """Open a text file that was scanned, to read its lines.

    Args:
        path: the file.
        encoding: what `scan` found.
        newline: as for `open`.

    Raises:
        DataError: it is not as it was scanned any more.
    """
    with open_unpacked(path) as file:
        text = io.TextIOWrapper(file, encoding=encoding, newline=newline)
        try:
            yield text
        except UnicodeDecodeError:
            raise DataError(
                f"Expected {path} as it was when it was begun. Received: one that has changed"
            ) from None
        finally:
            text.detach()


def scan(path: str | Path, encoding: str | None = None) -> Scan:
    """Return what a text file is, read to its end in pieces.

    Args:
        path: the file, which may be packed with gzip.
        encoding: of the text; by default it is found out, as `encodings.decode` does.

    Raises:
        InputError: there is no such encoding.
        DataError: the file is missing, not in the encoding, UTF-8 but for some bytes, or has a
            line of more than 64 MB.
    """
    with open_unpacked(path) as file:
        first = file.read(_PIECE)
        marked = next((name for mark, name in BOMS if first.startswith(mark)), None)
        guessed = marked if marked not in (None, "utf-8-sig") else ""
        codec = codec_of(encoding) if encoding is not None else marked or "utf-8"
        binary = encoding is None and marked is None and b"\0" in first
        try:
            if binary:
                raise UnicodeDecodeError("utf-8", b"\0", 0, 1, "null characters")
            lines, quotes = _read(path, file, first, codec)
        except UnicodeDecodeError as error:
            if encoding is not None or marked is not None:
                raise DataError(
                    f"Expected {path} in the encoding {encoding or marked}. Received: {error}. "
                    "Name another with --encoding"
                ) from None
            guessed = codec = _guess(path, first if binary else b"", error)
            with open_unpacked(path) as again:
                try:
                    lines, quotes = _read(path, again, again.read(_PIECE), codec)
                except (UnicodeDecodeError, LookupError):
                    guessed = codec = "latin-1"
            if codec == "latin-1":
                with open_unpacked(path) as again:
                    lines, quotes = _read(path, again, again.read(_PIECE), codec)
    head = codecs.getincrementaldecoder(codec)().decode(first, final=False)
    cut = len(first) == _PIECE
    return Scan(codec, guessed or "", lines, head.removeprefix("\ufeff"), cut, quotes)


class _BadLineError(UnicodeDecodeError):
    """A byte that is not in the encoding, with its line."""

    def __init__(self, error: UnicodeDecodeError, line: int) -> None:
        super().__init__(error.encoding, error.object, error.start, error.end, error.reason)
        self.line = line

    def __str__(self) -> str:
        return f"line {self.line}, which is not (byte 0x{self.object[self.start]:02x})"


def _read(path: str | Path, file: BinaryIO, piece: bytes, codec: str) -> tuple[int, bool]:
    """Return how many lines a file has, all in the encoding, and whether a quote is in them."""
    decoder = codecs.getincrementaldecoder(codec)()
    lines = length = 0
    ended, quotes = True, False
    while True:
        try:
            decoder.decode(piece, final=not piece)
        except UnicodeDecodeError as error:
            # What was left of the piece before stands ahead of this one in what was decoded.
            raise _BadLineError(
                error, lines + 1 + error.object[: error.start].count(b"\n")
            ) from None
        if not piece:
            return lines + (not ended), quotes
        quotes = quotes or b'"' in piece
        lines += max(piece.count(b"\n"), 0 if b"\n" in piece else piece.count(b"\r"))
        last = max(piece.rfind(b"\n"), piece.rfind(b"\r"))
        length = length + len(piece) if last < 0 else len(piece) - last - 1
        ended = last == len(piece) - 1
        if length > LONGEST_LINE:
            raise DataError(
                f"Expected lines of at most {LONGEST_LINE >> 20} MB in {path}. "
                f"Received: a longer one, line {lines + 1}"
            )
        piece = file.read(_PIECE)


def _guess(path: str | Path, head: bytes, error: UnicodeDecodeError) -> str:
    """Return the encoding of a file that is not UTF-8, from what tells encodings apart."""
    if head:
        return guess_encoding(head)
    beyond = multibyte = 0
    sample = b""
    with open_unpacked(path) as file:
        while piece := file.read(_PIECE):
            counts = mostly_multibyte(piece)
            multibyte, beyond = multibyte + counts[0], beyond + counts[1]
            if len(sample) <= _SAMPLE:
                lines, size = [sample], len(sample)
                for match in _NOT_ASCII.finditer(piece):
                    lines.append(match[0][:1000])
                    size += len(lines[-1])
                    if size > _SAMPLE:
                        break
                sample = b"".join(lines)
    if multibyte > beyond / 2:
        raise mixed(str(path), getattr(error, "line", 1), error.object[error.start])
    return guess_encoding(sample)
