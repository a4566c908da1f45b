"""Draw the pictures of an entry's card: `python -m training.pictures esn-lorenz`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from zoo import registry
from zoo.cli.errors import one_line_errors, run_script
from zoo.common.figures import png
from zoo.errors import InputError
from zoo.files import write_atomically
from zoo.learning.training_plots import training_picture
from zoo.task import task_of

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
DOCS = Path(__file__).resolve().parent.parent / "docs"


def pictures(name: str) -> Iterator[tuple[str, bytes]]:
    """Yield the name and content of every picture of an entry's card.

    The course of the training, where the record holds one. Of a forecaster, a forecast of the
    test stretch against the truth with the error as it grows, the states of the reservoir, and,
    of a system of three channels, its attractor, true and generated.

    Args:
        name: the entry's name.

    Raises:
        UnknownModelError: there is no such entry.
        DataError: the data of a forecaster is not at hand.

    Example:
        >>> [name for name, _ in pictures("ngram-gru-imdb")]
        ['ngram-gru-imdb-training.png']
    """
    info = registry.info(name)
    course = training_picture(info)
    if course is not None:
        yield course
    for kind, figure in task_of(info).pictures(registry.read(name)):
        yield f"{name}-{kind}.png", png(figure)


@app.command()
def main(name: Annotated[str, typer.Argument(help="Entry, such as esn-lorenz.")]) -> None:
    """Draw docs/NAME-*.png: the course of the training, and forecasts of a forecaster."""
    with one_line_errors():
        drawn = list(pictures(name))
        if not drawn:
            raise InputError(
                "Expected an entry that forecasts, or whose record holds the history of its "
                f"training. Received: {name}, which has none. See: python -m training.history"
            )
        for file, content in drawn:
            write_atomically(DOCS / file, content)
            print(f"Wrote {DOCS / file}")


if __name__ == "__main__":
    run_script(app, "training.pictures")
