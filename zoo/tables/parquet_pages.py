"""How large the pages of a Parquet file are once they are unpacked, by their own headers.

The reader allocates what a page's header says, whatever the file's footer says of the column.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

__all__ = ["page_sizes"]

_READ = 1 << 10
_LONGEST_HEADER = 1 << 24
# Types of Thrift's compact protocol.
_TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY = range(1, 9)
_STRUCT = 12
_DEEPEST = 8


def page_sizes(file: BinaryIO, start: int, length: int) -> Iterator[tuple[int, int]]:
    """Yield the unpacked size in bytes of every page of a column chunk, and its number of values.

    Args:
        file: the Parquet file.
        start: where the chunk begins.
        length: how long it is, packed.

    Raises:
        ValueError: what is there is not a page.
    """
    end = start + length
    while start < end:
        sizes, inner, header = _read_header(file, start, end)
        unpacked, packed = sizes.get(2, -1), sizes.get(3, -1)
        if unpacked < 0 or packed < 0:
            raise ValueError("a page without a size")
        # The header of the page's own kind begins with how many values it has.
        yield unpacked, max([0, *(part.get(1, 0) for part in inner)])
        start += header + packed


def _read_header(
    file: BinaryIO, start: int, end: int
) -> tuple[dict[int, int], list[dict[int, int]], int]:
    """Return a page's header and its parts, their whole numbers by field, and how long it is."""
    size = _READ
    while True:
        file.seek(start)
        content = file.read(min(size, end - start))
        try:
            reader = _Compact(content)
            numbers = reader.struct(0)
            return numbers, reader.parts, reader.at
        except IndexError:
            if size >= min(_LONGEST_HEADER, end - start):
                raise ValueError("a page's header that is cut off or too long") from None
            size *= 4


class _Compact:
    """Thrift's compact protocol, as far as headers of pages use it."""

    def __init__(self, content: bytes) -> None:
        self._content, self.at = content, 0
        self.parts: list[dict[int, int]] = []

    def struct(self, depth: int) -> dict[int, int]:
        """Read a structure; return its fields that are whole numbers."""
        if depth > _DEEPEST:
            raise ValueError("a page's header of great depth")
        fields: dict[int, int] = {}
        field = 0
        while kind := self._byte():
            field = field + (kind >> 4) if kind >> 4 else self._whole()
            value = self._value(kind & 15, depth)
            if value is not None:
                fields[field] = value
        return fields

    def _value(self, kind: int, depth: int) -> int | None:
        if kind in (_I16, _I32, _I64):
            return self._whole()
        if kind == _BYTE:
            self._skip(1)
        elif kind == _DOUBLE:
            self._skip(8)
        elif kind == _BINARY:
            self._skip(self._varint())
        elif kind == _STRUCT:
            inner = self.struct(depth + 1)
            if depth == 0:
                self.parts.append(inner)
        elif kind not in (_TRUE, _FALSE):  # lists and maps have no place there
            raise ValueError("what is no header of a page")
        return None

    def _byte(self) -> int:
        self.at += 1
        return self._content[self.at - 1]

    def _varint(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7
            if shift > 63:
                raise ValueError("a number too long")

    def _whole(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)

    def _skip(self, count: int) -> None:
        self.at += count
        if self.at > len(self._content):
            raise IndexError
