"""The entries that come with the package: list them, describe them, find their directories."""

from __future__ import annotations

import difflib
from functools import cache
from pathlib import Path

from zoo import checkpoint
from zoo.errors import InputError, UnknownModelError, shown
from zoo.schema import ModelInfo

__all__ = ["info", "list_models", "resolve"]

BUNDLED = Path(__file__).parent / "checkpoints"


@cache
def _entries() -> dict[str, ModelInfo]:
    return {
        record.parent.name: checkpoint.read_info(record.parent)
        for record in sorted(BUNDLED.glob("*/zoo.json"))
    }


def list_models(
    task: str | None = None, architecture: str | None = None, dataset: str | None = None
) -> list[str]:
    """List the names of the zoo's entries.

    Args:
        task: only entries of this task, such as `"text-classification"`.
        architecture: only entries of this architecture, such as `"lstm"`.
        dataset: only entries trained on this data set, such as `"imdb_reviews"`.

    Raises:
        InputError: no entry has that task, architecture or data set.

    Example:
        >>> import zoo
        >>> "lstm-imdb" in zoo.list_models(task="text-classification")
        True
    """
    entries = _entries()
    traits = {
        name: {
            "task": entry.task,
            "architecture": entry.architecture,
            "dataset": entry.dataset.name if entry.dataset else None,
        }
        for name, entry in entries.items()
    }
    wanted = {"task": task, "architecture": architecture, "dataset": dataset}
    for key, value in wanted.items():
        known = sorted({str(trait[key]) for trait in traits.values()})
        if value is not None and value not in known:
            raise InputError(
                f"No entry of the zoo has this {key}. Expected one of: {', '.join(known)}. "
                f"Received: {shown(value)}"
            )
    return [
        name
        for name in entries
        if all(value is None or traits[name][key] == value for key, value in wanted.items())
    ]


def info(source: str | Path) -> ModelInfo:
    """Return the record of an entry or of a checkpoint directory, without loading it.

    Args:
        source: an entry's name or a checkpoint directory.

    Raises:
        UnknownModelError: there is no such entry or directory.
        CheckpointError: the directory's `zoo.json` is missing or malformed.

    Example:
        >>> import zoo
        >>> zoo.info("lstm-imdb").task
        'text-classification'
    """
    return checkpoint.read_info(resolve(source))


def resolve(source: str | Path) -> Path:
    """Return the directory of a checkpoint.

    Args:
        source: an entry's name or a checkpoint directory.

    Raises:
        UnknownModelError: there is no such entry or directory.
    """
    if not isinstance(source, str | Path) or not str(source).strip():
        raise InputError(
            "Expected the name of an entry or a checkpoint directory, such as 'lstm-imdb' or "
            f"'./my-checkpoint'. Received: {shown(source)}"
        )
    if isinstance(source, str) and source in _entries():
        return BUNDLED / source
    path = Path(source)
    try:
        if path.is_dir():
            return path
        exists = path.exists()
    except (OSError, ValueError):  # too long a name, or a null character in it
        exists = False
    if exists:
        raise InputError(f"Expected a checkpoint directory. Received a file: {shown(str(source))}")
    names = list(_entries())
    near = difflib.get_close_matches(str(source)[:100].lower(), names, n=3, cutoff=0.4)
    hint = f"Did you mean {' or '.join(near)}?" if near else f"Entries: {', '.join(names)}."
    raise UnknownModelError(
        f"Expected the name of an entry (run `zoo list`) or a checkpoint directory. "
        f"Received: {shown(str(source))}. {hint}"
    )
