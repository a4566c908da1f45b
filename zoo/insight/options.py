"""Options of commands that explain answers; typer alone."""

from __future__ import annotations

from typing import Annotated

import typer

from zoo.common.options import Option

__all__ = ["METHOD"]

METHOD = Option(
    Annotated[
        str,
        typer.Option(
            help="integrated_gradients or gradient_x_input, of a classifier or a forecaster."
        ),
    ],
    default="integrated_gradients",
)
