"""Ray while files are answered: begun and ended, or found; without a word of its own."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from zoo.common.cores import cores
from zoo.errors import InputError, shown

__all__ = ["WAITING", "check_address", "cluster", "interrupted", "quiet_log"]

# Bytes of rows that wait for a worker, beside those that wait for any.
WAITING = 64 << 20
# Settings of Ray where none are given: workers begin as the caller is, and not nicer, too; and
# nobody looks at its figures, which take time of the cores that compute.
_SETTINGS = {
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_BACKEND_LOG_LEVEL": "fatal",
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_enable_metrics_collection": "0",
    "RAY_event_stats": "0",
    "RAY_task_events_report_interval_ms": "0",
    "RAY_worker_niceness": "0",
}
# Sockets lie below the folder of a session, whose paths have at most 107 characters.
_LONGEST_FOLDER = 30


def check_address(address: str | None) -> None:
    """Refuse an address that no work can be given to.

    Args:
        address: where a cluster of Ray is.

    Raises:
        InputError: it is that of a client, which is on no machine of the cluster.
    """
    if address is not None and (not address or "://" in address):
        raise InputError(
            "Expected the address of a Ray cluster that this machine belongs to, such as "
            f"10.0.0.1:6379, or auto. Received: {shown(address)}. Run it on a machine of the "
            "cluster"
        )


class _InterruptError(BaseException):
    """What ends a wait."""


@contextmanager
def interrupted(stop: Any) -> Iterator[Callable[[Callable[[], Any]], Any]]:
    """Let a signal that asks to stop end a wait, which may take long.

    Args:
        stop: true once one of them has come.

    Yields:
        A function to call with what waits: it returns what that does, or None once asked to stop.
    """
    before: dict[int, Any] = {}

    def handle(number: int, frame: Any) -> None:
        before[number](number, frame)
        if stop:
            raise _InterruptError

    def wait(function: Callable[[], Any]) -> Any:
        try:
            return None if stop else function()
        except _InterruptError:
            return None

    if threading.current_thread() is not threading.main_thread():
        yield wait
        return
    try:
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            if number is not None and callable(signal.getsignal(number)):
                before[number] = signal.getsignal(number)
                signal.signal(number, handle)
        yield wait
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def cluster(address: str | None, workers: int | None, stop: Any = False) -> Iterator[bool]:
    """Take the cluster that there is, or begin one on this machine and end it.

    Args:
        address: where it is; None for the caller's own, that of RAY_ADDRESS, or a new one.
        workers: the cores that a new one has; None for those of this machine.
        stop: true once something asks to stop, which ends the wait for it.

    Yields:
        Whether it is there; without one something asked to stop.

    Raises:
        InputError: there is none that this machine belongs to.
    """
    import ray

    if ray.is_initialized():  # the caller's own
        yield True
        return
    address = address or os.environ.get("RAY_ADDRESS") or "local"
    check_address(address)
    how: dict[str, Any] = {"address": address}
    with ExitStack() as stack:
        stack.enter_context(_settings())
        if address == "local":
            count = workers or cores()
            folder = tempfile.mkdtemp(prefix="zoo-ray-", dir=_short_folder())
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
            how |= {
                "num_cpus": count,
                "num_gpus": 0,
                "include_dashboard": False,
                "object_store_memory": 2 * WAITING * (count + 1),
                "_temp_dir": f"{folder}/ray",  # which it lets everybody write to
            }
        stack.callback(ray.shutdown)
        how |= {"log_to_driver": False, "logging_level": logging.CRITICAL}
        with _silent(), _kept_handlers(), interrupted(stop) as wait:
            try:
                begun = wait(lambda: ray.init(**how)) is not None
            except (ConnectionError, RuntimeError, ValueError, OSError) as error:
                if not stop:  # which Ray's own processes may have been sent, too
                    raise InputError(_no_cluster(address, error)) from error
                begun = False
        yield begun


def _no_cluster(address: str, error: Exception) -> str:
    # Why is in the last line of what it was raised from, which is a traceback.
    lines = [line.strip() for line in str(error.__cause__ or "").splitlines() if line.strip()]
    words = " ".join([*str(error).split(), *(f"({line})" for line in lines[-1:])])
    if address == "local":
        return f"Expected Ray to begin on this machine. Received: {shown(words)}"
    return (
        "Expected the address of a Ray cluster that this machine belongs to, with the same "
        f"versions of Ray and Python. Received: {shown(address)}, which answers: {shown(words)}. "
        "Run: ray start, or leave it out to compute on this machine alone"
    )


def _short_folder() -> str:
    folder = tempfile.gettempdir()
    return folder if len(folder) <= _LONGEST_FOLDER or not Path("/tmp").is_dir() else "/tmp"


@contextmanager
def _settings() -> Iterator[None]:
    """Have Ray tell neither its makers nor the caller what it does, unless that is asked for."""
    wanted = {key: value for key, value in _SETTINGS.items() if key not in os.environ}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for key in wanted:
            os.environ.pop(key, None)


@contextmanager
def _silent() -> Iterator[None]:
    """Keep from the standard error what is written there past Python."""
    sys.stderr.flush()
    kept, nothing = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nothing, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nothing)


@contextmanager
def _kept_handlers() -> Iterator[None]:
    """Keep what is done at SIGTERM: Ray would have it end the process at once, also meanwhile."""
    import ray

    with _replaced(getattr(ray._private, "utils", None), "set_sigterm_handler"):
        handler = signal.getsignal(signal.SIGTERM)
        try:
            yield
        finally:
            if threading.current_thread() is threading.main_thread() and handler is not None:
                signal.signal(signal.SIGTERM, handler)


@contextmanager
def _replaced(module: Any, name: str) -> Iterator[None]:
    """Have a function of Ray's do nothing, where this version of it has one."""
    function = getattr(module, name, None)
    if function is None:
        yield
        return
    setattr(module, name, lambda *_, **__: None)
    try:
        yield
    finally:
        setattr(module, name, function)


@contextmanager
def quiet_log() -> Iterator[None]:
    """Keep Ray from telling in its log what is told otherwise, and of workers that were killed."""
    import ray

    logger = logging.getLogger("ray.data")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:  # it writes into the standard output too, which is others'
        with _replaced(ray._private.worker, "print_to_stdstream"):
            yield
    finally:
        logger.setLevel(level)
