"""`zoo inspect`: what goes on inside a recurrent network while it reads."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

import zoo
from zoo.cli.errors import one_line_errors
from zoo.cli.explained import check_input
from zoo.cli.options import Hub, Revision, Source, source_of
from zoo.cli.output import say
from zoo.cli.task_options import check_options

__all__ = ["command"]


def command(
    name: Source,
    given: Annotated[
        str, typer.Argument(metavar="TEXT|FILE", help="The text, or the file of a series.")
    ],
    output: Annotated[Path, typer.Option(help="Folder to make.")] = Path("inspection"),
    hub: Hub = False,
    revision: Revision = None,
    **options: Any,
) -> None:
    """Draw the hidden states, the gates and the saliency or surprise of every word or step.

    Writes states.png, gates.png of a network that has gates, saliency.png, and the same with
    histograms for TensorBoard, into a folder that is not there yet.

    Examples:

        zoo inspect lstm-imdb "A moving film, and never boring." --output why

        zoo inspect esn-japanese-vowels utterance.csv --output why

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
        known = {one.name: one for one in able("inspect")}
        if task not in known:
            raise InputError(
                f"Expected an entry of the task {' or '.join(known)}. "
                f"Received: {name}, of the task {task}"
            )
        chosen = check_options("inspect", options, name, task)
        check_input(known[task], given)
        from zoo.explaining.report import write_inspection

        model: Any = zoo.load(name, source=source_of(hub), revision=revision)
        for path in write_inspection(model, given, output, **chosen):
            say(f"Wrote {path}")
