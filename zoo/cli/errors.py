"""How commands fail: one line on standard error and an exit code, never a traceback."""

from __future__ import annotations

import logging
import os
import re
import signal
import sys
import traceback
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

import typer

from zoo.cli.output import say
from zoo.common.escape import one_line
from zoo.common.optional import missing
from zoo.errors import InputError, ZooError, shown

__all__ = ["one_line_errors", "one_line_failures", "run_script", "usage_errors"]

# What Typer calls wrong use; its own copy of Click is not for others to import.
_UsageError: Any = typer.BadParameter.__mro__[1]
# What Click says, and what is expected and received.
_KINDS = {"int": "a whole number", "integer": "a whole number", "float": "a number"}
_USES = (
    (r"Missing (?:argument|parameter) '?([^']*?)'?\.?", "a value for {0}", "none"),
    (r"Missing option '?([^']*?)'?\.?", "the option {0}", "none"),
    (r"Invalid value for '?(.*?)'?: (.*) is not a valid (.*?)\.?", "{2} for {0}", "{1}"),
    (r"Invalid value for '?(.*?)'?: (.*?)\.?", "another value for {0}", "{1}"),
    (r"No such option: (\S+?)\.?(?: .*)?", "an option that it has", "{0}"),
    (r"Option '?(.*?)'? requires an argument\.?", "a value for {0}", "none"),
    (r"Got unexpected extra argument\S* \((.*)\)\.?", "no more arguments", "{0}"),
)


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Turn errors into one line and exit: 2 for wrong use, 1 for failure, 130 for Ctrl-C, and
    143 and 129 for SIGTERM and SIGHUP where a run was stopped by them.

    Warnings become one line too, the zoo's log is shown beside them, and text that the output's
    encoding lacks becomes escapes. With ZOO_TRACEBACK=1 in the environment the traceback of an
    error stands before its line.

    Example:
        >>> with one_line_errors():
        ...     pass
    """
    if sys.stdout is None:
        _fail("Expected a standard output to print to. Received: a closed one", 1)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")
    with one_line_failures(), warnings.catch_warnings(), _shown_log():
        warnings.showwarning = _show_warning
        yield
        sys.stdout.flush()


@contextmanager
def one_line_failures() -> Iterator[None]:
    """Turn exceptions alone into one line and exit, as `one_line_errors` does.

    Example:
        >>> with one_line_failures():
        ...     pass
    """
    try:
        yield
    except (typer.Exit, typer.Abort):  # of the command line itself
        raise
    except ZooError as error:
        _fail(str(error), error.exit_code, error)
    except BrokenPipeError:
        # The reader (such as `head`) has gone: stop quietly.
        _drop_output()
        raise SystemExit(1) from None
    except KeyboardInterrupt as error:
        _fail(str(error) or "interrupted", 128 + getattr(error, "signal", signal.SIGINT), error)
    except OSError as error:
        place = f": {error.filename}" if error.filename else ""
        _fail(f"{error.strerror or error}{place}", 1, error)
    except ModuleNotFoundError as error:
        _fail(str(missing(error) or _fault(error)), 1, error)
    except MemoryError as error:
        _fail("There is not enough memory for this", 1, error)
    except Exception as error:
        _fail(_fault(error), 1, error)


def _fault(error: Exception) -> str:
    return (
        f"{type(error).__name__}: {error}. This is a fault of rnn-zoo or of a library that it "
        "uses: please report it, with what ZOO_TRACEBACK=1 in the environment shows"
    )


def run_script(app: typer.Typer, module: str) -> NoReturn:
    """Run a command of one function, as `zoo` does its own: whatever fails is one line.

    Args:
        app: the command.
        module: what it is called by, such as `"training.train"`.

    Example:
        >>> run_script(typer.Typer(), "training.train")  # doctest: +SKIP
    """
    name = f"python -m {module}"
    with one_line_failures(), usage_errors((), name):
        # Outside standalone mode what is returned is the code of `typer.Exit`, or None.
        sys.exit(app(prog_name=name, standalone_mode=False))


@contextmanager
def usage_errors(commands: Sequence[str], name: str = "zoo") -> Iterator[None]:
    """Turn what Click says of wrong use, on several lines, into an InputError.

    Args:
        commands: names of all commands.
        name: how the command itself is called.

    Raises:
        InputError: options or arguments were wrong.
    """
    try:
        yield
    except _UsageError as error:
        if type(error).__name__ == "NoArgsIsHelpError":  # the help itself
            say(error.format_message())
            raise SystemExit(error.exit_code) from None
        raise InputError(_expected(error, commands, name)) from None


def _expected(error: Any, commands: Sequence[str], name: str) -> str:
    """Return what is wrong in the form of the zoo's own errors."""
    from zoo.registry import near_names

    context, words = error.ctx, list[str]()
    while context is not None and context.parent is not None:
        words.insert(0, context.info_name)
        context = context.parent
    help_ = f"Run: {' '.join([name, *words])} --help"
    message = " ".join(error.format_message().split())
    if match := re.fullmatch(r"No such command '(.*?)'\..*", message):
        near = near_names(match[1], commands)
        hint = f" Did you mean {' or '.join(near)}?" if near else ""
        return (
            f"Expected a command out of {', '.join(commands)}. Received: {shown(match[1])}."
            f"{hint} {help_}"
        )
    for pattern, expected, received in _USES:
        if match := re.fullmatch(pattern, message):
            parts = [_KINDS.get(part, part) for part in match.groups()]
            near = list(getattr(error, "possibilities", None) or ())
            hint = f" Did you mean {' or '.join(near)}?" if near else ""
            return (
                f"Expected {expected.format(*parts)}. Received: {received.format(*parts)}."
                f"{hint} {help_}"
            )
    return f"Expected a command line as the help shows it. Received: {message} {help_}"


def _drop_output() -> None:
    """Keep Python from complaining when it flushes standard output at exit."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def _shown_log() -> Iterator[None]:
    logger, handler = logging.getLogger("zoo"), logging.StreamHandler(sys.stderr)
    handler.setFormatter(_OneLine("%(message)s"))
    level = logger.level
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)


class _OneLine(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return one_line(super().format(record))


def _show_warning(message: Warning | str, *_: Any, **__: Any) -> None:
    say(f"warning: {one_line(message)}", error=True)


def _fail(message: str, code: int, error: BaseException | None = None) -> NoReturn:
    if error is not None and os.environ.get("ZOO_TRACEBACK"):
        say("".join(traceback.format_exception(error)).rstrip(), error=True)
    say(f"error: {one_line(message.strip())}", error=True)
    if sys.stdout is not None:
        _drop_output()
    raise SystemExit(code)
