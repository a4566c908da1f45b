"""Start TensorBoard on a folder of runs."""

from __future__ import annotations

import errno
import logging
import socket
import threading
from pathlib import Path

from zoo.errors import InputError, shown

__all__ = ["start_server", "wait"]


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
    from tensorboard import program

    _check_address(host, port)
    logging.getLogger("tensorboard").setLevel(logging.ERROR)
    # Its own server, in a thread: the faster reader is another process, which would outlive this.
    flags = ("--logdir", str(folder), "--host", host, "--port", str(port), "--load_fast", "false")
    board = program.TensorBoard()
    board.configure(argv=("tensorboard", *flags))
    try:
        return str(board.launch())
    except program.TensorBoardServerException as error:
        raise _refused(host, port, str(error.msg)) from None


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
