"""The command `zoo verify`: what a checkpoint claims beside what is measured here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from zoo.cli.errors import one_line_errors
from zoo.cli.options import Hub, Json, Revision, Source, source_of
from zoo.cli.output import print_json, print_table, progress_bars, say

if TYPE_CHECKING:
    from zoo.statistics import Comparison
    from zoo.verification import Verification

__all__ = ["command"]


def command(
    name: Source,
    limit: Annotated[
        int | None,
        typer.Option(help="Score a fixed sample of this many examples; default: the whole split."),
    ] = None,
    hashes_only: Annotated[
        bool, typer.Option("--hashes-only", help="Check the files, and measure nothing.")
    ] = False,
    hub: Hub = False,
    revision: Revision = None,
    as_json: Json = False,
) -> None:
    """Check every file of a checkpoint, and measure every figure of its record again.

    Prints for each figure what the record claims, what was measured here, the difference, the
    claims that would agree, and the verdict. On the whole split a claim must be met but for the
    noise of floating point; on a sample (--limit) it must lie within what the sample allows, in
    which an honest record fails by chance once in ten thousand times.

    Exits with 0 when all agree, with 1 when something does not or the data is not at hand.

    Examples:

        zoo verify lstm-imdb

        zoo verify lstm-imdb --limit 2000

        zoo verify hf://user/repo --hashes-only
    """
    with one_line_errors():
        import zoo
        from zoo.errors import CheckpointError

        with progress_bars() as progress:
            result = zoo.verify(
                name,
                source=source_of(hub),
                revision=revision,
                limit=limit,
                hashes_only=hashes_only,
                progress=progress,
            )
        if as_json:
            print_json(_as_json(result))
        else:
            _print(result, hashes_only)
        if not result.agrees:
            raise CheckpointError(result.complaint)


def _print(result: Verification, hashes_only: bool) -> None:
    from zoo.schema import short

    say(f"{result.info.name}: {len(result.info.files)} files are as the record says")
    if not result.comparisons:
        if not hashes_only:
            say("the record claims no figures")
        return
    say(f"measured on {result.basis}")
    print_table(
        ("metric", "split", "claimed", "measured", "difference", "agrees from", "to", "verdict"),
        [
            (
                comparison.claimed.name,
                comparison.claimed.split,
                short(comparison.claimed.value),
                *_measured(comparison),
                comparison.reason or "agrees",
            )
            for comparison in result.comparisons
        ],
        numbers="claimed measured difference to",
    )


def _measured(comparison: Comparison) -> tuple[str, ...]:
    from zoo.schema import short

    if comparison.measured is None:
        return ("", "", "", "")
    difference = comparison.measured.value - comparison.claimed.value
    low, high = comparison.allowed
    return (short(comparison.measured.value), f"{difference:+.2g}", short(low), short(high))


def _as_json(result: Verification) -> dict[str, Any]:
    return {
        "name": result.info.name,
        "files": len(result.info.files),
        "basis": result.basis,
        "agrees": result.agrees,
        "metrics": [
            {
                "name": comparison.claimed.name,
                "split": comparison.claimed.split,
                "claimed": comparison.claimed.value,
                "measured": comparison.measured and comparison.measured.value,
                "allowed": comparison.measured and list(comparison.allowed),
                "agrees": comparison.agrees,
                "reason": comparison.reason,
            }
            for comparison in result.comparisons
        ],
    }
