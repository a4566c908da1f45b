"""`zoo predict`: answers to texts and numeric series, printed as they come."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

import zoo
from zoo.cli.errors import one_line_errors
from zoo.cli.options import Hub, Json, Revision, Source, source_of
from zoo.cli.output import json_array, one_line, print_table

if TYPE_CHECKING:
    from zoo.doubts import Doubts

__all__ = ["predict"]


def predict(
    name: Source,
    texts: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[TEXT]...",
            help="Texts, or files of numeric series (CSV, TSV, NPY); without any, or with -, the "
            "lines of standard input.",
        ),
    ] = None,
    top_k: Annotated[
        int | None, typer.Option(help="Labels to print for each text, best first; default 1.")
    ] = None,
    num_beams: Annotated[
        int | None, typer.Option(help="Translations that the search keeps; default 5, 1 is greedy.")
    ] = None,
    horizon: Annotated[
        int | None, typer.Option(help="Steps to forecast, of a model that forecasts series.")
    ] = None,
    hub: Hub = False,
    revision: Revision = None,
    as_json: Json = False,
) -> None:
    """Classify or translate texts, classify or forecast series, whichever the entry does.

    Prints label, score and text, or the translation and the text, tab-separated when piped; of a
    forecast a line a step. A file of a series has a line a step and a column a channel.

    Examples:

        zoo predict lstm-imdb "A moving, beautifully acted film."

        zoo predict lstm-imdb --json "A moving film." "A dull one."

        zoo predict lstm-imdb < reviews.txt

        zoo predict esn-mackey-glass series.csv --horizon 84

        zoo predict hf://user/repo --revision v1.0 "A moving film."

        zoo predict bahdanau-multi30k-de-en "Ein Mann fährt Rad."
    """
    with one_line_errors():
        from zoo.errors import InputError

        # A wrong name is told before standard input is read.
        model = zoo.pipeline(name, source=source_of(hub), revision=revision)
        task = model.info.task
        for option, value, tasks in (
            ("--top-k", top_k, ("text-classification", "time-series-classification")),
            ("--num-beams", num_beams, ("translation",)),
            ("--horizon", horizon, ("time-series-forecasting",)),
        ):
            if value is not None and value < 1:
                raise InputError(f"Expected {option} of at least 1. Received: {value}")
            if value is not None and task not in tasks:
                raise InputError(
                    f"Expected {option} with an entry of the task {' or '.join(tasks)} only. "
                    f"Received: {name}, of the task {task}"
                )
        if task.startswith("time-series-"):
            from zoo.cli.series import classify_series, forecast_series

            if task == "time-series-forecasting":
                forecast_series(model, texts or [], horizon, as_json)
            else:
                classify_series(model, texts or [], top_k or 1, as_json)
            return
        if task == "translation":
            _translate(model, texts or [], num_beams or 5, as_json)
        else:
            _classify(model, texts or [], top_k or 1, as_json)


def _classify(model: Any, arguments: list[str], top_k: int, as_json: bool) -> None:
    def answer(texts: list[str]) -> tuple[list[Any], Doubts]:
        answers: tuple[list[Any], Doubts] = model.with_doubts(texts, top_k=top_k)
        return answers

    def as_item(text: str, best: Any) -> dict[str, Any]:
        return {"text": text, **best[0]} if top_k == 1 else {"text": text, "labels": best}

    def as_rows(text: str, best: Any) -> list[tuple[str, ...]]:
        return [(one["label"], f"{one['score']:.4f}", one_line(text)) for one in best]

    columns = ("label", "score", "text")
    _print_answers(arguments, answer, as_item if as_json else None, as_rows, columns, "score")


def _translate(model: Any, arguments: list[str], num_beams: int, as_json: bool) -> None:
    def answer(texts: list[str]) -> tuple[list[Any], Doubts]:
        answers: tuple[list[Any], Doubts] = model.with_doubts(texts, num_beams=num_beams)
        return answers

    def as_item(text: str, translation: Any) -> dict[str, Any]:
        return {"text": text, **translation}

    def as_rows(text: str, translation: Any) -> list[tuple[str, ...]]:
        return [(one_line(translation["translation_text"], 1_000), one_line(text))]

    columns = ("translation", "text")
    _print_answers(arguments, answer, as_item if as_json else None, as_rows, columns)


def _print_answers(
    arguments: list[str],
    answer: Callable[[list[str]], tuple[list[Any], Doubts]],
    as_item: Callable[[str, Any], dict[str, Any]] | None,
    as_rows: Callable[[str, Any], list[tuple[str, ...]]],
    columns: tuple[str, ...],
    numbers: str = "",
) -> None:
    """Answer texts and print the answers as they come: as JSON where `as_item` is given."""
    from zoo.cli.texts import read_arguments, read_lines
    from zoo.doubts import Doubts

    lines = not arguments or arguments == ["-"]
    doubts = Doubts()
    try:
        with json_array() as write:
            for texts in read_lines() if lines else read_arguments(arguments):
                answers, more = answer(texts)
                pairs = list(zip(texts, answers, strict=True))
                if as_item is not None:
                    for pair in pairs:
                        write(as_item(*pair))
                else:
                    rows = [row for pair in pairs for row in as_rows(*pair)]
                    print_table(columns, rows, numbers, header=not doubts.total)
                sys.stdout.flush()
                doubts.add(more)
    finally:
        place = "in line {}" if lines else "in argument {}"
        doubts.warn(place=lambda row: place.format(row + 1))
