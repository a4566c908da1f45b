"""What commands print: tables on a terminal, plain lines into a pipe, progress, JSON."""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from zoo.schema import Metric, TrainingRecord

__all__ = [
    "figure",
    "json_array",
    "one_line",
    "print_json",
    "print_table",
    "progress_bars",
    "tuning_rows",
]


def print_json(value: Any) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False))


@contextmanager
def json_array() -> Iterator[Callable[[Any], None]]:
    """Print a JSON array item by item; it is closed also when an error ends it.

    Yields:
        A function to call with every item.
    """
    count = 0

    def write(item: Any) -> None:
        nonlocal count
        lines = json.dumps(item, indent=2, ensure_ascii=False).splitlines()
        print(",\n" if count else "[\n", end="")
        print("\n".join(f"  {line}" for line in lines), end="")
        count += 1

    try:
        yield write
    finally:
        if count:
            print("\n]")


def print_table(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    numbers: str = "",
    *,
    header: bool = True,
) -> None:
    """Print a table on a terminal, and tab-separated lines into a pipe.

    `numbers` names the columns that are aligned to the right, separated by spaces; without a
    `header`, the table goes on with the one before.
    """
    if not sys.stdout.isatty():
        for row in rows:
            print("\t".join(row))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, header_style="bold", show_header=header)
    for column in columns:
        table.add_column(column, justify="right" if column in numbers.split() else "left")
    for row in rows:
        table.add_row(*row)
    Console(highlight=False, markup=False).print(table)


def import_keras() -> None:
    """Import Keras and its backend without the page of notes that TensorFlow greets with.

    They are written by native code, past `sys.stderr`; what Python raises is raised all the same.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.stderr.flush()
    saved = os.dup(2)
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        importlib.import_module("zoo.tasks.text_classifier")
    finally:
        os.dup2(saved, 2)
        os.close(saved)


def figure(metric: Metric) -> str:
    from zoo.schema import short

    low, high = metric.confidence_interval
    return f"{short(metric.value)} [{short(low)}, {short(high)}]"


def tuning_rows(run: TrainingRecord) -> list[tuple[str, str]]:
    """Return what `zoo info` says of a fine-tuning: on what, and how."""
    rows = []
    for source in run.data or ():
        used = ", ".join(f"{count:,} {part}" for part, count in source.used.items())
        rows.append(
            ("tuned on", f"{source.name}: {source.rows:,} rows ({used}), sha256 {source.sha256}")
        )
    if run.settings:
        settings = ", ".join(f"{name} {value}" for name, value in run.settings.items())
        rows += [("method", run.method), ("settings", settings)]
    return rows


def one_line(text: str, limit: int = 100) -> str:
    line = "".join(c if c.isprintable() else " " for c in text[: limit + 1])
    return line if len(line) <= limit else line[: limit - 3] + "..."


@contextmanager
def progress_bars() -> Iterator[Callable[[str, int, int], None]]:
    """Show progress bars on standard error, one for each thing that is being done.

    Yields:
        A function to call with what is being done, how much is done, and how much there is.
    """
    from rich.console import Console
    from rich.progress import Progress

    tasks: dict[str, Any] = {}
    console = Console(stderr=True)
    # Into a file or a pipe nothing is drawn: it would stand between the lines of errors.
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bars:

        def update(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=total)
            bars.update(tasks[what], completed=done)

        yield update
