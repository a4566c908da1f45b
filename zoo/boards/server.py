"""Start TensorBoard on a folder of runs."""

from __future__ import annotations

import logging
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

    logging.getLogger("tensorboard").setLevel(logging.ERROR)
    # Its own server, in a thread: the faster reader is another process, which would outlive this.
    flags = ("--logdir", str(folder), "--host", host, "--port", str(port), "--load_fast", "false")
    board = program.TensorBoard()
    try:
        board.configure(argv=("tensorboard", *flags))
        return str(board.launch())
    except program.TensorBoardPortInUseError:
        raise InputError(
            f"Expected a free port. Received: {port}, which another program uses. Choose another "
            "with --port, or 0 for any that is free"
        ) from None
    except program.TensorBoardServerException as error:
        raise InputError(
            f"Expected a host and a port to listen on, such as localhost and 6006. "
            f"Received: {shown(host)} and {port} ({error.msg})"
        ) from None
    except OSError as error:  # a host that has no address
        raise InputError(
            f"Expected a host of this machine, such as localhost. Received: {shown(host)} "
            f"({error.strerror or error})"
        ) from None


def wait() -> None:
    """Wait until Ctrl-C."""
    threading.Event().wait()
