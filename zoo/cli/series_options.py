"""Options of commands that read series."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from zoo.errors import InputError, shown

if TYPE_CHECKING:
    from zoo.series.files import SeriesReading

__all__ = ["check_no_series", "series_reading"]


def series_reading(
    header: bool | None,
    columns: Sequence[str] | None,
    date_column: str | None,
    fill: str | None,
    missing: Sequence[str] | None,
    encoding: str | None,
    delimiter: str | None,
) -> SeriesReading:
    """Return how tables of series are to be read.

    Args:
        header: what `--header` says, which series have no use for.
        columns: `--columns`, and so on.

    Raises:
        InputError: an option has no meaning here.
    """
    from zoo.series.files import SeriesReading

    if header is not None:
        raise InputError(
            "Expected neither --header nor --no-header for series: a line without any number is "
            f"a header. Received: {'--header' if header else '--no-header'}"
        )
    return SeriesReading(columns or None, date_column, fill, missing or None, encoding, delimiter)


def check_no_series(given: Mapping[str, Any], name: str, task: str) -> None:
    """Refuse options of series for a model of another task.

    Args:
        given: the options.
        name: of the model.
        task: its task.

    Raises:
        InputError: one of them is given.
    """
    for option, value in given.items():
        if value not in (None, []):
            raise InputError(
                f"Expected --{option} with a model of numeric series only. Received: "
                f"{shown(value)} for {name}, of the task {task}"
            )
