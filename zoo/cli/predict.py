"""`zoo predict`: answers to texts and numeric series, printed as they come."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

import zoo
from zoo.cli.errors import one_line_errors
from zoo.cli.options import (
    Columns,
    DateColumn,
    Delimiter,
    Encoding,
    Fill,
    Header,
    Hub,
    Json,
    Missing,
    Revision,
    Source,
    source_of,
)
from zoo.cli.output import json_array, print_table
from zoo.cli.series_options import check_no_series, series_reading
from zoo.cli.text_files import check_no_files, read_texts
from zoo.cli.texts import read_arguments, read_lines
from zoo.common.escape import cut

if TYPE_CHECKING:
    from zoo.text.doubts import Doubts

__all__ = ["command"]

# Texts in batches, and how the place of the text of a number is told.
_Source = tuple[Iterator[list[str]], str]


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
    file: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="A table of texts: CSV, TSV, JSON lines, Parquet, or a file of the Hub.",
        ),
    ] = None,
    text_column: Annotated[
        str, typer.Option(help="Column of the texts in it, by name or number.")
    ] = "text",
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    header: Header = None,
    columns: Columns = None,
    date_column: DateColumn = None,
    fill: Fill = None,
    missing: Missing = None,
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

        zoo predict lstm-imdb --file reviews.csv --text-column review

        zoo predict esn-mackey-glass series.csv --horizon 84

        zoo predict mine air.csv --columns "CO(GT)" --fill linear --horizon 24

        zoo predict hf://user/repo --revision v1.0 "A moving film."

        zoo predict bahdanau-multi30k-de-en "Ein Mann fährt Rad."
    """
    with one_line_errors():
        from zoo.errors import InputError

        # A wrong name is told before standard input is read.
        model: Any = zoo.pipeline(name, source=source_of(hub), revision=revision)
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
        if file is not None and (texts or task.startswith("time-series-")):
            raise InputError(
                "Expected --file alone, with an entry that reads texts; files of series are "
                f"arguments. Received: {texts[0] if texts else name!r} too"
            )
        if task.startswith("time-series-"):
            from zoo.cli.series import classify_series, forecast_series

            reading = series_reading(
                header, columns, date_column, fill, missing, encoding, delimiter
            )
            if task == "time-series-forecasting":
                forecast_series(model, texts or [], horizon, as_json, reading)
            else:
                classify_series(model, texts or [], top_k or 1, as_json, reading)
            return
        given_options = {"columns": columns, "date-column": date_column, "fill": fill}
        check_no_series({**given_options, "missing": missing}, name, task)
        if file is not None:
            from zoo.tables.columns import Reading

            found = read_texts(file, text_column, Reading(encoding, delimiter, header))
            source = iter([found]), "in text {}"
        elif texts and texts != ["-"]:
            check_no_files(texts)
            source = read_arguments(texts), "in argument {}"
        else:
            source = read_lines(), "in line {}"
        if task == "translation":
            _translate(model, source, num_beams or 5, as_json)
        else:
            _classify(model, source, top_k or 1, as_json)


def _classify(model: Any, source: _Source, top_k: int, as_json: bool) -> None:
    def answer(texts: list[str]) -> tuple[list[Any], Doubts]:
        answers: tuple[list[Any], Doubts] = model.with_doubts(texts, top_k=top_k)
        return answers

    def as_item(text: str, best: Any) -> dict[str, Any]:
        return {"text": text, **best[0]} if top_k == 1 else {"text": text, "labels": best}

    def as_rows(text: str, best: Any) -> list[tuple[str, ...]]:
        return [(one["label"], f"{one['score']:.4f}", cut(text, 100)) for one in best]

    columns = ("label", "score", "text")
    _print_answers(source, answer, as_item if as_json else None, as_rows, columns, "score")


def _translate(model: Any, source: _Source, num_beams: int, as_json: bool) -> None:
    def answer(texts: list[str]) -> tuple[list[Any], Doubts]:
        answers: tuple[list[Any], Doubts] = model.with_doubts(texts, num_beams=num_beams)
        return answers

    def as_item(text: str, translation: Any) -> dict[str, Any]:
        return {"text": text, **translation}

    def as_rows(text: str, translation: Any) -> list[tuple[str, ...]]:
        return [(cut(translation["translation_text"], 1_000), cut(text, 100))]

    columns = ("translation", "text")
    _print_answers(source, answer, as_item if as_json else None, as_rows, columns)


def _print_answers(
    source: _Source,
    answer: Callable[[list[str]], tuple[list[Any], Doubts]],
    as_item: Callable[[str, Any], dict[str, Any]] | None,
    as_rows: Callable[[str, Any], list[tuple[str, ...]]],
    columns: tuple[str, ...],
    numbers: str = "",
) -> None:
    """Answer texts and print the answers as they come: as JSON where `as_item` is given."""
    from zoo.text.doubts import Doubts

    batches, place = source
    doubts = Doubts()
    try:
        with json_array() as write:
            for texts in batches:
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
        doubts.warn(place=lambda row: place.format(row + 1))
