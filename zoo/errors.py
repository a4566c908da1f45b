"""The zoo's own errors: every refusal says what was expected and what was received."""

from __future__ import annotations

from zoo.common.escape import terminal

__all__ = [
    "CheckpointError",
    "DataError",
    "HubError",
    "InputError",
    "MissingPackageError",
    "OutputError",
    "UnknownModelError",
    "ZooError",
    "check_kind",
    "shown",
    "shown_path",
]


class ZooError(Exception):
    """Base class of every error the zoo raises on purpose.

    Its text may quote names and other libraries; what a terminal does not print is written out.

    Attributes:
        exit_code: what the `zoo` command exits with: 2 for wrong use, 1 for failure.
    """

    exit_code = 1

    def __str__(self) -> str:
        return "\n".join(map(terminal, super().__str__().split("\n")))


class InputError(ZooError, ValueError):
    """An argument, text or label that the zoo cannot work with."""

    exit_code = 2


class MissingPackageError(InputError, ImportError):
    """A package that is not installed here, with what brings it."""


class UnknownModelError(InputError):
    """A name that is neither an entry of the zoo nor a checkpoint directory."""


class CheckpointError(ZooError):
    """A checkpoint directory that is damaged, tampered with, or from another version."""


class DataError(ZooError):
    """A data set or data file that is missing, unreachable or malformed."""


class HubError(ZooError):
    """The Hugging Face Hub, or the way to it, that does not give what was asked for."""


class OutputError(ZooError):
    """A result that could not be written; what was there before is untouched."""


def check_kind(value: object, kind: type, maker: str) -> None:
    """Refuse an argument that is not of a class.

    Args:
        value: the argument.
        kind: the class.
        maker: what returns such objects, for the error.

    Raises:
        InputError: it is of another class.
    """
    if not isinstance(value, kind):
        raise InputError(f"Expected what {maker} returns. Received: {shown(value)}")


def shown(value: object, limit: int = 80) -> str:
    """Return `repr(value)` cut to `limit` characters, for the end of an error message.

    What a terminal does not print stands there as an escape.

    Args:
        value: anything.
        limit: the most characters to keep.

    Example:
        >>> shown("a" * 200, limit=10)
        "'aaaaaa..."
    """
    # A long text is cut before `repr` so that a megabyte is not copied for an error message.
    try:
        text = repr(value[: limit + 1]) if isinstance(value, str | bytes) else repr(value)
    except RecursionError:  # a document may be read and yet be too deep to be shown
        text = f"a {type(value).__name__} of great depth"
    text = terminal(text)  # what writes its own `repr` need not know of terminals
    return text if len(text) <= limit else text[: limit - 3] + "..."


def shown_path(path: object, limit: int = 200) -> str:
    """Return the `repr` of a path, cut in its middle so that the name of the file is seen.

    Args:
        path: a path, or a text that stands for one.
        limit: the most characters to keep.

    Example:
        >>> shown_path("/" + "a" * 200 + "/mine.csv", limit=23)
        "'/aaaaaaaa.../mine.csv'"
    """
    text = str(path)
    text = terminal(repr(text if len(text) <= limit else f"{text[:limit]}{text[-limit:]}"))
    if len(text) <= limit:
        return text
    kept = limit - 3
    return f"{text[: kept - kept // 2]}...{text[-(kept // 2) :]}"
