"""Arguments that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = [
    "Hub",
    "Json",
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

Devices = Annotated[
    str | None,
    typer.Option(
        metavar="N",
        help="Devices that share every batch, as many or by name: 2, or gpu:0,gpu:1; needs "
        "KERAS_BACKEND=jax.",
    ),
]


def source_of(hub: bool) -> str | None:
    """Return the library's `source` for the option `--hub`."""
    return "hub" if hub else None
