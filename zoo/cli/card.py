"""`zoo card`: the model card of an entry or a checkpoint directory."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zoo.cli.errors import one_line_errors
from zoo.cli.output import say

__all__ = ["command"]


def command(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="An entry (see [b]zoo list[/b]) or a directory.")
    ],
    output: Annotated[Path | None, typer.Option(help="File to write; default: print it.")] = None,
    validate: Annotated[
        bool, typer.Option("--validate", help="Also let the Hub check its front matter.")
    ] = False,
) -> None:
    """Render the model card of an entry or a checkpoint directory, and check it.

    Its snippet is run, its front matter is read back, and its figures are compared with the
    record's. A card with a placeholder is refused.

    Examples:

        zoo card lstm-imdb

        zoo card ./my-checkpoint --output README.md --validate
    """
    with one_line_errors():
        import zoo
        from zoo.cards.card import render_card
        from zoo.cards.check import check_card, validate_on_hub
        from zoo.files import write_atomically

        text = render_card(name)
        info = zoo.info(name)
        check_card(text, info)
        if validate:
            validate_on_hub(text, info.name)
        if output is None:
            say(text.rstrip("\n"))
        else:
            write_atomically(output, text.encode("utf-8"))
            say(f"Wrote {output}")
