"""The entries that come with the package and checkpoints elsewhere: list, describe, read them."""

from __future__ import annotations

import difflib
import fnmatch
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from zoo import checkpoint
from zoo.common.atomic import restore
from zoo.errors import CheckpointError, InputError, UnknownModelError, shown, shown_path
from zoo.files import BUNDLED, output_path, write_directory
from zoo.hub import snapshot
from zoo.hub.published import Pin, pins
from zoo.schema import ModelInfo

__all__ = ["info", "list_models", "near_names", "pull", "read", "resolve"]


@cache
def _entries() -> dict[str, ModelInfo]:
    if not BUNDLED.is_dir():
        raise CheckpointError(
            "The checkpoints that come with rnn-zoo are not there. Expected: a folder "
            f"{BUNDLED}. Received: no such folder; a package is not read from within an archive, "
            "and must be unpacked. Run: pip install rnn-zoo"
        )
    return {
        record.parent.name: checkpoint.read_info(record.parent)
        for record in sorted(BUNDLED.glob("*/zoo.json"))
    }


def list_models(
    pattern: str | None = None,
    architecture: str | None = None,
    dataset: str | None = None,
    *,
    task: str | None = None,
) -> list[str]:
    """List the names of the zoo's entries.

    Args:
        pattern: only names of this form, `*` standing for any characters, such as `"*lstm*"`; or
            a task.
        architecture: only entries of this architecture, such as `"lstm"`.
        dataset: only entries trained on this data set, such as `"imdb_reviews"`.
        task: only entries of this task, such as `"text-classification"`.

    Raises:
        InputError: no entry has that name, task, architecture or data set.

    Example:
        >>> import zoo
        >>> "lstm-imdb" in zoo.list_models(task="text-classification")
        True
        >>> zoo.list_models("*lstm*")
        ['bilstm-imdb', 'lstm-imdb', 'stacked-lstm-imdb']
    """
    wanted = {"task": task, "architecture": architecture, "dataset": dataset}
    for key, value in {"pattern": pattern, **wanted}.items():
        if value is not None and not isinstance(value, str):
            raise InputError(
                f"Expected a text for {key}, such as '*lstm*' for pattern. Received: {shown(value)}"
            )
    entries = _entries()
    traits = {
        name: {
            "task": entry.task,
            "architecture": entry.architecture,
            "dataset": entry.dataset.name if entry.dataset else None,
        }
        for name, entry in entries.items()
    }
    names = list(entries)
    if pattern in {entry.task for entry in entries.values()} and task in (None, pattern):
        wanted["task"] = pattern
    elif pattern is not None:
        names = fnmatch.filter(names, str(pattern).lower())
        if not names:
            raise InputError(
                "No entry of the zoo has a name of this form. Expected one such as '*lstm*'. "
                f"Received: {shown(pattern)}. {_hint(str(pattern))}"
            )
    for key, value in wanted.items():
        known = sorted({str(trait[key]) for trait in traits.values()})
        if value is not None and value not in known:
            raise InputError(
                f"No entry of the zoo has this {key}. Expected one of: {', '.join(known)}. "
                f"Received: {shown(value)}"
            )
    return [
        name
        for name in names
        if all(value is None or traits[name][key] == value for key, value in wanted.items())
    ]


def _hint(received: str) -> str:
    """Return the names that were perhaps meant, or all names."""
    names = list(_entries())
    near = near_names(received, names)
    return f"Did you mean {' or '.join(near)}?" if near else f"Entries: {', '.join(names)}."


def near_names(received: str, names: Sequence[str]) -> list[str]:
    """Return the names that a mistyped or shortened one may stand for, four at most.

    Args:
        received: what was given.
        names: what there is, words joined by dashes.

    Example:
        >>> near_names("lstm_imbd", ["lstm-imdb", "esn-lorenz"]), near_names("bert", ["lstm-imdb"])
        (['lstm-imdb'], [])
    """
    given = received[:100].lower().replace("_", "-").replace(" ", "-").strip("*?")
    parts = [name for name in names if given and f"-{given}-" in f"-{name}-"]
    if parts:
        return parts if len(parts) <= 4 else []
    return difflib.get_close_matches(given, names, n=3, cutoff=0.75)


def info(name: str | Path, *, source: str | None = None, revision: str | None = None) -> ModelInfo:
    """Return the record of a checkpoint, without loading it.

    Args:
        name: an entry's name, a checkpoint directory, or `"hf://user/repo"`.
        source: `"hub"` for the published copy of an entry; None for the bundled one.
        revision: branch, tag or commit on the Hub; None is the pinned commit of an entry, and
            `main` of any other repository.

    Raises:
        UnknownModelError: there is no such entry or directory, or it is not published.
        CheckpointError: its `zoo.json` is missing, malformed or not the one that was pinned.
        HubError: the Hub cannot be reached, or does not have it.

    Example:
        >>> import zoo
        >>> zoo.info("lstm-imdb").task
        'text-classification'
    """
    place = _on_hub(name, source, revision)
    return checkpoint.read_info(resolve(name)) if place is None else snapshot.fetch_info(*place)


def read(
    name: str | Path, *, source: str | None = None, revision: str | None = None
) -> checkpoint.Checkpoint:
    """Read and verify a checkpoint as a whole, wherever it is.

    Args:
        name: an entry's name, a checkpoint directory, or `"hf://user/repo"`.
        source: `"hub"` for the published copy of an entry; None for the bundled one.
        revision: branch, tag or commit on the Hub.

    Raises:
        ZooError: as for `info`, of all files of the checkpoint.

    Example:
        >>> read("lstm-imdb").info.task
        'text-classification'
    """
    place = _on_hub(name, source, revision)
    return checkpoint.read(resolve(name)) if place is None else snapshot.fetch(*place)


def pull(
    name: str,
    output: str | Path | None = None,
    *,
    revision: str | None = None,
    overwrite: bool = False,
) -> Path:
    """Fetch a checkpoint from the Hugging Face Hub and verify it, to use it later or elsewhere.

    Args:
        name: `"hf://user/repo"`, or the name of an entry that is published.
        output: the directory to make; None leaves it in the cache of the Hub's client, where
            `zoo.load` finds it without a network.
        revision: branch, tag or commit; None is the pinned commit of an entry, and `main` of any
            other repository.
        overwrite: whether an existing checkpoint directory at `output` is replaced.

    Returns:
        The checkpoint directory.

    Raises:
        UnknownModelError: there is no such entry, or it is not published.
        InputError: `output` exists.
        CheckpointError: a file is not what it should be, or the checkpoint is not one.
        HubError: the Hub cannot be reached, or does not have it.
        OutputError: the place cannot be written or is full. Nothing is left behind.

    Example:
        >>> import zoo
        >>> zoo.pull("hf://user/repo", "./my-checkpoint")  # doctest: +SKIP
        PosixPath('my-checkpoint')
    """
    place = _place(name, revision)
    if output is not None:
        output = output_path(output)
        checkpoint.check_destination(output, overwrite)
    path, record, contents = snapshot.fetch_contents(*place)
    checkpoint.parse(path, record, contents)
    if output is None:
        return path
    write_directory(output, contents, overwrite)
    return output


def _on_hub(
    name: str | Path, source: str | None, revision: str | None
) -> tuple[str, str | None, Pin | None] | None:
    """Return where on the Hub a checkpoint lies, or None for one that lies elsewhere."""
    if source not in (None, "hub"):
        raise InputError(f"Expected source=None or source='hub'. Received: {shown(source)}")
    if source == "hub" or str(name).startswith(snapshot.SCHEME):
        return _place(name, revision)
    if revision is not None:
        raise InputError(
            "Expected a revision of what lies on the Hub only, with 'hf://user/repo' or "
            f"source='hub'. Received: {shown(revision)} for {shown(str(name))}"
        )
    return None


def _place(name: str | Path, revision: str | None) -> tuple[str, str | None, Pin | None]:
    """Return the repository, the revision and the fingerprints of a checkpoint on the Hub."""
    if str(name).startswith(snapshot.SCHEME):
        return snapshot.repo_id_of(str(name)), revision, None
    if name not in _entries():
        raise UnknownModelError(
            "Expected the name of an entry (run `zoo list`) or a repository such as "
            f"'hf://user/repo', to fetch from the Hub. Received: {shown(str(name))}"
        )
    pin = pins().get(str(name))
    if pin is None:
        raise UnknownModelError(
            f"{name} is not published on the Hub. Expected: one of the published entries, "
            f"{', '.join(pins()) or 'none so far'}. Received: {shown(name)} from the Hub. The copy "
            "that comes with the package loads without it"
        )
    if revision is None or revision == pin.revision:
        return pin.repo_id, pin.revision, pin
    return pin.repo_id, revision, None


def resolve(source: str | Path) -> Path:
    """Return the directory of a checkpoint.

    Args:
        source: an entry's name or a checkpoint directory.

    Raises:
        UnknownModelError: there is no such entry or directory.
    """
    if not isinstance(source, str | Path) or not str(source).strip():
        raise InputError(
            "Expected the name of an entry, a checkpoint directory or a repository of the Hub, "
            f"such as 'lstm-imdb', './my-checkpoint' or 'hf://user/repo'. Received: {shown(source)}"
        )
    if isinstance(source, str) and source in _entries():
        return BUNDLED / source
    path = Path(source)
    try:
        if path.is_dir() or restore(path) or path.is_dir():
            return path
        exists = path.exists()
    except (OSError, ValueError):  # too long a name, or a null character in it
        exists = False
    if exists:
        raise InputError(f"Expected a checkpoint directory. Received a file: {shown_path(source)}")
    raise UnknownModelError(
        f"Expected the name of an entry (run `zoo list`) or a checkpoint directory. "
        f"Received: {shown_path(source)}. {_hint(str(source))}"
    )
