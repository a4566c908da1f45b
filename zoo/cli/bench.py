"""`zoo bench`: how fast an entry answers on this machine."""

from __future__ import annotations

from typing import Annotated

import typer

from zoo.cli.errors import one_line_errors
from zoo.cli.options import Hub, Json, Revision, Source, source_of
from zoo.cli.output import print_json, print_table, progress_bars, say

__all__ = ["command"]


def command(
    name: Source,
    rounds: Annotated[
        int, typer.Option(min=1, max=1000, help="Measurements of each case.", show_default=True)
    ] = 5,
    no_keras: Annotated[
        bool, typer.Option("--no-keras", help="Leave the Keras model out, which takes longest.")
    ] = False,
    hub: Hub = False,
    revision: Revision = None,
    as_json: Json = False,
) -> None:
    """Measure how fast an entry answers here, beside its Keras model and other engines.

    They take turns, each in a process of its own. Prints milliseconds for one input, 32 and 256,
    microseconds for a step of a stream, seconds from the start of Python to the first answer, and
    the most memory; medians, and in JSON the 10th and 90th percentile.

    Examples:

        zoo bench lstm-imdb

        zoo bench mine --no-keras --rounds 20 --json
    """
    with one_line_errors():
        from zoo.benching.bench import BATCHES, bench

        with progress_bars() as progress:
            found = bench(
                name,
                source=source_of(hub),
                revision=revision,
                rounds=rounds,
                keras=not no_keras,
                progress=progress,
            )
        if as_json:
            import msgspec

            print_json(msgspec.to_builtins(found))
            return
        first = found.ways["pipeline"].cases
        rows = []
        for way, figures in found.ways.items():
            cells = [way]
            for count in map(str, BATCHES):
                seconds = figures.cases[count].median
                ratio = seconds / first[count].median
                cells.append(
                    f"{seconds * 1e3:.3g}" + (f" ({ratio:.1f}x)" if way != "pipeline" else "")
                )
            step = figures.cases.get("step")
            cells += [f"{step.median * 1e6:.1f}" if step else "-"]
            rows.append((*cells, f"{figures.first:.2f}", f"{figures.memory:.0f}"))
        columns = ("way", *(f"{count}, ms" for count in BATCHES), "step, us", "first, s", "MB")
        print_table(columns, rows, " ".join(columns[1:]))
        for way, reason in found.left_out.items():
            say(f"{way} was left out: {reason}")
        machine = found.limits
        say(
            f"This machine: {machine.cores} cores, {machine.gflops:.0f} GFLOP/s, "
            f"{machine.cache:.0f} GB/s from the cache, {machine.memory:.0f} GB/s from memory"
        )
