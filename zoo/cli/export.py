"""`zoo export`: a checkpoint as other programs run it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zoo.cli.errors import one_line_errors
from zoo.cli.options import Hub, Json, Revision, Source, source_of
from zoo.cli.output import print_json, print_table, progress_bars, say

__all__ = ["command"]


def command(
    name: Source,
    output: Annotated[Path, typer.Option(help="Folder to make.")],
    format: Annotated[
        str, typer.Option("--format", help="onnx, keras, saved-model, litert or web.")
    ] = "onnx",
    quantize: Annotated[
        str | None,
        typer.Option(help="int8: round the weights to whole numbers of 8 bits; of onnx."),
    ] = None,
    force: Annotated[
        bool,
        typer.Option(
            "--force",
            help="Round the weights though the figures fall by more than they may, or the data to "
            "measure them is not at hand.",
        ),
    ] = False,
    vendor: Annotated[
        Path | None,
        typer.Option(
            help="Folder node_modules of an npm install, to copy what the page needs from; of web."
        ),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an earlier export at --output.")
    ] = False,
    hub: Hub = False,
    revision: Revision = None,
    as_json: Json = False,
) -> None:
    """Write an entry as other programs run it: ONNX, Keras, a SavedModel, LiteRT, a web page.

    The folder stands for itself: the model, its vocabularies and labels, its record, and a
    README.md with every input and output and a snippet that runs. What was written is asked real
    inputs and compared with the Keras model, or where Keras is not installed with the pipeline.

    Examples:

        zoo export lstm-imdb --output exported

        zoo export lstm-imdb --output small --quantize int8

        zoo export ./mine --output served --format saved-model

        zoo export lstm-imdb --output page --format web
    """
    with one_line_errors():
        import msgspec

        import zoo
        from zoo.schema import megabytes, short

        with progress_bars() as progress:
            exported = zoo.export(
                name,
                output,
                format=format,
                quantize=quantize,
                overwrite=overwrite,
                force=force,
                vendor=vendor,
                source=source_of(hub),
                revision=revision,
                tell=lambda line: say(line, error=True),
                progress=progress,
            )
        if as_json:
            print_json({**msgspec.to_builtins(exported), "path": str(exported.path)})
            return
        print_table(
            ("file", "bytes"),
            [(file, f"{size:,}") for file, size in exported.files.items()],
            numbers="bytes",
        )
        say(f"{megabytes(sum(exported.files.values()))} MB in all")
        found = exported.difference
        say(
            f"Largest difference from {found.compared} on {found.inputs} inputs "
            f"({found.data}): {found.largest:.2g}"
        )
        if exported.rounded is not None:
            for before, after in exported.rounded.pairs:
                say(f"{before.name}: {short(before.value)} before, {short(after.value)} after")
        say(f"Wrote {exported.path}")
