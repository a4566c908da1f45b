"""Checkpoints from the Hugging Face Hub: pinned, bounded and verified. No Keras.

Nothing but a checkpoint's own files is fetched, `zoo.json` first, then what it lists, all of one
commit. They come through the Hub's own client into the client's own cache, and every byte is read
once, hashed and parsed from there, on every load: what was verified is what is used.
"""

from __future__ import annotations

import logging
import os
import re
from dataclasses import dataclass
from pathlib import Path

from zoo import checkpoint
from zoo.checkpoint.reading import Shapes, read_matching
from zoo.checkpoint.sizes import Plan, reading_order
from zoo.errors import CheckpointError, HubError, InputError, ZooError, shown
from zoo.fetching.hub_client import COMMIT, Origin, cached, download, origin_of
from zoo.fetching.hub_errors import hub_errors
from zoo.files import read_file
from zoo.formats import RECORD, WEIGHTS, Checkpoint
from zoo.hub.memory import content_name, is_content_name, recall, remember
from zoo.hub.published import Pin
from zoo.schema import FileInfo, ModelInfo

__all__ = ["SCHEME", "fetch", "fetch_contents", "fetch_info", "repo_id_of"]

logger = logging.getLogger(__name__)

SCHEME = "hf://"
_REPO_ID = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+")
_REVISION = re.compile(r"(?!.*\.\.)[A-Za-z0-9_][A-Za-z0-9_./+-]{0,249}")


def repo_id_of(source: str) -> str:
    """Return the repository of a source such as `hf://user/repo`.

    Args:
        source: the source.

    Raises:
        InputError: it does not name a repository.

    Example:
        >>> repo_id_of("hf://user/repo")
        'user/repo'
    """
    repo_id = source.removeprefix(SCHEME)
    if not source.startswith(SCHEME) or _REPO_ID.fullmatch(repo_id) is None:
        raise InputError(
            "Expected a repository of the Hugging Face Hub, such as 'hf://user/repo'; a branch, "
            f"tag or commit goes into revision. Received: {shown(source)}"
        )
    return repo_id


@dataclass(frozen=True)
class _Commit:
    """The state of a repository that one checkpoint is read from."""

    repo_id: str
    revision: str
    folder: Path  # where the client keeps it

    def name(self, file: str) -> str:
        return f"{SCHEME}{self.repo_id}/{file} of commit {self.revision}"


def fetch(repo_id: str, revision: str | None = None, pin: Pin | None = None) -> Checkpoint:
    """Fetch a checkpoint, or take it from the client's cache, and verify it as a whole.

    With a commit of 40 hexadecimal digits and all files in the cache no request is made.

    Args:
        repo_id: the repository, `user/repo`.
        revision: branch, tag or commit; None is `main`.
        pin: the fingerprints to hold the repository to, of an entry that was published.

    Raises:
        InputError: `repo_id` or `revision` is not one.
        HubError: the Hub cannot be reached, or does not have it, or answers for another commit.
        CheckpointError: a file is not what it should be, twice, or the checkpoint is not one.
        OutputError: the client's cache is full or cannot be written.

    Example:
        >>> fetch("user/repo").info.task  # doctest: +SKIP
        'text-classification'
    """
    path, info, contents = fetch_contents(repo_id, revision, pin)
    return checkpoint.parse(path, info, contents)


def fetch_info(repo_id: str, revision: str | None = None, pin: Pin | None = None) -> ModelInfo:
    """Fetch the record of a checkpoint, without its other files.

    Args:
        repo_id: the repository, `user/repo`.
        revision: branch, tag or commit; None is `main`.
        pin: the fingerprints to hold the repository to, of an entry that was published.

    Raises:
        ZooError: as for `fetch`.
    """
    _, _, info = _record(repo_id, revision, pin)
    return info


def fetch_contents(
    repo_id: str, revision: str | None = None, pin: Pin | None = None
) -> tuple[Path, ModelInfo, dict[str, bytes]]:
    """Fetch a checkpoint's files and verify them, without looking into all but `zoo.json`.

    Args:
        repo_id: the repository, `user/repo`.
        revision: branch, tag or commit; None is `main`.
        pin: the fingerprints to hold the repository to, of an entry that was published.

    Returns:
        The client's folder of the commit, the record, and the bytes of every file by name.

    Raises:
        ZooError: as for `fetch`.
    """
    commit, data, info = _record(repo_id, revision, pin)
    contents = {RECORD: data}
    plan = None
    for name in reading_order(info):
        expected = info.files[name]
        path = cached(repo_id, name, commit.revision)
        if path is None:
            with hub_errors(repo_id, commit.revision):
                path, _ = download(repo_id, name, commit.revision, limit=expected.size)
        contents[name] = _verified(commit, name, path, expected, plan)
        plan = checkpoint.check_next(name, contents[name], info, commit.folder, plan)
    return commit.folder, info, contents


def _record(
    repo_id: str, revision: str | None, pin: Pin | None
) -> tuple[_Commit, bytes, ModelInfo]:
    """Find the commit and read its `zoo.json`, which must list the files of its task."""
    repo_id_of(SCHEME + repo_id)
    if revision is not None and (
        not isinstance(revision, str) or _REVISION.fullmatch(revision) is None
    ):
        raise InputError(
            "Expected a branch, a tag or a commit, such as revision='main' or the 40 hexadecimal "
            f"digits of a commit. Received: {shown(revision)}"
        )
    expected = pin.files[RECORD] if pin else None
    limit = expected.size if expected else checkpoint.size_limit(RECORD)
    path, origin = _locate_record(repo_id, revision, limit)
    commit = _Commit(repo_id, path.parent.name, path.parent)
    expected = expected or recall(commit.folder)
    if expected is not None:
        data = _verified(commit, RECORD, path, expected)
    else:
        data = _verified_at_first(commit, path, origin)
    info = checkpoint.parse_info(data, path)
    checkpoint.check_listing(info, path.parent)
    if pin is not None and info.files != {k: v for k, v in pin.files.items() if k != RECORD}:
        raise CheckpointError(
            f"{commit.name(RECORD)} lists other files than this version of rnn-zoo knows. "
            "Expected: the fingerprints in published.json. Received: others. Install rnn-zoo again"
        )
    if revision != commit.revision:
        logger.info(
            "%s%s is at commit %s; to pin it, pass that as the revision",
            SCHEME,
            repo_id,
            commit.revision,
        )
    return commit, data, info


def _verified_at_first(commit: _Commit, path: Path, origin: Origin | None) -> bytes:
    """Return the record of a commit that was not met before, and remember what it is.

    The commit says which content its files have, and the Hub knows it. Without the Hub there is
    only the name that the client gave the content to go by.
    """
    limit = checkpoint.size_limit(RECORD)
    if origin is None or origin.commit != commit.revision:
        try:
            with hub_errors(commit.repo_id, commit.revision):
                origin = origin_of(commit.repo_id, RECORD, commit.revision, limit=limit)
        except ZooError as error:
            if not is_content_name(path.resolve().name):
                raise CheckpointError(
                    f"{commit.name(RECORD)} cannot be verified: in the cache it is no link to a "
                    "content with a hash for a name. Expected: a copy as the Hub's client keeps "
                    f"it, or an answer of the Hub. Received: {error}"
                ) from error
            logger.warning(
                "%s is used as the cache has it: the Hub could not be asked whether it is that "
                "commit's",
                commit.name(RECORD),
            )
            return _verified(commit, RECORD, path, None)
    data = _verified(commit, RECORD, path, None, etag=origin.etag)
    if origin.etag is not None and is_content_name(origin.etag):
        remember(commit.folder, checkpoint.fingerprint(data))
    return data


def _locate_record(repo_id: str, revision: str | None, limit: int) -> tuple[Path, Origin | None]:
    """Return the client's copy of `zoo.json`, and what the Hub said of it if it was asked.

    Of a branch or tag it is the one that it points to now.
    """
    from huggingface_hub import errors

    pinned = revision is not None and COMMIT.fullmatch(revision) is not None
    origin = None
    with hub_errors(repo_id, revision):
        path = cached(repo_id, RECORD, revision)
        if path is None or not pinned:
            try:
                path, origin = download(
                    repo_id, RECORD, revision, limit=limit, patient=path is None
                )
            except (errors.RevisionNotFoundError, errors.RemoteEntryNotFoundError):
                raise
            except (errors.HTTPError, OSError) as error:
                if path is None:
                    raise
                logger.warning(
                    "%s%s could not be asked for (%s); using the copy in the cache",
                    SCHEME,
                    repo_id,
                    type(error).__name__,
                )
    commit = path.parent.name
    if COMMIT.fullmatch(commit) is None or (pinned and commit != revision):
        raise HubError(
            f"{SCHEME}{repo_id} came from another commit than was asked for. "
            f"Expected: {revision if pinned else '40 hexadecimal digits'}. "
            f"Received: {shown(commit)}. Check HF_ENDPOINT and try again"
        )
    return path, origin


def _verified(
    commit: _Commit,
    name: str,
    path: Path,
    expected: FileInfo | None,
    plan: Plan | None = None,
    etag: str | None = None,
) -> bytes:
    """Return a file's bytes as they should be; if they are not, fetch it once more."""
    limit = checkpoint.size_limit(name) if expected is None else expected.size
    shapes = plan.shapes if plan and name == WEIGHTS else None
    data, wrong = _compare(path, expected, limit, shapes, etag)
    if wrong is None:
        return data
    _discard(path)
    problem = f"{commit.name(name)} is damaged. {wrong}"
    logger.warning("%s. Fetching it again", problem)
    try:
        with hub_errors(commit.repo_id, commit.revision):
            path, _ = download(commit.repo_id, name, commit.revision, limit=limit, force=True)
    except ZooError as error:
        raise CheckpointError(f"{problem}; and it could not be fetched again: {error}") from error
    data, wrong = _compare(path, expected, limit, shapes, etag)
    if wrong is None:
        return data
    _discard(path)
    raise CheckpointError(
        f"{commit.name(name)} is not what it should be, fetched twice. {wrong}. Nothing of it was "
        "kept. Try again later, or ask the repository's owner"
    )


def _compare(
    path: Path, expected: FileInfo | None, limit: int, shapes: Shapes | None, etag: str | None
) -> tuple[bytes, str | None]:
    """Return a file's bytes, and what is wrong with them or None."""
    try:
        if expected is not None:
            return read_matching(path, expected, shapes)
        data = read_file(path, limit)
    except CheckpointError as error:
        return b"", f"Received: {error}"
    # The client names a file after its content, as the Hub does.
    for name in (etag, path.resolve().name):
        digest = content_name(data, like=name)
        if digest not in (None, name):
            return data, f"Expected: {name}. Received: {len(data)} bytes with the hash {digest}"
    return data, None


def _discard(path: Path) -> None:
    """Remove a file from the client's cache, with the blob that it links to."""
    cache = next(parent.parent.parent for parent in path.parents if parent.name == "snapshots")
    while True:
        link = path.is_symlink() and Path(os.path.normpath(path.parent / path.readlink()))
        path.unlink(missing_ok=True)
        if not link or cache not in link.parents:  # a planted link may lead anywhere
            return
        path = link
