"""`zoo explain`: why a model answers as it does, where it looked, and what surprised it."""

from __future__ import annotations

import itertools
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import zoo
from zoo.cli.errors import one_line_errors
from zoo.cli.explained import check_input
from zoo.cli.options import Hub, Json, Revision, Source, source_of
from zoo.cli.output import print_json, print_row, say
from zoo.cli.task_options import check_options

if TYPE_CHECKING:
    from zoo.interfaces import Explanation

__all__ = ["command"]


def command(
    name: Source,
    given: Annotated[
        str, typer.Argument(metavar="TEXT|FILE", help="The text, or the file of a series.")
    ],
    output: Annotated[
        Path | None,
        typer.Option(help="File to write: .png, or .html of a text in colours."),
    ] = None,
    hub: Hub = False,
    revision: Revision = None,
    as_json: Json = False,
    **options: Any,
) -> None:
    """Show what every word or step adds to an answer, where a translator looked, or what surprised.

    Prints the text in colours on a terminal and a line a token into a pipe, score and token; blue
    speaks for the label and orange against it, or yellow where there are few colours. Of a language
    model the colour is how little a token was expected, and what was expected in its place follows
    in the lines and on a page. Of a tagger the names are coloured, with the words and letters that
    made them. Of a translator or a speller the attention is drawn, into attention.png unless told
    otherwise; a series, into saliency.png, with what each step of each channel adds; into
    attention-2.png and so on where there is such a file already.

    Examples:

        zoo explain lstm-imdb "A moving film, and never boring." --output why.html

        zoo explain bahdanau-multi30k-de-en "Ein Mann fährt Rad." --output attention.png

        zoo explain bilstm-crf-conll2003 "EU rejects German call." --output names.html

        zoo explain esn-japanese-vowels utterance.csv --output saliency.png

        zoo explain grud-physionet2012 stays.csv --id p1 --output saliency.png
    """
    with one_line_errors():
        from zoo.errors import InputError
        from zoo.explaining.asking import able

        place: dict[str, Any] = {"source": source_of(hub), "revision": revision}
        tasks = {task.name: task for task in able("explain")}
        name_of_task = zoo.info(name, **place).task
        if name_of_task not in tasks:
            raise InputError(
                f"Expected an entry of the task {' or '.join(tasks)}. "
                f"Received: {name}, of the task {name_of_task}"
            )
        chosen = check_options("explain", options, name, name_of_task)
        check_input(tasks[name_of_task], given)
        how = tasks[name_of_task].explaining
        if output is None and how.output is not None:
            output = _free(Path(how.output))
        if output is not None and output.suffix.lower() not in how.files:
            raise InputError(
                f"Expected a file name in {' or '.join(how.files)}. Received: {str(output)!r}"
            )
        model: Any = zoo.load(name, **place) if how.keras else zoo.pipeline(name, **place)
        _show(zoo.explain(model, given, **chosen), output, as_json)


def _free(path: Path) -> Path:
    """Return a path, or with a number where something is: nobody asked to replace that."""
    if not os.path.lexists(path):
        return path
    others = (path.with_stem(f"{path.stem}-{number}") for number in itertools.count(2))
    return next(other for other in others if not os.path.lexists(other))


def _colours() -> int:
    """Return how many colours standard output shows: none of a pipe, or where none are wanted."""
    from rich.console import Console

    console = Console()
    if not sys.stdout.isatty() or console.no_color:
        return 0
    known = {"standard": 16, "windows": 16, "256": 256, "truecolor": 1 << 24}
    return known.get(console.color_system or "", 0)


def _show(explanation: Explanation, output: Path | None, as_json: bool) -> None:
    if output is not None:
        explanation.write(output)
    if as_json:
        print_json(explanation.as_json())
    elif (colours := _colours()) and (text := explanation.as_text(colours)) is not None:
        from rich.console import Console

        Console(highlight=False).print(text)
    else:
        for row in explanation.as_rows():
            print_row(row)
    if output is not None:
        say(f"Wrote {output}", error=as_json)
