"""Options of commands that read numeric series; typer alone."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from zoo.common.options import Option
from zoo.tables.options import DELIMITER, ENCODING, HEADER

__all__ = ["ID_COLUMN", "PLOT", "SCORED_STEPS", "SERIES"]


def _of_series(annotation: Any, *, data: bool = True) -> Option:
    return Option(
        annotation,
        refusal="Expected {flag} with a model of numeric series only. Received: {value} for "
        "{name}, of the task {task}",
        data=data,
    )


# Of commands that read files of series.
SERIES = {
    "encoding": ENCODING,
    "delimiter": DELIMITER,
    "header": HEADER,
    "columns": _of_series(
        Annotated[
            list[str] | None,
            typer.Option(
                metavar="NAMES",
                help="Columns of a series, by name or by number from 1, with commas between; "
                "default: all of numbers.",
            ),
        ]
    ),
    "date_column": _of_series(
        Annotated[
            str | None,
            typer.Option(
                metavar="NAME",
                help="Column of the dates of a series, or two: date,time; none for none. Default: "
                "found out.",
            ),
        ]
    ),
    "fill": _of_series(
        Annotated[
            str | None,
            typer.Option(
                metavar="HOW",
                help="How missing values of a series are filled: linear or previous; default: they "
                "are refused.",
            ),
        ]
    ),
    "missing": _of_series(
        Annotated[
            list[str] | None,
            typer.Option(
                metavar="TEXT",
                help="What else stands for a missing value in a series, such as -999; none if "
                "every number is one.",
            ),
        ]
    ),
}
# Of commands that read tables of many series too.
ID_COLUMN = {
    "id_column": _of_series(
        Annotated[
            str | None,
            typer.Option(
                metavar="NAME",
                help="Of a table of many series, a line a step: the column that says which series "
                "a line is of. Default: every series is a file, those with classes in a folder for "
                "each.",
            ),
        ]
    )
}
# Of commands that score forecasts.
SCORED_STEPS = {
    "horizon": _of_series(
        Annotated[int | None, typer.Option(help="Steps of every forecast of series of your own.")],
        data=False,
    )
}
# Of commands that ask models which say something of every step.
PLOT = {
    "plot": Option(
        Annotated[
            str | None,
            typer.Option(
                metavar="FILE",
                help="Draw a series and how it goes on with the band of its quantiles, or the "
                "band that it was expected in and the alarms: .png, .svg, .pdf.",
            ),
        ]
    )
}
