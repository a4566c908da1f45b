"""`zoo inspect`: what goes on inside a recurrent network while it reads a text."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

import zoo
from zoo.cli.errors import one_line_errors
from zoo.cli.options import Hub, Revision, Source, source_of
from zoo.cli.output import say

__all__ = ["command"]


def command(
    name: Source,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="The text.")],
    output: Annotated[Path, typer.Option(help="Folder to make.")] = Path("inspection"),
    hub: Hub = False,
    revision: Revision = None,
) -> None:
    """Draw the hidden states, the gates and the saliency of every word of a text.

    Writes states.png, gates.png of a network that has gates, saliency.png, and the same with
    histograms for TensorBoard, into a folder that is not there yet.

    Examples:

        zoo inspect lstm-imdb "A moving film, and never boring." --output why

        tensorboard --logdir why/tensorboard
    """
    with one_line_errors():
        from zoo.errors import InputError
        from zoo.explaining.asking import able

        if output.exists():
            raise InputError(
                f"Expected an --output that does not exist yet. Received: {output}. Choose another"
            )
        task = zoo.info(name, source=source_of(hub), revision=revision).task
        known = [one.name for one in able("inspect")]
        if task not in known:
            raise InputError(
                f"Expected an entry of the task {' or '.join(known)}. "
                f"Received: {name}, of the task {task}"
            )
        from zoo.explaining.report import write_inspection

        model: Any = zoo.load(name, source=source_of(hub), revision=revision)
        for path in write_inspection(model, text, output):
            say(f"Wrote {path}")
