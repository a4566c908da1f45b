"""What the commands that explain answers are given."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from zoo.common.escape import is_blank
from zoo.errors import DataError, InputError, shown, shown_path

if TYPE_CHECKING:
    from zoo.task import Task

__all__ = ["check_input"]


def check_input(task: Task, given: str) -> None:
    """Refuse what no model of a task can be asked about, before the model is loaded.

    Args:
        task: the task.
        given: the text, or the path of a file of a task whose inputs are files.

    Raises:
        InputError: there is no word in the text.
        DataError: there is no such file.
    """
    if task.files:
        if not Path(given).is_file():
            raise DataError(
                "Expected the file of a series, such as series.csv. Received: "
                f"{shown_path(given)}, which is none"
            )
    elif is_blank(given):
        raise InputError(
            "Expected a text with at least one word, such as 'A moving film.'. "
            f"Received: {shown(given)}"
        )
