"""Options of commands that tell classes apart; typer alone."""

from __future__ import annotations

from typing import Annotated

import typer

from zoo.common.options import Option

__all__ = ["LABEL", "TOP_K"]

LABEL = Option(
    Annotated[
        str | None,
        typer.Option(help="Label to explain; default: the one that is chosen."),
    ]
)

TOP_K = Option(
    Annotated[
        int | None,
        typer.Option(
            help="Labels to print for each input, best first, default 1; of a text that is "
            "written, of how many of the likeliest tokens one is drawn, default all."
        ),
    ],
    least=1,
)
