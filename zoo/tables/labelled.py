"""Whether a user's data has labels beside its texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from zoo.errors import shown
from zoo.tables.columns import reading_of
from zoo.tables.memory_tables import is_table
from zoo.tables.running_text import is_running_text
from zoo.tables.sources import has_columns

__all__ = ["labels_of"]

# Folders of texts that are classes; one alone is a folder that lies in another.
_LEAST_FOLDERS = 2


def labels_of(source: Any, options: Mapping[str, Any]) -> str | None:
    """Return where the labels of a user's data stand, in words; None where it has none.

    A table has labels where it has columns of texts and of labels by their names: nothing is
    guessed from what stands in them. A file of running text has none.

    Args:
        source: a file, folder or data set, a table in memory, or a pair of lists.
        options: those that say in which columns what stands, and how a table is read.

    Raises:
        ZooError: a table that must be asked for its columns is not there, unreachable or malformed.

    Example:
        >>> labels_of({"text": ["A moving film."], "label": ["good"]}, {})
        'a column label'
        >>> labels_of({"text": ["A moving film."]}, {}) is None
        True
    """
    if options.get("label_column") is not None:
        return f"the label_column {shown(options['label_column'])}"
    if isinstance(source, tuple | list) and not is_table(source):
        alike = len(source) == 2 and all(_is_listed(part) for part in source)
        return "a list of labels" if alike and len(source[0]) == len(source[1]) else None
    if isinstance(source, str | Path):
        folders = _folders(Path(source))
        if folders is not None:
            return f"folders of texts, such as {shown(folders[0])}" if folders else None
        if is_running_text(source):
            return None
    elif not is_table(source):
        return None
    wanted = str(options.get("text_column") or "text"), "label"
    return "a column label" if has_columns(source, wanted, reading_of(options)) else None


def _is_listed(part: Any) -> bool:
    return not isinstance(part, str | bytes) and hasattr(part, "__len__")


def _folders(path: Path) -> Sequence[str] | None:
    """Return the folders of texts in a folder that has no texts of its own; None of a file."""
    try:
        if not path.is_dir():
            return None
        entries = [entry for entry in sorted(path.iterdir()) if not entry.name.startswith(".")]
        found = [entry.name for entry in entries if entry.is_dir() and any(entry.glob("*.txt"))]
    except (OSError, ValueError):  # it cannot be read, or too long a name
        return None
    own = any(entry.suffix == ".txt" for entry in entries)
    return [] if own or len(found) < _LEAST_FOLDERS else found
