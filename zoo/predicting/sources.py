"""What is answered: the rows of a table, or the files of a folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zoo.common.answering import Field
from zoo.common.counts import counted
from zoo.common.folders import files_of
from zoo.errors import shown, shown_path
from zoo.files import open_regular
from zoo.tables.chunks import Chunk, Table, batched, digest_of
from zoo.tables.columns import printable, reading_of
from zoo.tables.parquet import sha256_of
from zoo.tables.reading import open_table, table_chunks
from zoo.tables.scanning import ANY_SIZE
from zoo.task import Task

__all__ = ["Files", "Rows", "Source", "open_source"]


@dataclass(frozen=True)
class Rows:
    """The rows of a table.

    Attributes:
        table: what is known of it.
    """

    table: Table

    @property
    def kept(self) -> tuple[Field, ...]:
        """The columns that stand beside the answers."""
        return self.table.fields

    @property
    def total(self) -> int:
        """How much there is to read; 0 where that is unknown."""
        return self.table.total

    @property
    def told(self) -> Sequence[str]:
        """What was found out."""
        return self.table.told

    def layout(self) -> Any:
        """Return what must be the same to go on."""
        return self.table.layout()

    def chunks(self, rows: int) -> Iterator[Chunk]:
        """Yield the rows, so many at a time."""
        return table_chunks(self.table, rows)


@dataclass(frozen=True)
class Files:
    """Files each of which is one input.

    Attributes:
        files: the files.
        folder: that they lie in; their names stand beside the answers then. None for a file.
        told: what was found out.
    """

    files: Sequence[Path]
    folder: Path | None
    told: Sequence[str]

    @property
    def kept(self) -> tuple[Field, ...]:
        """The columns that stand beside the answers."""
        return (Field("file"),) if self.folder else ()

    @property
    def total(self) -> int:
        """How many files there are."""
        return len(self.files)

    def layout(self) -> Any:
        """Return what must be the same to go on."""
        return ("folder",) if self.folder else ("file",)

    def chunks(self, rows: int) -> Iterator[Chunk]:
        """Yield the files, so many at a time."""
        start = 0
        for files in batched(((file, 1) for file in self.files), rows):
            names = [
                printable(str(file.relative_to(self.folder) if self.folder else file.name))
                for file in files
            ]
            yield Chunk(
                start=start,
                inputs=[str(file) for file in files],
                columns=[names] if self.folder else [],
                digest=digest_of(names, [_sha256(file) for file in files]),
                done=start + len(files),
            )
            start += len(files)


def _sha256(file: Path) -> str:
    with open_regular(file, ANY_SIZE) as opened:
        return sha256_of(opened)


Source = Rows | Files


def open_source(
    task: Task,
    data: str,
    options: Mapping[str, Any],
    progress: Callable[[str, int, int], None] | None = None,
) -> Source:
    """Return what is to be answered of a user's data.

    Args:
        task: who answers.
        data: a table of texts; or, for a task that reads files, one or a folder of them.
        options: those that were given.
        progress: called with what is being done, how much is done, and how much there is.

    Raises:
        DataError: it is missing or malformed, or lacks the column.
        InputError: there is no such encoding or separator.
    """
    if not task.files:
        column = options.get("text_column") or "text"
        return Rows(open_table(data, column, reading_of(options), progress))
    files, others = files_of(data, task.files)
    told = []
    if others:
        told = [
            f"Not read in {shown_path(data)}: {counted(len(others), 'file')}, such as "
            f"{shown(others[0].name)}: only those of {', '.join(task.files)}"
        ]
    return Files(files, Path(data) if Path(data).is_dir() else None, told)
