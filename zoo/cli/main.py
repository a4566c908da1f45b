"""The `zoo` command: list, describe, ask and score the zoo's models."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

import zoo
from zoo.cli.errors import one_line_errors, one_line_failures
from zoo.cli.evaluate import evaluate
from zoo.cli.explain import explain
from zoo.cli.finetune import finetune
from zoo.cli.hub import pull
from zoo.cli.inspect import inspect
from zoo.cli.list import list_command
from zoo.cli.options import (
    Hub,
    Json,
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
from zoo.cli.predict import predict
from zoo.cli.publish import card, push
from zoo.cli.tensorboard import tensorboard
from zoo.cli.verify import verify

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


app.command("list")(list_command)


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


app.command()(predict)
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
