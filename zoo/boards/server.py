"""Start TensorBoard on a folder of runs."""

from __future__ import annotations

import errno
import json
import logging
import socket
import threading
import time
import urllib.request
from pathlib import Path

from zoo.common.quiet import import_quietly
from zoo.errors import InputError, shown

__all__ = ["start_server", "wait"]

_ATTEMPTS = 30


def start_server(folder: Path, host: str, port: int) -> str:
    """Start TensorBoard in a thread of this process; it ends with the process.

    Args:
        folder: the runs.
        host: where it listens.
        port: its port; 0 takes one that is free.

    Returns:
        The address of its page.

    Raises:
        InputError: the port is taken, or there is no such host here.
    """
    import_quietly("tensorflow", "tensorboard.program")  # it imports the one when it is there
    from tensorboard import program

    _check_address(host, port)
    logging.getLogger("tensorboard").setLevel(logging.ERROR)
    # Its own server, in a thread: the faster reader is another process, which would outlive this.
    flags = ("--logdir", str(folder), "--host", host, "--port", str(port), "--load_fast", "false")
    board = program.TensorBoard()
    board.configure(argv=("tensorboard", *flags))
    try:
        address = str(board.launch())
    except program.TensorBoardServerException as error:
        raise _refused(host, port, str(error.msg)) from None
    if any(folder.glob("*/projector_config.pbtxt")):
        _wait_for_projector(address)
    return address


def _wait_for_projector(address: str) -> None:
    """Ask for the Projector until it is there: the first page would be without its tab."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for _ in range(_ATTEMPTS):
        try:
            with opener.open(f"{address}data/plugins_listing", timeout=5) as answer:
                if json.load(answer)["projector"]["enabled"]:
                    return
        except (OSError, ValueError, KeyError):  # the page comes without it, and later with it
            return
        time.sleep(0.2)


def _check_address(host: str, port: int) -> None:
    """Refuse what cannot be listened on; the server itself would print and exit."""
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen()
    except (OSError, UnicodeError) as error:
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            raise InputError(
                f"Expected a free port. Received: {port}, which another program uses. Choose "
                "another with --port, or 0 for any that is free"
            ) from None
        raise _refused(host, port, getattr(error, "strerror", None) or str(error)) from None


def _refused(host: str, port: int, reason: str) -> InputError:
    return InputError(
        "Expected a host of this machine and a port to listen on, such as localhost and 6006. "
        f"Received: {shown(host)} and {port} ({reason})"
    )


def wait() -> None:
    """Wait until Ctrl-C."""
    threading.Event().wait()
