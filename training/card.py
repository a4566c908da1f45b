"""Write an entry's model card: `python -m training.card lstm-imdb`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zoo.cards.card import render_card
from zoo.cli.errors import one_line_errors, run_script
from zoo.files import write_atomically

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
CARDS = Path(__file__).resolve().parent.parent / "hub_cards"


@app.command()
def main(name: Annotated[str, typer.Argument(help="Entry, such as lstm-imdb.")]) -> None:
    """Generate hub_cards/NAME.md from the record of the bundled checkpoint."""
    with one_line_errors():
        path = CARDS / f"{name}.md"
        write_atomically(path, render_card(name).encode("utf-8"))
        print(f"Wrote {path}")


if __name__ == "__main__":
    run_script(app, "training.card")
