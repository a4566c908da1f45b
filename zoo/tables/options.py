"""Options of commands that read tables; typer alone."""

from __future__ import annotations

from typing import Annotated

import typer

from zoo.common.options import Option

__all__ = ["DELIMITER", "ENCODING", "HEADER", "LABEL_COLUMN"]

ENCODING = Option(
    Annotated[
        str | None,
        typer.Option(help="Of a table in text, such as utf-8 or cp1252; default: found out."),
    ],
    data=True,
)
DELIMITER = Option(
    Annotated[
        str | None,
        typer.Option(
            metavar="CHARACTER",
            help="What separates its columns, such as ';' or tab; default: found out.",
        ),
    ],
    data=True,
)
HEADER = Option(
    Annotated[
        bool | None,
        typer.Option(
            "--header/--no-header",
            help="Whether a line of it names the columns; without one they go by number, from 1, "
            "such as --text-column 2. Default: found out.",
            show_default=False,
        ),
    ],
    data=True,
)
LABEL_COLUMN = Option(
    Annotated[
        str | None,
        typer.Option(
            help="Column of the labels, translations, or targets of a speller; default: so called."
        ),
    ],
    data=True,
)
