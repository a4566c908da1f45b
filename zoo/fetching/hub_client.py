"""The client of the Hugging Face Hub within bounds: how long it may take, what it may fetch.

`huggingface_hub` is imported when a function here is called, and not before.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from zoo.errors import HubError
from zoo.fetching.hub_errors import safe

__all__ = ["COMMIT", "Origin", "cached", "download", "origin_of"]

COMMIT = re.compile(r"[0-9a-f]{40}")
# What the client names files in its cache after, so that it must not be a path.
_ETAG = re.compile(r'(?:W/)?"?[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}"?')
_PATIENCE = 15.0  # seconds without progress
_PROGRESS = 64 << 10  # bytes that count as progress
_PAUSES = (1.0, 3.0)  # seconds before asking again


@dataclass(frozen=True)
class Origin:
    """What the Hub says of a file.

    Attributes:
        commit: the commit that it spoke of.
        etag: what git calls the content, or the large file storage.
    """

    commit: str | None
    etag: str | None


@dataclass
class _Guard:
    """Watches the answers to the requests of one file.

    Attributes:
        name: the file, for messages.
        limit: the most bytes that it may have.
        commit: the commit that answers must be of; None lets any.
    """

    name: str
    limit: int
    commit: str | None
    started: bool = False
    total: int = 0
    marked: int = 0
    last: float = field(default_factory=time.monotonic)

    def check_time(self) -> None:
        """Refuse to go on once nothing has come for too long."""
        now = time.monotonic()
        patience = max(_PATIENCE, _longest())
        if self.total - self.marked >= _PROGRESS:
            self.marked, self.last = self.total, now
        elif now - self.last > patience:
            raise HubError(
                f"The Hub stalls over {self.name}. Expected: at least {_PROGRESS >> 10} KiB in "
                f"{patience:.0f} seconds. Received: {self.total - self.marked} bytes. Check the "
                "network and try again"
            )

    def check_size(self, size: int) -> None:
        if size > self.limit:
            raise HubError(
                f"{self.name} is larger than it may be. Expected: at most {self.limit} bytes. "
                f"Received: {size} bytes. Ask the repository's owner"
            )

    def check_answer(self, response: Any) -> None:
        """Refuse an answer of another commit, of another size, or that names a path."""
        headers = response.headers
        commit = headers.get("X-Repo-Commit")
        if commit is not None and (
            COMMIT.fullmatch(commit) is None or self.commit not in (None, commit)
        ):
            raise HubError(
                f"The Hub answered for another commit than was asked for, over {self.name}. "
                f"Expected: {self.commit or '40 hexadecimal digits'}. Received: {safe(commit)}. "
                "Check HF_ENDPOINT, and try again without a mirror"
            )
        for key in ("ETag", "X-Linked-Etag"):
            etag = headers.get(key)
            if etag is not None and _ETAG.fullmatch(etag) is None:
                raise HubError(
                    f"The Hub gave {self.name} a bad {key}. Expected: a hash. "
                    f"Received: {safe(etag)}. Check HF_ENDPOINT"
                )
        # A redirect has a length of its own.
        own = () if response.is_redirect else ("Content-Length",)
        for key in ("X-Linked-Size", *own):
            size = headers.get(key) or "0"
            if size.isdecimal():
                self.check_size(int(size))

    def received(self, size: int, of_this_answer: int) -> None:
        """Count bytes of a body: neither one answer nor all of them together may be too much."""
        self.total += size
        self.check_size(of_this_answer)
        self.check_time()
        # Interrupted transfers begin again; without an end where nothing of it is kept.
        if self.total > 8 * self.limit + _PROGRESS:
            raise HubError(
                f"The transfer of {self.name} breaks off again and again. Expected: {self.limit} "
                f"bytes. Received: {self.total} bytes in pieces. Try again later"
            )


_GUARD: ContextVar[_Guard | None] = ContextVar("zoo_hub_guard", default=None)


def _longest() -> float:
    """Return how many seconds the client waits for an answer, unless it makes an exception."""
    from huggingface_hub import constants

    return max(constants.HF_HUB_DOWNLOAD_TIMEOUT, constants.HF_HUB_ETAG_TIMEOUT)


def _before(request: Any) -> None:
    guard = _GUARD.get()
    if guard is None:
        return
    if request.method == "GET":
        if not guard.started:  # another process may have had the client's lock until now
            guard.started, guard.last = True, time.monotonic()
        request.headers["Accept-Encoding"] = "identity"  # so that bytes can be counted
    guard.check_time()
    timeouts = request.extensions.get("timeout") or {}
    # The client waits a minute for some answers, and for those of others without end.
    request.extensions["timeout"] = {
        key: min(timeouts.get(key) or _longest(), _longest())
        for key in ("connect", "read", "write", "pool")
    }


def _after(response: Any) -> None:
    guard = _GUARD.get()
    if guard is None:
        return
    if response.status_code == 429:
        # The client would wait as long as the server says, be it an hour.
        raise HubError(
            f"The Hub answers no more requests for now, over {guard.name}. Expected: an answer. "
            "Received: status 429 and Retry-After: "
            f"{safe(response.headers.get('Retry-After'))}. Try again later, or log in with: "
            "hf auth login"
        )
    if response.status_code < 400:
        guard.check_answer(response)
        if response.request.method == "GET":
            response.stream = _watched(response.stream, guard)


def _watched(stream: Any, guard: _Guard) -> Any:
    """Return a response's body that tells the guard of every piece."""
    from huggingface_hub import get_session

    # The client's HTTP library: httpx before version 2 of huggingface_hub, httpx2 since.
    base: Any = import_module(type(get_session()).__module__.partition(".")[0]).SyncByteStream

    class Watched(base):
        def __iter__(self) -> Iterator[bytes]:
            size = 0
            for piece in stream:
                size += len(piece)
                guard.received(len(piece), size)
                yield piece

        def close(self) -> None:
            stream.close()

    return Watched()


@contextmanager
def _guarded(guard: _Guard) -> Iterator[None]:
    """Watch what the client asks and what it is answered, in this thread only."""
    from huggingface_hub import get_session

    client = get_session()
    hooks = client.event_hooks
    if _before not in hooks["request"]:
        client.event_hooks = {
            "request": [*hooks["request"], _before],
            "response": [*hooks["response"], _after],
        }
    token = _GUARD.set(guard)
    try:
        yield
    finally:
        _GUARD.reset(token)


def cached(repo_id: str, name: str, revision: str | None, kind: str | None = None) -> Path | None:
    """Return the client's copy of a file, without asking the Hub; None if there is none.

    Args:
        repo_id: the repository.
        name: the file.
        revision: branch, tag or commit; None is `main`.
        kind: `"dataset"`, or None for a model.
    """
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(repo_id, name, revision=revision, repo_type=kind)
    return Path(found) if isinstance(found, str) else None


def download(
    repo_id: str,
    name: str,
    revision: str | None,
    *,
    limit: int,
    force: bool = False,
    patient: bool = True,
    kind: str | None = None,
) -> tuple[Path, Origin]:
    """Fetch a file into the client's cache; its size is asked for first.

    Args:
        repo_id: the repository.
        name: the file.
        revision: branch, tag or commit; None is `main`.
        limit: the most bytes that the file may have.
        force: whether a copy in the cache is replaced.
        patient: whether a server that fails is asked again after some seconds.
        kind: `"dataset"`, or None for a model.

    Returns:
        Where the client keeps it, in the folder of the commit that it is of; and what the Hub
        said of it before.

    Raises:
        HubError: the answer is of another commit, too large, or comes too slowly.
        Exception: an error of the client; see `zoo.fetching.hub_errors`.
    """
    from huggingface_hub import constants, hf_hub_download

    from zoo import __version__

    guard = _guard(repo_id, name, revision, limit)
    origin = _ask_origin(guard, repo_id, name, revision, patient, kind)
    guard.last = time.monotonic()
    with _guarded(guard):
        path = hf_hub_download(
            repo_id,
            name,
            revision=revision,
            repo_type=kind,
            etag_timeout=constants.HF_HUB_ETAG_TIMEOUT,
            force_download=force,
            library_name="rnn-zoo",
            library_version=__version__,
        )
    return Path(path), origin


def origin_of(repo_id: str, name: str, revision: str, *, limit: int) -> Origin:
    """Ask the Hub which content a file has, without fetching it.

    Args:
        repo_id: the repository.
        name: the file.
        revision: the commit.
        limit: the most bytes that the file may have.

    Raises:
        HubError: the answer is of another commit, or the file is too large.
        Exception: an error of the client; see `zoo.fetching.hub_errors`.
    """
    guard = _guard(repo_id, name, revision, limit)
    return _ask_origin(guard, repo_id, name, revision, patient=False, kind=None)


def _guard(repo_id: str, name: str, revision: str | None, limit: int) -> _Guard:
    commit = revision if revision is not None and COMMIT.fullmatch(revision) else None
    return _Guard(f"hf://{repo_id}/{name}", limit, commit)


def _ask_origin(
    guard: _Guard, repo_id: str, name: str, revision: str | None, patient: bool, kind: str | None
) -> Origin:
    from huggingface_hub import constants, get_hf_file_metadata, hf_hub_url

    url = hf_hub_url(repo_id, name, revision=revision, repo_type=kind)
    # The client itself asks a server that fails or is silent for up to six minutes.
    with _guarded(guard):
        found = _ask(
            lambda: get_hf_file_metadata(url, timeout=constants.HF_HUB_ETAG_TIMEOUT),
            _PAUSES if patient else (),
        )
    return Origin(found.commit_hash, found.etag)


def _ask(ask: Callable[[], Any], pauses: Sequence[float]) -> Any:
    """Ask again after each pause, as long as failing is quick: servers have bad moments."""
    from huggingface_hub import errors

    start = time.monotonic()
    for pause in pauses:
        try:
            return ask()
        except errors.HfHubHTTPError as error:
            if error.response.status_code < 500:
                raise
        except errors.HTTPError:
            if time.monotonic() - start > sum(pauses):
                raise
        time.sleep(pause)
    return ask()
