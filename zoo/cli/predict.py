"""`zoo predict`: answers to whatever an entry reads, printed as they come."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import zoo
from zoo.cli.errors import one_line_errors
from zoo.cli.options import Hub, Json, Revision, Source, source_of
from zoo.cli.output import json_array, print_json, print_table, progress_bars, say
from zoo.cli.task_options import check_options
from zoo.common.counts import counted
from zoo.errors import InputError, shown

if TYPE_CHECKING:
    from zoo.common.answering import Answers
    from zoo.predicting.run import FileAnswers

__all__ = ["command"]


def command(
    name: Source,
    texts: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[TEXT]...",
            help="Texts, or files of numeric series (CSV, TSV, JSON lines, Parquet, NPY); without "
            "any, or with -, the lines of standard input.",
        ),
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(
            "--data",
            "--file",
            metavar="FILE",
            help="A table of texts: CSV, TSV, JSON lines, Parquet, a file of the Hub; or a folder "
            "of .txt files; of series a file, or a folder of files.",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write --data with the answers beside its columns: .csv, .tsv, .jsonl, .parquet.",
        ),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with an output that was stopped or killed.")
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an output that is there.")
    ] = False,
    engine: Annotated[
        str | None,
        typer.Option(
            help="What computes: onnxruntime, the usual, or openvino; of --output also ray, "
            "workers on all cores or machines."
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(help="Of --engine ray: how many, with a core each; without it, all cores."),
    ] = None,
    ray_address: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Of --engine ray: a cluster that this machine belongs to, such as auto; without "
            "it that of RAY_ADDRESS, or this machine.",
        ),
    ] = None,
    hub: Hub = False,
    revision: Revision = None,
    as_json: Json = False,
    **options: Any,
) -> None:
    """Classify, translate or go on with texts; classify or forecast series or mark unusual rows.

    Prints label, score and text, or the translation and the text, tab-separated when piped; a text
    that goes on as it is; of a forecast a line a step. A file of a series has a line a step and a
    column a channel.

    With --output a whole file is answered into another, row by row or file by file, in little
    memory however long it is; what is cut off goes on with --resume. With --engine ray workers do
    that, on the cores of this machine or on those of a cluster; the file comes out the same.

    Examples:

        zoo predict lstm-imdb "A moving, beautifully acted film."

        zoo predict lstm-imdb --json "A moving film." "A dull one."

        zoo predict lstm-imdb < reviews.txt

        zoo predict lstm-imdb --data reviews.csv --text-column review --output answers.csv

        zoo predict lstm-imdb --data reviews.csv --output answers.csv --engine ray

        zoo predict esn-mackey-glass series.csv --horizon 84

        zoo predict gru-nab metrics.csv --plot alarms.png

        zoo predict segrnn-etth1 hours.csv --horizon 96 --quantiles 0.1,0.9

        zoo predict segrnn-etth1 hours.csv --horizon 96 --plot forecast.png

        zoo predict mine --data stations --horizon 24 --output forecasts.parquet

        zoo predict mine air.csv --columns "CO(GT)" --fill linear --horizon 24

        zoo predict hf://user/repo --revision v1.0 "A moving film."

        zoo predict bahdanau-multi30k-de-en "Ein Mann fährt Rad."

        zoo predict lstm-ptb "the company said" --temperature 0.8 --seed 1
    """
    with one_line_errors():
        from zoo.common.answering import Request
        from zoo.task import task_of

        if data is not None and texts:
            raise InputError(
                "Expected --data alone, or texts or files of series as arguments. "
                f"Received: {shown(texts[0])} too"
            )
        if output is None and (resume or overwrite):
            raise InputError(
                f"Expected {'--resume' if resume else '--overwrite'} with --output, such as "
                "--output answers.csv. Received: no --output"
            )
        if output is not None and data is None:
            raise InputError(
                "Expected --output with the file that is answered, such as --data reviews.csv. "
                "Received: no --data"
            )
        on_ray = engine == "ray"
        for option, value in (("--workers", workers), ("--ray-address", ray_address)):
            if value is not None and not on_ray:
                raise InputError(
                    f"Expected {option} with --engine ray. Received: "
                    f"{'no --engine' if engine is None else f'--engine {shown(engine)}'}"
                )
        if on_ray and output is None:
            raise InputError(
                "Expected --engine ray with a file that is answered into another, such as --data "
                "reviews.csv --output answers.csv. Received: no --output"
            )
        # A wrong name is told before standard input is read.
        computes = None if on_ray else engine
        model: Any = zoo.pipeline(name, source=source_of(hub), revision=revision, engine=computes)
        given = check_options("predict", options, name, model.info.task)
        if output is not None:
            with progress_bars() as progress:
                written = zoo.predict_file(
                    model,
                    str(data),
                    output,
                    resume=resume,
                    overwrite=overwrite,
                    engine=engine if on_ray else None,
                    workers=workers,
                    ray_address=ray_address,
                    progress=progress,
                    **given,
                )
            _tell(written, as_json)
            return
        stdin = None if sys.stdin is None else sys.stdin.buffer
        with progress_bars() as progress:
            request = Request(tuple(texts or ()), stdin, given, progress, data)
            answers = task_of(model.info).predict(model, request)
        _print(answers, as_json)


def _tell(written: FileAnswers, as_json: bool) -> None:
    """Print what was written."""
    if as_json:
        import msgspec

        print_json({**msgspec.structs.asdict(written), "path": str(written.path)})
        return
    what = "file" if written.of_files else "row"
    empty = f", {written.empty:,} of them without any text" if written.empty else ""
    say(f"Answered {counted(written.inputs, what)}{empty}: all there are.")
    rows = counted(written.rows, "row")
    say(f"Wrote {written.path}: {rows} of {', '.join(written.columns)}.")


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
