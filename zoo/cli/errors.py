"""How commands fail: one line on standard error and an exit code, never a traceback."""

from __future__ import annotations

import logging
import os
import signal
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from zoo.errors import ZooError

__all__ = ["one_line_errors"]


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Turn errors into one line and exit: 2 for wrong use, 1 for failure, 130 for Ctrl-C, and
    143 and 129 for SIGTERM and SIGHUP where a run was stopped by them.

    Warnings become one line too, the zoo's log is shown beside them, and text that the output's
    encoding lacks becomes escapes.

    Example:
        >>> with one_line_errors():
        ...     pass
    """
    if sys.stdout is None:
        _fail("Expected a standard output to print to. Received: a closed one", 1)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        with warnings.catch_warnings(), _shown_log():
            warnings.showwarning = _show_warning
            yield
        sys.stdout.flush()
    except ZooError as error:
        _fail(str(error), error.exit_code)
    except BrokenPipeError:
        # The reader (such as `head`) has gone: stop quietly, and keep Python from complaining
        # when it flushes standard output at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None
    except KeyboardInterrupt as error:
        _fail(str(error) or "interrupted", 128 + getattr(error, "signal", signal.SIGINT))
    except OSError as error:
        _fail(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}", 1)


@contextmanager
def _shown_log() -> Iterator[None]:
    logger, handler = logging.getLogger("zoo"), logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(message)s"))
    level = logger.level
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)


def _show_warning(message: Warning | str, *_: Any, **__: Any) -> None:
    print(f"warning: {message}", file=sys.stderr)


def _fail(message: str, code: int) -> None:
    print("error: " + " ".join(message.split()), file=sys.stderr)
    raise SystemExit(code)
