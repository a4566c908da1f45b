"""The `zoo` command: list, describe, ask and score the zoo's models."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

import zoo
from zoo.cli.errors import one_line_errors, one_line_failures
from zoo.cli.evaluate import evaluate
from zoo.cli.explain import explain
from zoo.cli.finetune import finetune
from zoo.cli.hub import pull
from zoo.cli.inspect import inspect
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
from zoo.cli.output import (
    figure,
    print_json,
    print_table,
    say,
    tuning_rows,
)
from zoo.cli.publish import card, push
from zoo.cli.series_options import check_no_series, series_reading
from zoo.cli.tensorboard import tensorboard
from zoo.cli.text_files import check_no_files, read_texts
from zoo.cli.verify import verify
from zoo.escape import cut

if TYPE_CHECKING:
    from zoo.schema import ModelInfo

# NumPy's linear algebra starts a thread for every core when NumPy is imported. No command uses
# it, and starting them takes a fifth of the time of `zoo predict`.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Recurrent networks with trained weights: list, describe, ask and score them.",
)


def _version(value: bool) -> None:
    if value:
        say(f"rnn-zoo {zoo.__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


@app.command("list")
def list_command(
    task: Annotated[str | None, typer.Option(help="Only entries of this task.")] = None,
    architecture: Annotated[str | None, typer.Option(help="Only this architecture.")] = None,
    dataset: Annotated[str | None, typer.Option(help="Only this data set.")] = None,
    as_json: Json = False,
) -> None:
    """List the entries of the zoo.

    Examples:

        zoo list

        zoo list --task text-classification --json
    """
    with one_line_errors():
        from zoo.schema import short

        entries = [zoo.info(name) for name in zoo.list_models(task, architecture, dataset)]
        if as_json:
            print_json([_summary(entry) for entry in entries])
            return
        print_table(
            ("name", "task", "data set", "parameters", "MB", "metric"),
            [
                (
                    entry.name,
                    entry.task,
                    entry.dataset.name if entry.dataset else "",
                    f"{entry.parameters:,}",
                    f"{entry.size / 1e6:.1f}",
                    f"{entry.metrics[0].name} {short(entry.metrics[0].value)}"
                    if entry.metrics
                    else "",
                )
                for entry in entries
            ],
            numbers="parameters MB",
        )


def _summary(entry: ModelInfo) -> dict[str, Any]:
    return {
        "name": entry.name,
        "task": entry.task,
        "architecture": entry.architecture,
        "dataset": entry.dataset.name if entry.dataset else None,
        "parameters": entry.parameters,
        "size": entry.size,
        "metrics": {metric.name: metric.value for metric in entry.metrics},
        "description": entry.description,
    }


@app.command()
def info(name: Source, hub: Hub = False, revision: Revision = None, as_json: Json = False) -> None:
    """Describe an entry, a checkpoint directory or a checkpoint on the Hugging Face Hub.

    Examples:

        zoo info lstm-imdb

        zoo info ./my-checkpoint --json

        zoo info hf://user/repo --revision v1.0
    """
    with one_line_errors():
        from zoo.schema import short_spread

        entry = zoo.info(name, source=source_of(hub), revision=revision)
        if as_json:
            import msgspec

            print_json(msgspec.to_builtins(entry))
            return
        rows = [
            ("name", entry.name),
            ("description", entry.description),
            ("task", entry.task),
            ("architecture", entry.architecture),
            ("labels", ", ".join(entry.labels)),
            ("parameters", f"{entry.parameters:,}"),
            ("size", f"{entry.size / 1e6:.1f} MB"),
        ]
        if entry.dataset:
            rows.append(("data set", f"{entry.dataset.title}, {entry.dataset.url}"))
        for metric in entry.metrics:
            rows.append((f"{metric.split} {metric.name}", figure(metric)))
            if metric.seeds:
                spread = short_spread(metric.seeds, "+-")
                rows.append((f"  over {len(metric.seeds.values)} seeds", spread))
        if entry.training:
            run = entry.training
            rows.append(("trained by", f"{run.recipe} in {run.minutes} min on {run.hardware}"))
            rows.extend(tuning_rows(run))
        if entry.base_model:
            rows.append(
                ("derived from", f"{entry.base_model.name}, weights {entry.base_model.sha256}")
            )
        if entry.licenses:
            rows.append(("licence", entry.licenses.weights))
            rows.append(("data terms", entry.licenses.data))
        rows.extend(
            ("paper", f"{paper.authors} ({paper.year}): {paper.title}. {paper.url}")
            for paper in entry.papers
        )
        print_table(("", entry.name), [row for row in rows if row[1]])


def _read_texts(arguments: list[str]) -> list[str]:
    """Return the texts given as arguments, or the lines of standard input."""
    from zoo.errors import InputError, shown

    if arguments and arguments != ["-"]:
        places = [f"in argument {index}" for index in range(1, len(arguments) + 1)]
        texts = arguments
    else:
        if sys.stdin is None:  # closed, as by `<&-`
            raise InputError(
                "Expected a text as an argument, or texts on standard input. "
                "Received: no text, and standard input is closed"
            )
        if sys.stdin.isatty():
            say("Reading texts from standard input, one a line; end with Ctrl-D.", error=True)
        texts = []
        for number, line in enumerate(sys.stdin.buffer, 1):
            try:
                texts.append(line.decode("utf-8").rstrip("\r\n"))
            except UnicodeDecodeError as error:
                raise InputError(
                    "Expected UTF-8 text on standard input. Received: byte "
                    f"0x{line[error.start]:02x} at position {error.start} of line {number}. "
                    "Convert it, for example with iconv"
                ) from None
        places = [f"in line {index}" for index in range(1, len(texts) + 1)]
        if not texts:
            raise InputError(
                "Expected at least one text, as an argument or as a line of standard input. "
                "Received: nothing"
            )
    for text, place in zip(texts, places, strict=True):
        if not text.strip():
            raise InputError(
                "Expected texts with at least one word, such as 'A moving film.'. "
                f"Received: {shown(text)} {place}"
            )
    return texts


@app.command()
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
            from zoo.datasets.columns import Reading

            given = read_texts(file, text_column, Reading(encoding, delimiter, header))
        else:
            check_no_files(texts or [])
            given = _read_texts(texts or [])
        if task == "translation":
            _print_translations(model, given, num_beams or 5, as_json)
            return
        top_k = top_k or 1
        answers = model(given, top_k=top_k)
        if as_json:
            pairs = zip(given, answers, strict=True)
            print_json(
                [{"text": text, **answer[0]} for text, answer in pairs]
                if top_k == 1
                else [{"text": text, "labels": answer} for text, answer in pairs]
            )
            return
        print_table(
            ("label", "score", "text"),
            [
                (answer["label"], f"{answer['score']:.4f}", cut(text, 100))
                for text, best in zip(given, answers, strict=True)
                for answer in best
            ],
            numbers="score",
        )


def _print_translations(model: Any, texts: list[str], num_beams: int, as_json: bool) -> None:
    answers = model(texts, num_beams=num_beams)
    if as_json:
        pairs = zip(texts, answers, strict=True)
        print_json([{"text": text, **answer} for text, answer in pairs])
        return
    print_table(
        ("translation", "text"),
        [
            (cut(answer["translation_text"], 1_000), cut(text, 100))
            for text, answer in zip(texts, answers, strict=True)
        ],
    )


app.command()(explain)
app.command()(inspect)
app.command()(finetune)
app.command()(tensorboard)


app.command()(evaluate)
app.command()(pull)
app.command()(verify)
app.command()(push)
app.command()(card)


def main() -> None:
    """Run the command; whatever fails, before a command begins or as it ends, is one line."""
    with one_line_failures():
        try:
            app()
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()


if __name__ == "__main__":
    main()
