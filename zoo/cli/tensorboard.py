"""`zoo tensorboard`: what an entry tells of itself, in TensorBoard."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import zoo
from zoo.cli.errors import one_line_errors
from zoo.cli.options import Hub, Revision, Source, source_of
from zoo.cli.output import say

if TYPE_CHECKING:
    from zoo.schema import ModelInfo

__all__ = ["command"]


def command(
    name: Source,
    logdir: Annotated[
        Path | None,
        typer.Option(help="Folder of runs to write into; default: the cache, ~/.cache/rnn-zoo."),
    ] = None,
    port: Annotated[int, typer.Option(help="Port of the page; 0 takes a free one.")] = 6006,
    host: Annotated[str, typer.Option(help="Where it listens.")] = "localhost",
    serve: Annotated[
        bool, typer.Option("--serve/--write-only", help="Open TensorBoard, or write the run only.")
    ] = True,
    hub: Hub = False,
    revision: Revision = None,
) -> None:
    """Open TensorBoard on an entry: its training, its figures, and its network at work.

    The run is made of the checkpoint. A run that training or fine-tuning left beside the
    checkpoint, in NAME.run, is opened with it. Write several entries into one --logdir to compare
    them. Ctrl-C ends it.

    Examples:

        zoo tensorboard lstm-imdb

        zoo tensorboard ./my-checkpoint --port 0

        zoo tensorboard gru-imdb --logdir boards --write-only
    """
    with one_line_errors():
        from zoo.boards.run import write_tensorboard
        from zoo.errors import InputError

        if not 0 <= port < 1 << 16:
            raise InputError(f"Expected a port from 0 to 65535. Received: {port}")
        info = zoo.info(name, source=source_of(hub), revision=revision)
        training = _training(name)
        folder = logdir or _cache(info, alone=training is None)
        run = folder / info.name
        # What lies in the cache under a record's fingerprint is that record's run.
        if logdir is not None or not run.is_dir():
            write_tensorboard(
                name, run, source=source_of(hub), revision=revision, course=training is None
            )
            say(f"Wrote {run}", flush=True)
        _link_training(training, folder / f"{info.name}-training")
        if serve:
            _serve(folder, host, port)


def _cache(info: ModelInfo, alone: bool) -> Path:
    """Return the folder in the cache for a checkpoint: another record has another.

    So has one without the run of its training beside it, whose own run holds more.
    """
    import msgspec

    content = msgspec.json.encode([zoo.__version__, info, alone])
    digest = hashlib.sha256(content).hexdigest()[:16]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "rnn-zoo" / "tensorboard" / f"{info.name}-{digest}"


def _training(name: str) -> Path | None:
    """Return the run that training left beside a checkpoint, or None where there is none."""
    path = Path(f"{name.rstrip('/')}.run") / "tensorboard"
    return path.resolve() if name not in zoo.list_models() and path.is_dir() else None


def _link_training(training: Path | None, link: Path) -> None:
    """Put the run that training left into the folder of runs, as a link."""
    if link.is_symlink():
        link.unlink()
    if training is not None and not link.exists():
        link.symlink_to(training)


def _serve(folder: Path, host: str, port: int) -> None:
    from zoo.boards.server import start_server, wait

    address = start_server(folder, host, port)
    say(f"TensorBoard shows {folder} at {address} (Ctrl-C ends it)", flush=True)
    try:
        wait()
    except KeyboardInterrupt:
        say()
