"""How the client of the Hugging Face Hub fails, in the zoo's own errors.

`huggingface_hub` is imported once something failed, and not before.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from zoo.errors import HubError, InputError, OutputError, ZooError, shown

__all__ = ["hub_errors", "safe"]


def safe(text: object, limit: int = 200) -> str:
    """Return foreign text for a message: one line, cut, without access tokens and signatures.

    Args:
        text: anything.
        limit: the most characters to keep.

    Example:
        >>> safe("no such token: hf_abc")
        "'no such token: hf_***'"
    """
    line = re.sub(r"\?\S*=\S*", "", " ".join(str(text).split()))  # the query of an address
    return shown(re.sub(r"hf_\w+", "hf_***", line), limit)


def _name(repo_id: str, revision: str | None) -> str:
    return f"hf://{repo_id}" + ("" if revision is None else f" at {revision}")


@contextmanager
def hub_errors(repo_id: str, revision: str | None = None) -> Iterator[None]:
    """Turn every error of the Hub's client into one of the zoo's, with what to do next.

    Args:
        repo_id: the repository that the client works on.
        revision: the branch, tag or commit, if one was asked for.

    Raises:
        HubError: the Hub cannot be reached, refuses, or does not have what was asked for.
        InputError: the repository's name is not one.
        OutputError: the disk is full or the client's cache cannot be written.

    Example:
        >>> with hub_errors("user/repo"):
        ...     pass
    """
    try:
        yield
    except ZooError:
        raise
    except Exception as error:
        raise _translate(error, repo_id, revision) from error


def _translate(error: BaseException, repo_id: str, revision: str | None) -> ZooError:
    """Return the zoo's error for one of the client's, or for what caused it."""
    link: BaseException | None = error
    while link is not None:
        if isinstance(link, ZooError):  # raised while the client was at work
            return link
        found = _explain(link, _name(repo_id, revision), repo_id)
        if found is not None:
            return found
        link = link.__cause__
    return HubError(
        f"The Hub's client failed on {_name(repo_id, revision)}. Expected: an answer of the Hub. "
        f"Received: {type(error).__name__}: {safe(error)}. Try again later"
    )


def _explain(error: BaseException, name: str, repo_id: str) -> ZooError | None:
    from huggingface_hub import constants, errors

    endpoint = constants.ENDPOINT
    match error:
        case errors.OfflineModeIsEnabled():
            return HubError(
                f"{name} is not in the cache, and HF_HUB_OFFLINE is set. Expected: a repository "
                f"that was fetched before. Received: no copy in {constants.HF_HUB_CACHE}. Unset "
                "HF_HUB_OFFLINE and fetch it once"
            )
        case errors.GatedRepoError():
            return HubError(
                f"{name} is gated. Expected: a login that its owner lets in. Received: a refusal. "
                f"Ask for access at {endpoint}/{repo_id}, then log in with: hf auth login"
            )
        case errors.RevisionNotFoundError():
            return HubError(
                f"{name} does not exist, though the repository does. Expected: a branch, a tag or "
                "the 40 hexadecimal digits of a commit, such as revision='main'. Received: none of "
                f"that name. See {endpoint}/{repo_id}/commits/main"
            )
        case errors.RemoteEntryNotFoundError():
            return HubError(
                f"{name} lacks a file of a checkpoint. Expected: zoo.json and all that it lists. "
                f"Received: no {safe(_file_of(error))}. Write one with zoo.save and push it"
            )
        case errors.DisabledRepoError():
            return HubError(
                f"{name} was disabled by the Hub. Expected: a repository that can be read. "
                "Received: a refusal. Ask its owner"
            )
        case errors.RepositoryNotFoundError():
            return HubError(
                f"{name} does not exist, or it is private. Expected: a model repository on "
                f"{endpoint}, such as 'hf://user/repo'. Received: {shown(repo_id)}. Check the "
                "name; for a private one log in with: hf auth login"
            )
        case errors.HFValidationError():
            return InputError(
                "Expected a repository, such as 'hf://user/repo'. "
                f"Received: {shown(repo_id)}, {safe(error)}"
            )
        case errors.FileMetadataError():
            return HubError(
                f"What answers for {name} is not a Hub. Expected: the headers of one from "
                f"{endpoint}. Received: none of them. Check HF_ENDPOINT, proxy and firewall"
            )
        case errors.HfHubHTTPError():
            return _explain_status(error, name, endpoint)
        case errors.HTTPError():
            return HubError(
                f"The connection to the Hub failed over {name}. Expected: an answer of {endpoint}. "
                f"Received: {type(error).__name__}, {safe(error)}. Check the network and try again"
            )
        case OSError() if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            return OutputError(
                f"No space is left for {name}. Expected: room in the client's cache, "
                f"{constants.HF_HUB_CACHE}. Received: {error.strerror}. Free some with "
                "`hf cache prune`, or set HF_HOME to another disk"
            )
        case OSError() if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR):
            return OutputError(
                f"The client's cache cannot be written for {name}. Expected: a directory of yours. "
                f"Received: {error.strerror}: {error.filename}. Set HF_HOME to another place"
            )
        case OSError() if "Consistency check failed" in str(error):
            return HubError(
                f"A file of {name} arrived incomplete. Expected: the size that the Hub states. "
                f"Received: {safe(error)}. Try again"
            )
        case errors.LocalEntryNotFoundError() if error.__cause__ is None:
            return HubError(
                f"{name} is not in the cache, and {endpoint} did not help. Expected: an answer of "
                f"the Hub. Received: {safe(error)}. Check the network and try again"
            )
    return None


def _file_of(error: Any) -> str:
    """Return the name of the file that an answer is about, from its address."""
    _, _, rest = error.response.url.path.partition("/resolve/")
    return str(rest.partition("/")[2] or "file")


def _explain_status(error: Any, name: str, endpoint: str) -> ZooError:
    status = error.response.status_code
    said = safe(error.server_message or error.response.reason_phrase or "nothing")
    received = f"Received: status {status}, {said}"
    if status == 401:
        return HubError(
            f"The Hub refuses the access token for {name}. Expected: a valid token, or none for "
            f"what is public. {received}. Log in with `hf auth login`, or unset HF_TOKEN"
        )
    if status == 403:
        return HubError(
            f"The Hub does not allow this with {name}. Expected: a token with the rights for it, "
            f"'write' to push. {received}. Make one at {endpoint}/settings/tokens and log in with: "
            "hf auth login"
        )
    if status in (409, 412):
        return HubError(
            f"{name} changed in the meantime, or what should be made exists. Expected: the state "
            f"that this started from. {received}. Look at it and try again"
        )
    if status == 429:
        return HubError(
            f"The Hub answers no more requests for now, over {name}. Expected: an answer. "
            f"{received}. Try again in some minutes, or log in with: hf auth login"
        )
    if status >= 500:
        return HubError(
            f"The Hub is out of order, over {name}. Expected: an answer of {endpoint}. "
            f"{received}. Try again later"
        )
    return HubError(f"The Hub refuses {name}. Expected: an answer of {endpoint}. {received}")
