"""`zoo pull`: a checkpoint from the Hugging Face Hub."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zoo.cli.errors import one_line_errors
from zoo.cli.options import Revision
from zoo.cli.output import say

__all__ = ["command"]


def command(
    source: Annotated[
        str, typer.Argument(metavar="SOURCE", help="hf://user/repo, or a published entry.")
    ],
    output: Annotated[
        Path | None,
        typer.Option(help="Directory to make; default: the cache of the Hub's client."),
    ] = None,
    revision: Revision = None,
) -> None:
    """Fetch a checkpoint from the Hugging Face Hub and verify it, to use it without a network.

    Prints where it is. Only the checkpoint's own files are fetched, not the copies for other
    readers. A private repository needs a login, by [b]hf auth login[/b] or HF_TOKEN.

    Examples:

        zoo pull hf://user/repo --output ./my-checkpoint

        zoo pull hf://user/repo --revision v1.0
    """
    with one_line_errors():
        import zoo

        say(zoo.pull(source, output, revision=revision))
