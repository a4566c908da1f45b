"""`zoo predict`: answers to whatever an entry reads, printed as they come."""

from __future__ import annotations

import sys
import warnings
from typing import TYPE_CHECKING, Annotated, Any

import typer

import zoo
from zoo.cli.errors import one_line_errors
from zoo.cli.options import Hub, Json, Revision, Source, source_of
from zoo.cli.output import json_array, print_table, progress_bars
from zoo.cli.task_options import check_options

if TYPE_CHECKING:
    from zoo.interfaces import Answers

__all__ = ["command"]


def command(
    name: Source,
    texts: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[TEXT]...",
            help="Texts, or files of numeric series (CSV, TSV, NPY); without any, or with -, the "
            "lines of standard input.",
        ),
    ] = None,
    hub: Hub = False,
    revision: Revision = None,
    as_json: Json = False,
    **options: Any,
) -> None:
    """Classify or translate texts, classify or forecast series, whichever the entry does.

    Prints label, score and text, or the translation and the text, tab-separated when piped; of a
    forecast a line a step. A file of a series has a line a step and a column a channel.

    Examples:

        zoo predict lstm-imdb "A moving, beautifully acted film."

        zoo predict lstm-imdb --json "A moving film." "A dull one."

        zoo predict lstm-imdb < reviews.txt

        zoo predict lstm-imdb --file reviews.csv --text-column review

        zoo predict esn-mackey-glass series.csv --horizon 84

        zoo predict mine air.csv --columns "CO(GT)" --fill linear --horizon 24

        zoo predict hf://user/repo --revision v1.0 "A moving film."

        zoo predict bahdanau-multi30k-de-en "Ein Mann fährt Rad."
    """
    with one_line_errors():
        from zoo.interfaces import Request
        from zoo.task import task_of

        # A wrong name is told before standard input is read.
        model: Any = zoo.pipeline(name, source=source_of(hub), revision=revision)
        given = check_options("predict", options, name, model.info.task)
        stdin = None if sys.stdin is None else sys.stdin.buffer
        with progress_bars() as progress:
            request = Request(tuple(texts or ()), stdin, given, progress)
            answers = task_of(model.info).predict(model, request)
        _print(answers, as_json)


def _print(answers: Answers, as_json: bool) -> None:
    """Print answers as they come; what there is to say of them is said whatever happens."""
    header = True
    try:
        with json_array() as write:
            for batch in answers.batches:
                if as_json:
                    for answer in batch:
                        write(answer.item)
                else:
                    rows = [row for answer in batch for row in answer.rows]
                    print_table(answers.columns, rows, answers.numbers, header=header)
                header = False
                sys.stdout.flush()
    finally:
        for message in answers.warnings():
            warnings.warn(message, stacklevel=1)
