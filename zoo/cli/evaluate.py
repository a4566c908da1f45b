"""`zoo evaluate`: metrics of an entry, on its own test split or on a file of yours."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

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
from zoo.cli.output import print_json, print_table, progress_bars
from zoo.cli.series_options import check_no_series, series_reading

__all__ = ["command"]


def command(
    name: Source,
    data: Annotated[
        str | None,
        typer.Option(
            help="CSV, TSV, JSON lines or Parquet file, a folder of texts for every class, a file "
            "of the Hub, such as hf://datasets/user/repo/file.parquet, or a TensorFlow data set; "
            "of series a file, or a folder of files, for every class one. Default: the entry's "
            "own test split."
        ),
    ] = None,
    text_column: Annotated[
        str, typer.Option(help="Column of the texts, by name or number.")
    ] = "text",
    label_column: Annotated[
        str | None, typer.Option(help="Column of the labels; default label, or translation.")
    ] = None,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    header: Header = None,
    columns: Columns = None,
    date_column: DateColumn = None,
    fill: Fill = None,
    missing: Missing = None,
    plot: Annotated[
        Path | None, typer.Option(help="PNG file for BLEU by length, of a translator.")
    ] = None,
    horizon: Annotated[
        int | None, typer.Option(help="Steps of every forecast of series of your own.")
    ] = None,
    hub: Hub = False,
    revision: Revision = None,
    as_json: Json = False,
) -> None:
    """Score an entry on its official test split, or on a file of yours.

    Prints accuracy, precision, recall, F1 and AUC of a classifier, BLEU, chrF, ROUGE-L,
    perplexity and brevity penalty of a translator, and how far forecasts run free and what they
    miss in a step, each with a 95 % bootstrap interval.

    Examples:

        zoo evaluate lstm-imdb

        zoo evaluate lstm-imdb --data reviews.csv --text-column text --label-column label

        zoo evaluate hf://user/repo --data reviews.csv

        zoo evaluate mine --data series.csv --horizon 24
    """
    with one_line_errors():
        import msgspec

        from zoo import evaluation
        from zoo.errors import InputError
        from zoo.schema import short
        from zoo.tables.columns import Reading, source_name

        model = zoo.pipeline(name, source=source_of(hub), revision=revision)
        task = model.info.task
        if plot is not None and task != "translation":
            raise InputError(
                "Expected --plot with an entry of the task translation only. "
                f"Received: {name}, of the task {task}"
            )
        given = {"columns": columns, "date-column": date_column, "fill": fill, "missing": missing}
        if task.startswith("time-series-"):
            reading: Any = series_reading(
                header, columns, date_column, fill, missing, encoding, delimiter
            )
        else:
            reading = Reading(encoding, delimiter, header)
            check_no_series({**given, "horizon": horizon}, name, task)
        with progress_bars() as progress:
            metrics = evaluation.evaluate(
                model,
                data,
                split=source_name(data) if data else "test",
                progress=progress,
                plot=plot,
                text_column=text_column,
                label_column=label_column,
                reading=reading,
                horizon=horizon,
            )
        if as_json:
            print_json(msgspec.to_builtins(metrics))
            return
        print_table(
            ("metric", "value", "95 % interval", "examples"),
            [
                (
                    metric.name,
                    short(metric.value),
                    " to ".join(map(short, metric.confidence_interval)),
                    str(metric.num_examples),
                )
                for metric in metrics
            ],
            numbers="value examples",
        )
