"""What commands print: tables on a terminal, plain lines into a pipe, progress, JSON.

Everything that a command prints goes through `say`, `print_row`, `print_table` or `print_json`: no
text of a record, a file or another library reaches the terminal as it is.
"""

from __future__ import annotations

import functools
import json
import math
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from zoo.common.escape import terminal

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.progress import Progress

    from zoo.schema import Metric, TrainingRecord

__all__ = [
    "figure",
    "json_array",
    "print_json",
    "print_row",
    "print_table",
    "progress_bars",
    "say",
    "tuning_rows",
]

_UNPRINTED = re.compile(r"[^\n -~]")


def say(text: object = "", *, error: bool = False, flush: bool = False) -> None:
    """Print lines of text.

    Args:
        text: anything; its line breaks stay, and what else is not printed is written out.
        error: whether it goes to standard error.
        flush: whether it is shown at once.
    """
    lines = "\n".join(map(terminal, str(text).split("\n")))
    print(lines, file=sys.stderr if error else sys.stdout, flush=flush)


def print_row(cells: Sequence[object]) -> None:
    """Print cells as a line, tab-separated.

    Args:
        cells: anything; a tab or line break in one is written out.
    """
    print("\t".join(map(terminal, cells)))


def print_json(value: Any) -> None:
    """Print JSON that every reader takes, in every encoding of the output.

    Args:
        value: what JSON holds; a number that is not finite, which JSON has not, becomes null.
    """
    print(_json(value))


def _json(value: Any) -> str:
    text = json.dumps(_finite(value), indent=2, ensure_ascii=False, allow_nan=False)
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return _UNPRINTED.sub(lambda match: _escaped(match[0], encoding), text)


@contextmanager
def json_array() -> Iterator[Callable[[Any], None]]:
    """Print a JSON array item by item, as `print_json` would; an error closes it, too.

    Yields:
        A function to call with every item.
    """
    count = 0

    def write(item: Any) -> None:
        nonlocal count
        print(",\n" if count else "[\n", end="")
        print("\n".join(f"  {line}" for line in _json(item).split("\n")), end="")
        count += 1

    try:
        yield write
    finally:
        if count:
            print("\n]")


def _escaped(character: str, encoding: str) -> str:
    """Return a character in a string of JSON, escaped where it is not printed or not encoded."""
    if terminal(character) == character:
        try:
            character.encode(encoding)
            return character
        except UnicodeEncodeError:
            pass
    return json.dumps(character)[1:-1]


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


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
            print_row(row)
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", show_header=header)
    for column in columns:
        table.add_column(
            Text(terminal(column)), justify="right" if column in numbers.split() else "left"
        )
    for row in rows:
        # As text: neither markup nor the names of emoji in it take effect.
        table.add_row(*(Text(terminal(cell)) for cell in row))
    Console(highlight=False).print(table)


def figure(metric: Metric) -> str:
    from zoo.schema import short

    low, high = metric.confidence_interval
    return f"{short(metric.value)} [{short(low)}, {short(high)}]"


def tuning_rows(run: TrainingRecord) -> list[tuple[str, str]]:
    """Return what `zoo info` says of a fine-tuning: on what, and how."""
    rows = []
    for source in run.data or ():
        used = ", ".join(f"{count:,} {part}" for part, count in source.used.items())
        columns = f", columns {', '.join(source.columns)}" if source.columns else ""
        step = f", every {source.step}" if source.step else ""
        rows.append(
            (
                "tuned on",
                f"{source.name}: {source.size} ({used}){columns}{step}, sha256 {source.sha256}",
            )
        )
    if run.settings:
        settings = ", ".join(f"{name} {value}" for name, value in run.settings.items())
        rows += [("method", run.method), ("settings", settings)]
    return rows


@contextmanager
def progress_bars() -> Iterator[Callable[[str, int, int], None]]:
    """Show progress bars on standard error, one for each thing that is being done, once one is.

    Yields:
        A function to call with what is being done, how much is done, and how much there is.
    """
    tasks: dict[str, Any] = {}
    with ExitStack() as drawn:

        @functools.cache
        def bars() -> Progress:
            from rich.console import Console
            from rich.progress import Progress

            console = Console(stderr=True)
            # Into a file or a pipe nothing is drawn: it would stand between the lines of errors.
            disable = not console.is_terminal
            return drawn.enter_context(Progress(console=console, transient=True, disable=disable))

        def update(what: str, done: int, total: int) -> None:
            from rich.markup import escape

            if what not in tasks:
                tasks[what] = bars().add_task(escape(terminal(what)), total=total)
            bars().update(tasks[what], completed=done)

        yield update
