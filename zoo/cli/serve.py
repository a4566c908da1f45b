"""`zoo serve`: entries that answer over HTTP."""

from __future__ import annotations

import os
import sys
from typing import Annotated, Any

import typer

import zoo
from zoo.cli.errors import one_line_errors
from zoo.cli.options import Hub, Revision, source_of
from zoo.cli.output import say

__all__ = ["command"]

_OPTIONS = {
    "body": "--body-bytes",
    "inputs": "--inputs",
    "size": "--input-size",
    "seconds": "--seconds",
    "waiting": "--waiting",
    "sessions": "--sessions",
    "idle": "--idle-seconds",
    "grace": "--grace-seconds",
}
_PACKAGES = "starlette uvicorn httptools prometheus-client"  # as the extra serve has them


def command(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="NAME...",
            help="Entries (see [b]zoo list[/b]), directories, or hf://user/repo.",
        ),
    ],
    port: Annotated[int, typer.Option(help="Port; 0 takes a free one.")] = 8000,
    host: Annotated[
        str, typer.Option(help="Where it listens; other machines reach only another address.")
    ] = "127.0.0.1",
    threads: Annotated[
        int | None, typer.Option(help="Batches computed side by side; default: one a core.")
    ] = None,
    body: Annotated[int, typer.Option("--body-bytes", help="Most bytes of a request.")] = 1 << 20,
    inputs: Annotated[int, typer.Option("--inputs", help="Most inputs of a request.")] = 256,
    size: Annotated[
        int,
        typer.Option("--input-size", help="Most characters of a text, or steps of a series."),
    ] = 80_000,
    seconds: Annotated[float, typer.Option("--seconds", help="Most seconds of a request.")] = 30.0,
    waiting: Annotated[
        int, typer.Option("--waiting", help="Most inputs that wait; more are answered with 503.")
    ] = 1_024,
    sessions: Annotated[int, typer.Option("--sessions", help="Most open sessions.")] = 1_000,
    idle: Annotated[
        float, typer.Option("--idle-seconds", help="After which a session ends that is not asked.")
    ] = 600.0,
    grace: Annotated[
        float, typer.Option("--grace-seconds", help="To finish what is under way at the end.")
    ] = 10.0,
    access_log: Annotated[
        bool,
        typer.Option("--access-log", help="Write a line a request to standard error; no inputs."),
    ] = False,
    hub: Hub = False,
    revision: Revision = None,
) -> None:
    """Answer over HTTP, on this machine alone unless told otherwise; SIGTERM or Ctrl-C ends it.

    Shows a page to try the entries, /openapi.json, /health, /ready and /metrics. Needs the extra
    `serve`.

    Examples:

        zoo serve lstm-imdb

        zoo serve lstm-imdb bahdanau-multi30k-de-en --port 8080 --access-log

        curl -H "Content-Type: application/json" -d '{"input": "A moving film."}'
        localhost:8000/v1/models/lstm-imdb/predict
    """
    with one_line_errors():
        from zoo.common.optional import need
        from zoo.errors import InputError

        for module in ("starlette", "uvicorn", "httptools", "prometheus_client"):
            need(module, "servers", _PACKAGES)
        if not 0 <= port < 1 << 16:
            raise InputError(f"Expected a port from 0 to 65535. Received: {port}")
        if threads is not None and threads < 1:
            raise InputError(f"Expected --threads of at least 1. Received: {threads}")
        limits = _limits(
            body=body,
            inputs=inputs,
            size=size,
            seconds=seconds,
            waiting=waiting,
            sessions=sessions,
            idle=idle,
            grace=grace,
        )
        finished = _serve(names, host, port, threads, limits, hub, revision, access_log)
        if not finished:
            # A thread computes on what nobody waits for any more: the end does not wait for it.
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(0)


def _limits(**given: Any) -> Any:
    import msgspec

    from zoo.errors import InputError
    from zoo.serving.limits import Limits

    try:
        return msgspec.convert(given, Limits)
    except msgspec.ValidationError as error:
        bound, _, name = str(error).removeprefix("Expected ").partition(" - at `$.")
        name = name.rstrip("`")
        raise InputError(
            f"Expected {bound.replace('`', '')} for {_OPTIONS[name]}. Received: {given[name]}"
        ) from None


def _serve(
    names: list[str],
    host: str,
    port: int,
    threads: int | None,
    limits: Any,
    hub: bool,
    revision: str | None,
    access_log: bool,
) -> bool:
    from zoo.common.cores import cores
    from zoo.serving.app import Service
    from zoo.serving.guard import is_loopback
    from zoo.serving.server import address_of, listen, serve

    # Batches are computed side by side: within one a second core would be waited for.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    count = threads or cores()
    # A port that is taken is told before anything is read.
    with listen(host, port) as bound:
        pipelines = [
            # The server's own threads compute batches side by side.
            zoo.pipeline(name, source=source_of(hub), revision=revision, threads=1)
            for name in names
        ]
        service = Service(pipelines, limits, count)
        if not is_loopback(bound.getsockname()[0]):
            say(
                "warning: other machines can ask this server, which knows no passwords and does "
                "not encrypt: put a proxy before it that does",
                error=True,
            )
        say(
            f"Serves {', '.join(service.entries)} at {address_of(bound)} (Ctrl-C ends it)",
            flush=True,
        )

        def tell(line: str) -> None:
            say(line, error=True, flush=True)

        finished = serve(
            service,
            bound,
            say=lambda line: say(line, flush=True),
            log=tell if access_log else None,
            fault=lambda line: tell(f"error: {line}"),
        )
    say("Ended: everything was answered" if finished else "Ended: the time of grace is over")
    return finished
