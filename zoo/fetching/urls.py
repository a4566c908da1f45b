"""Fetching of data sets: what cannot be reached is told soon, not after minutes of retries."""

from __future__ import annotations

import http.client
import logging
import queue
import ssl
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable
from typing import Any

__all__ = ["PATIENCE", "check_reachable", "open_url", "prepare"]

PATIENCE = 15.0  # seconds


def open_url(url: str, patience: float = PATIENCE) -> Any:
    """Open a URL, as `urllib.request.urlopen` does, in bounded time.

    Args:
        url: what to open.
        patience: seconds until an answer begins, the look-up of the name and all addresses
            included, and then between two pieces of it.

    Raises:
        OSError: there is no answer in time, or it is an error.
    """
    outcome: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def attempt() -> None:
        try:
            outcome.put(urllib.request.urlopen(url, timeout=patience))
        except Exception as error:
            outcome.put(error)

    # The look-up of a name takes no limit: it is left behind.
    threading.Thread(target=attempt, daemon=True).start()
    try:
        answer = outcome.get(timeout=patience)
    except queue.Empty:
        answer = TimeoutError()
    # The connection's own limit may end first.
    if isinstance(getattr(answer, "reason", answer), TimeoutError):
        raise TimeoutError(f"no answer from {url} within {patience:g} s") from None
    if isinstance(answer, http.client.HTTPException):
        raise OSError(f"no answer of HTTP from {url}: {answer!r}") from answer
    if isinstance(answer, Exception):
        raise answer
    return answer


def check_reachable(urls: Iterable[str], patience: float = PATIENCE) -> None:
    """Find out whether what is to be fetched can be reached, one URL of every host.

    Args:
        urls: what is to be fetched.
        patience: seconds for all of them.

    Raises:
        OSError: a host does not answer in time, or only that it cannot.
    """
    until = time.monotonic() + patience
    for url in {urllib.parse.urlsplit(url).netloc: url for url in urls}.values():
        try:
            open_url(url, max(0.1, until - time.monotonic())).close()
        except urllib.error.HTTPError as error:
            if error.code >= 500:
                raise
        except urllib.error.URLError as error:
            # Who fetches it may know certificates that Python does not.
            if not isinstance(error.reason, ssl.SSLError):
                raise


def prepare(builder: Any, urls: Iterable[str] = (), patience: float = PATIENCE) -> None:
    """Have TensorFlow Datasets fetch and prepare a data set, unless it is prepared.

    Args:
        builder: its builder.
        urls: what it fetches, where its own list does not tell.
        patience: seconds for the sources to answer.

    Raises:
        OSError: a source cannot be reached.
        Exception: what TensorFlow Datasets raises.
    """
    if not _is_prepared(builder):
        check_reachable([*urls, *(builder.url_infos or ())], patience)
        builder.download_and_prepare()


def _is_prepared(builder: Any) -> bool:
    # It warns of a data set that is not there, which is no news to who is about to fetch it.
    logger = logging.getLogger("absl")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        return bool(builder.is_prepared())
    finally:
        logger.setLevel(level)
