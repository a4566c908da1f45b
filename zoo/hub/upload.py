"""The Hub's own client with bounds on how long it waits while something is pushed."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from zoo.errors import HubError
from zoo.fetching.hub_errors import safe

__all__ = ["patient_client"]

_TIMEOUTS = {"connect": 10.0, "read": 20.0, "write": 20.0, "pool": 20.0}  # seconds
_PATIENCE = 15.0  # seconds without any answer after which nothing is tried again


@contextmanager
def patient_client(repo_id: str) -> Iterator[None]:
    """Bound what the client does without end: waiting for an answer, and asking again.

    Uploads run in threads of the client's own; each is watched by itself.

    Args:
        repo_id: the repository to name in errors.

    Raises:
        HubError: the Hub does not answer, or says that it was asked too often.

    Example:
        >>> with patient_client("user/repo"):
        ...     pass
    """
    from huggingface_hub import get_session

    unanswered = threading.local()  # since when the thread has asked in vain

    def before(request: Any) -> None:
        now = time.monotonic()
        since = getattr(unanswered, "since", None)
        if since is not None and now - since > _PATIENCE:
            raise HubError(
                f"The Hub does not answer, over hf://{repo_id}. Expected: an answer of "
                f"{request.url.host}. Received: none for {now - since:.0f} seconds. Check the "
                "network and push again; nothing has changed there"
            )
        unanswered.since = now if since is None else since
        given = request.extensions.get("timeout") or {}
        request.extensions["timeout"] = {
            key: min(given.get(key) or most, most) for key, most in _TIMEOUTS.items()
        }

    def after(response: Any) -> None:
        if response.status_code < 500:
            unanswered.since = None
        if response.status_code == 429:
            # The client would wait as long as the server says, be it an hour.
            raise HubError(
                f"The Hub answers no more requests for now, over hf://{repo_id}. Expected: an "
                "answer. Received: status 429 and Retry-After: "
                f"{safe(response.headers.get('Retry-After'))}. Push again later"
            )

    client = get_session()
    hooks = client.event_hooks
    client.event_hooks = {
        "request": [*hooks["request"], before],
        "response": [*hooks["response"], after],
    }
    try:
        yield
    finally:
        # Others may have added theirs meanwhile.
        hooks = client.event_hooks
        client.event_hooks = {
            "request": [hook for hook in hooks["request"] if hook is not before],
            "response": [hook for hook in hooks["response"] if hook is not after],
        }
