"""Arguments that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = [
    "Columns",
    "DateColumn",
    "Delimiter",
    "Encoding",
    "Fill",
    "Header",
    "Hub",
    "Json",
    "Missing",
    "Revision",
    "Source",
    "Wandb",
    "WandbTexts",
    "source_of",
]

Source = Annotated[
    str,
    typer.Argument(
        metavar="NAME",
        help="An entry (see [b]zoo list[/b]), a directory, or hf://user/repo for a repository of "
        "the Hugging Face Hub.",
    ),
]
Hub = Annotated[
    bool, typer.Option("--hub", help="The entry's published copy, not the one installed here.")
]
Revision = Annotated[
    str | None,
    typer.Option(
        metavar="REV",
        help="Branch, tag or commit on the Hub; default: main, of an entry the pinned commit.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Encoding = Annotated[
    str | None,
    typer.Option(help="Of a table in text, such as utf-8 or cp1252; default: found out."),
]
Delimiter = Annotated[
    str | None,
    typer.Option(
        metavar="CHARACTER",
        help="What separates its columns, such as ';' or tab; default: found out.",
    ),
]
Header = Annotated[
    bool | None,
    typer.Option(
        "--header/--no-header",
        help="Whether a line of it names the columns; without one they go by number, from 1, such "
        "as --text-column 2. Default: found out.",
        show_default=False,
    ),
]
Columns = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAMES",
        help="Columns of a series, by name or by number from 1, with commas between; default: all "
        "of numbers.",
    ),
]
DateColumn = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Column of the dates of a series, or two: date,time; none for none. Default: found "
        "out.",
    ),
]
Fill = Annotated[
    str | None,
    typer.Option(
        metavar="HOW",
        help="How missing values of a series are filled: linear or previous; default: they are "
        "refused.",
    ),
]
Missing = Annotated[
    list[str] | None,
    typer.Option(
        metavar="TEXT",
        help="What else stands for a missing value in a series, such as -999; none if every number "
        "is one.",
    ),
]
Wandb = Annotated[
    bool,
    typer.Option(
        "--wandb", help="Log to Weights & Biases too; WANDB_PROJECT, WANDB_MODE and so on count."
    ),
]
WandbTexts = Annotated[
    bool,
    typer.Option(
        "--wandb-texts",
        help="With --wandb: send the pictures too that show validation texts, or series.",
    ),
]


def source_of(hub: bool) -> str | None:
    """Return the library's `source` for the option `--hub`."""
    return "hub" if hub else None
