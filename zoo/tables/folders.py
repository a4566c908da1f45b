"""A folder of texts for every class."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from pathlib import Path

from zoo.errors import DataError, shown
from zoo.files import read_regular
from zoo.tables.columns import Columns, printable, tell
from zoo.tables.encodings import decode
from zoo.tables.text_tables import MAX_BYTES

__all__ = ["read_folder"]


def read_folder(path: Path, *, classes: bool = True) -> Columns:
    """Read a folder with a folder of `.txt` files for every class.

    Other files, and links that lead out of the folder, are left out; a warning counts them.

    Args:
        path: the folder.
        classes: whether every text needs one; else those that lie in the folder itself are read
            too, before the others.

    Raises:
        DataError: there are no such files, or one cannot be read.
    """
    files, others, links = _list(path, classes)
    if not files:
        expected = "a folder of .txt files for every class" if classes else ".txt files"
        example = path / "good" / "1.txt" if classes else path / "1.txt"
        raise DataError(
            f"Expected {expected} in {path}, such as {example}. Received: {_listing(path)}"
        )
    name = printable(path.resolve().name or str(path))
    if others:
        tell(
            f"{len(others)} entries of {name} are no .txt files{' of a class' * classes} and are "
            f"left out, such as {shown(printable(str(others[0].relative_to(path))))}."
        )
    if links:
        tell(
            f"{len(links)} links lead out of {name} and are left out, such as "
            f"{shown(printable(str(links[0].relative_to(path))))}. Copy there what they lead to."
        )
    digest = hashlib.sha256()
    texts, places = [], []
    guesses: Counter[str] = Counter()
    left = MAX_BYTES
    for _, file in files:
        content = read_regular(file, left)
        left -= len(content)
        within = file.relative_to(path).as_posix()
        places.append(printable(within))
        digest.update(f"{within}\0{len(content)}\0".encode("utf-8", "surrogateescape"))
        digest.update(content)
        text, guessed = decode(content, printable(str(file)))
        guesses[guessed] += 1
        texts.append(text)
    for guessed, count in guesses.items():
        if guessed:
            tell(
                f"{count} of {len(files)} texts of {name} are not UTF-8 and are read as {guessed}. "
                "If that is wrong, convert them to UTF-8."
            )
    return Columns(name, digest.hexdigest(), texts, [label for label, _ in files], places)


def _list(path: Path, classes: bool) -> tuple[list[tuple[str, Path]], list[Path], list[Path]]:
    """Return texts with their classes, what else is there, and what leads out."""
    home = os.path.realpath(path).rstrip(os.sep) + os.sep
    alone, files, others, links = [], [], [], []

    def inside(entry: Path) -> bool:
        return not entry.is_symlink() or os.path.realpath(entry).startswith(home)

    for inner in _entries(path):
        if not inside(inner):
            links.append(inner)
        elif not inner.is_dir():
            if classes or not _is_text(inner):
                others.append(inner)
            else:
                alone.append(("", inner))
        else:
            for file in _entries(inner):
                if not inside(file):
                    links.append(file)
                elif _is_text(file):
                    files.append((inner.name, file))
                else:
                    others.append(file)
    return alone + files, others, links


def _is_text(file: Path) -> bool:
    return file.suffix.lower() == ".txt" and not file.is_dir()


def _entries(path: Path) -> list[Path]:
    try:
        return sorted(entry for entry in path.iterdir() if not entry.name.startswith("."))
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from error


def _listing(path: Path) -> str:
    names = [printable(entry.name) + "/" * entry.is_dir() for entry in _entries(path)[:50]]
    return shown(", ".join(names) or "an empty folder", 200)
