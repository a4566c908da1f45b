"""How much memory the cells of a file may take."""

from __future__ import annotations

from pathlib import Path

from zoo.errors import DataError

__all__ = ["Budget"]

# What people write becomes at most so many times as large in memory; a bomb far more.
_EXPANSION = 100
_LEAST = 64 << 20


class Budget:
    """Counts what the cells of a file take, and refuses those of a small file that are too many.

    Args:
        path: the file.
        size: how many bytes it has on disk.
    """

    def __init__(self, path: str | Path, size: int) -> None:
        self.limit = max(_LEAST, _EXPANSION * size)
        self._path, self._spent = path, 0

    def check(self, size: int) -> None:
        """Refuse a file that needs so many bytes more.

        Args:
            size: the bytes.

        Raises:
            DataError: they are more than there may be.
        """
        if self._spent + size > self.limit:
            raise DataError(
                f"{self._path} becomes too large in memory. Expected: at most {self.limit:,} "
                "bytes for a file of its size. Received: more. Split it, or write it as CSV"
            )

    def spend(self, size: int) -> None:
        """Count bytes, as `check` does, that stay.

        Args:
            size: the bytes.

        Raises:
            DataError: they are more than there may be.
        """
        self.check(size)
        self._spent += size
