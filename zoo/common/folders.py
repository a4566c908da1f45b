"""The files of a user's folder that are read, by the ends of their names."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from zoo.errors import DataError, shown_path

__all__ = ["files_in", "files_of"]


def files_in(folders: Sequence[Path], suffixes: tuple[str, ...]) -> tuple[list[Path], list[Path]]:
    """Return the files right in folders that are read, and those that are not, but hidden ones.

    Args:
        folders: the folders.
        suffixes: what the names of those that are read end in, in lower case.

    Returns:
        Both in the order of the folders, and by name in each.
    """
    inside = [file for folder in folders for file in sorted(folder.glob("[!.]*"))]
    files = [file for file in inside if file.name.lower().endswith(suffixes)]
    read = set(files)
    return files, [file for file in inside if file not in read and not file.is_dir()]


def files_of(data: str | Path, suffixes: tuple[str, ...]) -> tuple[list[Path], list[Path]]:
    """Return a file, or those of a folder that are read, and the others of the folder.

    Of a folder without any, such as one with a folder for every class, they are those of its
    folders.

    Args:
        data: the file, whatever its name is, or the folder.
        suffixes: what the names of files that are read end in, in lower case.

    Raises:
        DataError: there is no such file or folder, or nothing that is read in it.
    """
    path = Path(data)
    files, others = [path], list[Path]()
    try:
        if path.is_dir():
            files, others = files_in([path], suffixes)
            if not files:
                inner = sorted(one for one in path.glob("[!.]*") if one.is_dir())
                files, others = files_in([path, *inner], suffixes)
        elif not path.exists():
            files = []
    except (OSError, ValueError):  # too long a name, or a null character in it
        files = []
    if not files:
        raise DataError(
            f"Expected a file, or a folder of files that end in {', '.join(suffixes)}. Received: "
            f"{shown_path(data)}, which is none"
        )
    return files, others
