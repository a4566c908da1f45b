"""Running text of a user's own: a file, a folder of files, lists, or a column of a table."""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

from zoo.common.counts import counted
from zoo.errors import DataError, InputError, shown, shown_path
from zoo.files import read_regular
from zoo.tables.columns import Columns, Places, Reading, printable, tell
from zoo.tables.encodings import decode, unpack
from zoo.tables.memory_tables import is_table, read_lists
from zoo.tables.sources import read_columns
from zoo.tables.text_tables import MAX_BYTES, check_archive
from zoo.tables.tfds_tables import SCHEME, is_name

__all__ = ["is_running_text", "read_running_text"]

# What is a table by its name; any other file is one text.
_TABLES = (".csv", ".tsv", ".tab", ".jsonl", ".ndjson", ".json", ".parquet")
_TEXTS = (".txt", ".txt.gz")
_FORMATS = (
    "a file of text, a folder of .txt files, a CSV, TSV, JSON lines (.jsonl) or Parquet file with "
    "a column of texts, a file of the Hub, such as hf://datasets/user/repo/file.parquet, or the "
    "name of a TensorFlow data set, such as ag_news_subset:train"
)
# Signs that no text holds but for white space. What holds more of them is a picture, a sound, a
# program.
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_MOST_CONTROL = 1e-3


def is_running_text(source: str | Path) -> bool:
    """Return whether a file is one text by its name, and no table of texts, folder or data set.

    Args:
        source: the path or name.

    Example:
        >>> is_running_text("poems.txt"), is_running_text("poems.csv")
        (True, False)
    """
    path, name = Path(source), str(source)
    there = os.path.lexists(path)
    table = path.name.lower().removesuffix(".gz").endswith(_TABLES)
    if table or name.startswith(SCHEME) or (there and path.is_dir()):
        return False
    return there or not is_name(name)


def read_running_text(source: Any, column: str = "text", reading: Reading | None = None) -> Columns:
    """Read texts that stand for themselves, each of any length.

    A text file is one text, with the ends of its lines as line feeds. What is found out about a
    file is told in a warning: its encoding where it is not UTF-8, and what is left out of a folder.

    Args:
        source: a file in text (`.txt` or any other name, also with `.gz`); a folder, whose `.txt`
            files are taken with those of the folders within it, in the order of their names; a
            list of texts; or a table with a column of texts in any form that `read_columns` takes.
        column: name of that column, or its number from 1 in a table in text.
        reading: how a file in text is to be read.

    Returns:
        The texts as the first column.

    Raises:
        DataError: there is nothing of that name; it is no text, empty or too large; or the column
            is missing.
        InputError: there is no such encoding, or nothing that can be texts.
        HubError: the Hub does not give the file.

    Example:
        >>> read_running_text(["To be,\\nor not to be.\\n"]).texts
        ['To be,\\nor not to be.\\n']
    """
    if isinstance(source, str | Path):
        columns = _read_named(str(source), column, reading or Reading())
    elif isinstance(source, list | tuple) and source:
        columns = read_lists([list(source)], "texts in memory", "index")
    elif is_table(source):
        columns = read_columns(source, column, None, reading)
    else:
        raise InputError(
            f"Expected {_FORMATS}; or a table in memory, or a list of texts, such as "
            f"['To be, or not to be.']. Received: {shown(source)}"
        )
    texts = columns.texts
    if not any(text.strip() for text in texts):
        raise DataError(
            f"Expected a text that holds more than white space in {columns.name}. Received: "
            f"{counted(len(texts), 'text')} without anything else"
        )
    return replace(columns, first=texts)


def _read_named(source: str, column: str, reading: Reading) -> Columns:
    path = Path(source)
    there = os.path.lexists(path)  # no name that is too long or impossible is
    if there and path.is_dir():
        return _read_folder(path, reading)
    if not is_running_text(source):
        return read_columns(source, column, None, reading)
    name = printable(path.name)
    if source.startswith("hf://"):
        from zoo.tables.hub_tables import fetch_table

        path, name = fetch_table(source)
    elif not there:
        raise DataError(
            f"Expected {_FORMATS}. Received: {shown_path(source)}, which is none. Give texts "
            "themselves in a list"
        )
    content = read_regular(path, MAX_BYTES)
    text, guessed, _ = _text_of(content, str(path), reading.encoding)
    if guessed:
        tell(
            f"{name} is read as: encoding {guessed}. If that is wrong, name another with "
            "--encoding."
        )
    places = Places("text", range(1, 2))
    return Columns(name, hashlib.sha256(content).hexdigest(), [text], [], places)


def _text_of(
    content: bytes, place: str, encoding: str | None, most: int = MAX_BYTES
) -> tuple[str, str, int]:
    """Return the text of a file's bytes, its encoding where guessed, and its bytes unpacked."""
    check_archive(content, place, "a text")
    plain = unpack(content, place, most)
    text, guessed = decode(plain, place, encoding)
    if "\0" in text or len(_CONTROL.findall(text)) > _MOST_CONTROL * len(text):
        raise DataError(
            f"Expected a text. Received: {place}, which holds signs that are no text: it begins "
            f"with {shown(content[:16])}"
        )
    return text.replace("\r\n", "\n").replace("\r", "\n"), guessed, len(plain)


def _read_folder(path: Path, reading: Reading) -> Columns:
    name = printable(path.resolve().name or str(path))
    files, others = _list(path)
    if not files:
        raise DataError(
            f"Expected a folder with .txt files in {path}. Received: "
            f"{counted(len(others), 'other file') if others else 'an empty folder'}"
        )
    if others:
        tell(
            f"{counted(len(others), 'file')} of {name} are no .txt files, or links that lead out "
            f"of it, and are left out, such as {shown(printable(others[0]))}."
        )
    digest = hashlib.sha256()
    texts: list[str] = []
    guesses: Counter[str] = Counter()
    left = MAX_BYTES
    for file in files:
        content = read_regular(path / file, left)
        digest.update(f"{file}\0{len(content)}\0".encode("utf-8", "surrogateescape"))
        digest.update(content)
        where = printable(str(path / file))
        text, guessed, size = _text_of(content, where, reading.encoding, left)
        left -= size
        guesses[guessed] += 1
        texts.append(text)
    for guessed, count in guesses.items():
        if guessed:
            tell(
                f"{count} of {len(files)} texts of {name} are not UTF-8 and are read as {guessed}. "
                "If that is wrong, name another encoding with --encoding."
            )
    places = [printable(file) for file in files]
    return Columns(name, digest.hexdigest(), texts, [], places)


def _list(path: Path) -> tuple[list[str], list[str]]:
    """Return texts and what else there is, by their path within the folder, in order."""
    home = os.path.realpath(path).rstrip(os.sep) + os.sep
    files: list[str] = []
    others: list[str] = []

    def refuse(error: OSError) -> None:
        raise DataError(f"{error.filename} cannot be read: {error.strerror or error}") from error

    for folder, folders, names in os.walk(path, onerror=refuse):
        links = [one for one in folders if Path(folder, one).is_symlink()]
        folders[:] = [one for one in folders if not one.startswith(".") and one not in links]
        for name in [*names, *links]:
            if name.startswith("."):
                continue
            file = Path(folder, name)
            inside = os.path.realpath(file).startswith(home)
            taken = inside and name.lower().endswith(_TEXTS) and name not in links
            (files if taken else others).append(file.relative_to(path).as_posix())
    return sorted(files), sorted(others)
