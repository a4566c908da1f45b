"""How a task declares what its commands take beside what every command takes."""

from __future__ import annotations

from typing import Any

import msgspec

__all__ = ["Option"]


class Option(msgspec.Struct, frozen=True):
    """An option that a command takes with entries of some tasks.

    A task's module `options` holds them in `OPTIONS`, by the command and by their name in Python.
    Tasks that share one hold the same object.

    Attributes:
        annotation: its type and its help: an `Annotated` with a `typer.Option`.
        default: what it is where it is not given.
        least: the least that a number may be; None for what is no number.
        refusal: what is said where the entry's task does not take it, with `{flag}`, `{value}`,
            `{name}`, `{task}` and `{tasks}`, those that take it.
        data: whether it says where in a user's data what stands, or how that is read; else how a
            model answers, is scored or is tuned.

    Example:
        >>> from typing import Annotated
        >>> import typer
        >>> option = Option(Annotated[int | None, typer.Option(help="Beams.")], least=1)
    """

    annotation: Any
    default: Any = None
    least: int | None = None
    refusal: str = (
        "Expected {flag} with an entry of the task {tasks} only. "
        "Received: {name}, of the task {task}"
    )
    data: bool = False
