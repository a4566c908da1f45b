"""Which task a fine-tuning is of: that of the checkpoint, or one that can begin from it."""

from __future__ import annotations

from zoo.common.user_warnings import warn_user
from zoo.errors import InputError, shown
from zoo.formats import Checkpoint
from zoo.interfaces import UserData
from zoo.task import Task, starting_of, task_named, task_names, task_of

__all__ = ["chosen_task"]


def chosen_task(source: Checkpoint, given: UserData, task: str | None) -> Task:
    """Return the task that a checkpoint is tuned for.

    Where nobody names one it is the checkpoint's own, unless the data can only be meant for one
    that begins from such checkpoints; that is told in a warning.

    Args:
        source: the checkpoint.
        given: the data, with all options that were given.
        task: the name of a task, or None.

    Raises:
        InputError: there is no such task, or it cannot begin from the checkpoint.
    """
    own = task_of(source.info)
    if task is not None:
        return _named(source, own, task)
    if source.info.labels:
        return own
    for name in task_names():
        starting = starting_of(name)
        if name == own.name or starting is None or not starting.takes(source):
            continue
        found, told = task_named(name), starting.meant(given)
        if found is not None and told is not None:
            warn_user(
                f"The data has {told}: {found.noun} is made that begins from {source.info.name}, "
                f"which is {own.noun}. To tune that as what it is, say --task {own.name}."
            )
            return found
    return own


def _named(source: Checkpoint, own: Task, task: str) -> Task:
    found = task_named(task) if isinstance(task, str) else None
    name = source.info.name
    if found is None:
        raise InputError(
            f"Expected a task out of {', '.join(task_names())}. Received: {shown(task)}"
        )
    if found.name == own.name:
        return own
    starting = starting_of(found.name)
    if starting is not None and starting.takes(source):
        return found
    begins = f"or {starting.taken} that it can begin from" if starting else "that is tuned further"
    raise InputError(
        f"Expected {found.noun} for the task {found.name}, {begins}. "
        f"Received: {name}, {own.noun}. Leave --task out, or choose another entry"
    )
