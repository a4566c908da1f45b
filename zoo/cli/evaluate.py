"""`zoo evaluate`: metrics of an entry, on its own test split or on a file of yours."""

from __future__ import annotations

from typing import Annotated, Any

import typer

import zoo
from zoo.cli.errors import one_line_errors
from zoo.cli.options import Hub, Json, Revision, Source, source_of
from zoo.cli.output import print_json, print_table, progress_bars
from zoo.cli.task_options import check_options

__all__ = ["command"]


def command(
    name: Source,
    data: Annotated[
        str | None,
        typer.Option(
            help="CSV, TSV, JSON lines or Parquet file, a folder of texts for every class, a file "
            "of the Hub, such as hf://datasets/user/repo/file.parquet, or a TensorFlow data set; "
            "of running text a text file or a folder of them; of series a file, or a folder of "
            "files, for every class one. Default: the entry's own test split."
        ),
    ] = None,
    hub: Hub = False,
    revision: Revision = None,
    as_json: Json = False,
    **options: Any,
) -> None:
    """Score an entry on its official test split, or on a file of yours.

    Prints accuracy, precision, recall, F1 and AUC of a classifier, BLEU, chrF, ROUGE-L, perplexity
    and brevity penalty of a translator, word and phone (or character) error rates of a
    speller, F1 of whole names of a tagger, perplexity, or nats and bits a character, of a language
    model, and how far forecasts run free and what they miss in a step, each with a 95 % bootstrap
    interval.

    Examples:

        zoo evaluate lstm-imdb

        zoo evaluate lstm-imdb --data reviews.csv --text-column text --label-column label

        zoo evaluate hf://user/repo --data reviews.csv

        zoo evaluate mine --data series.csv --horizon 24
    """
    with one_line_errors():
        import msgspec

        from zoo.evaluation import evaluate
        from zoo.schema import short
        from zoo.tables.columns import source_name

        model = zoo.pipeline(name, source=source_of(hub), revision=revision)
        given = check_options("evaluate", options, name, model.info.task)
        with progress_bars() as progress:
            metrics = evaluate(
                model,
                data,
                split=source_name(data) if data else "test",
                progress=progress,
                **given,
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
