"""How a task declares that models of its own may begin from checkpoints of another task."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

__all__ = ["Starting"]


class Starting(msgspec.Struct, frozen=True, kw_only=True):
    """From which checkpoints of other tasks a task can begin, and when a user means it to.

    A task's module `starting` holds one in `STARTING`. `Task.prepare` is then also given such a
    checkpoint, and makes of it one of its own, which is the `source` of what it returns.

    Attributes:
        taken: what can be begun from, with its article, such as "a language model".
        takes: returns whether a checkpoint of another task is that.
        meant: returns what shows that a user's data is for this task and not for that of such a
            checkpoint, such as "a column label"; None where nothing shows it.

    Example:
        >>> starting = Starting(taken="a toy", takes=lambda source: False, meant=lambda given: None)
        >>> starting.taken
        'a toy'
    """

    taken: str
    takes: Callable[[Any], bool]
    meant: Callable[[Any], str | None]
