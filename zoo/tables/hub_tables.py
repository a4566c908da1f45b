"""A file of a data set on the Hugging Face Hub."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

from zoo.errors import InputError, shown
from zoo.tables.text_tables import MAX_BYTES

__all__ = ["fetch_table"]

_SOURCE = re.compile(
    r"hf://datasets/(?P<repo>[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+)"
    r"(@(?P<revision>[A-Za-z0-9_][A-Za-z0-9_.%+-]{0,249}))?/(?P<file>[^\0\\]{1,1000})"
)


def fetch_table(source: str) -> tuple[Path, str]:
    """Fetch a file of a data set into the cache of the Hub's client, or take it from there.

    Args:
        source: such as `hf://datasets/user/repo/file.parquet`; a branch, tag or commit stands
            behind the repository, as in `hf://datasets/user/repo@v1.0/file.parquet`, with `%2F`
            for a slash in it.

    Returns:
        Where the client keeps it, and its name with the commit that it is of.

    Raises:
        InputError: `source` names no file of a data set.
        HubError: the Hub cannot be reached, does not have it, or the file is too large.
    """
    from zoo.fetching.hub_client import COMMIT, cached, download
    from zoo.fetching.hub_errors import hub_errors

    match = _SOURCE.fullmatch(source)
    parts = match["file"].split("/") if match else [""]
    revision = unquote(match["revision"]) if match and match["revision"] else None
    if match is None or not all(part.strip(". ") for part in parts) or ".." in (revision or ""):
        raise InputError(
            "Expected a file of a data set on the Hub, such as "
            "hf://datasets/user/repo/file.parquet or hf://datasets/user/repo@v1.0/file.parquet. "
            f"Received: {shown(source)}"
        )
    repo, file = match["repo"], match["file"]
    with hub_errors(f"datasets/{repo}", revision):
        path = None
        if revision is not None and COMMIT.fullmatch(revision):
            path = cached(repo, file, revision, kind="dataset")
        if path is None:
            path, _ = download(repo, file, revision, limit=MAX_BYTES, kind="dataset")
    commit = path.parents[len(parts) - 1].name
    return path, f"hf://datasets/{repo}@{commit}/{file}"
