"""`zoo list`: the entries of the zoo, all or some."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

import zoo
from zoo.cli.errors import one_line_errors
from zoo.cli.options import Json
from zoo.cli.output import print_json, print_table

if TYPE_CHECKING:
    from zoo.schema import ModelInfo

__all__ = ["command"]


def command(
    pattern: Annotated[
        str | None, typer.Argument(help='Only names of this form, such as "*lstm*".')
    ] = None,
    task: Annotated[str | None, typer.Option(help="Only entries of this task.")] = None,
    architecture: Annotated[str | None, typer.Option(help="Only this architecture.")] = None,
    dataset: Annotated[str | None, typer.Option(help="Only this data set.")] = None,
    as_json: Json = False,
) -> None:
    """List the entries of the zoo.

    Examples:

        zoo list

        zoo list "*lstm*"

        zoo list --task text-classification --json
    """
    with one_line_errors():
        from zoo.schema import megabytes, short

        names = zoo.list_models(pattern, architecture, dataset, task=task)
        entries = [zoo.info(name) for name in names]
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
                    megabytes(entry.size),
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
