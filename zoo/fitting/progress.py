"""How far a run is, and how long it will take."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

__all__ = ["RunProgress", "duration"]

# Steps that are timed before the first estimate. The very first one compiles, and is left out.
_TIMED = 5


def duration(seconds: float) -> str:
    """Return a length of time in words, as exact as an estimate is.

    Args:
        seconds: its length.

    Example:
        >>> [duration(seconds) for seconds in (0.4, 45, 89, 620, 7300)]
        ['1 s', '45 s', '89 s', '10 min', '2.0 h']
    """
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


class RunProgress:
    """The bar of a run and the lines above it, with an estimate once a few steps were timed.

    Args:
        console: where they are shown.
        epochs: passes at most.
        clock: returns the time in seconds.

    Use as a context, in which the bar is shown.
    """

    def __init__(
        self, console: Console, epochs: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        columns = [TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()]
        columns += [TimeElapsedColumn(), TimeRemainingColumn(), TextColumn("{task.fields[loss]}")]
        self._bar = Progress(*columns, console=console)
        self._task = self._bar.add_task("", total=None, loss="")
        self._epochs, self._clock = epochs, clock
        self._steps, self._estimated, self._begun = 0, False, False
        self._total = self._done = 0
        self._since: float | None = None  # when the epoch began, if it did so at its first step

    def __enter__(self) -> RunProgress:
        return self

    def __exit__(self, *error: object) -> None:
        if self._begun:
            self._bar.stop()

    def begin(self, epoch: int, steps: int, done: int) -> None:
        """Show that an epoch begins.

        Args:
            epoch: its number from 0.
            steps: steps of an epoch.
            done: steps of it that an earlier run has done.
        """
        if not self._begun:  # of a run that has nothing left to do there is no bar
            self._begun = True
            self._bar.start()
        self._since = self._clock() if done == 0 else None
        # One bar for the whole run: the time left is that of all epochs.
        self._total, self._done = self._epochs * steps, epoch * steps + done
        self._bar.update(
            self._task,
            description=f"epoch {epoch + 1}/{self._epochs}",
            total=self._total,
            completed=self._done,
        )

    def step(self, loss: float) -> None:
        """Show that a step is done.

        Args:
            loss: mean loss of the epoch so far.
        """
        self._done += 1
        self._bar.update(self._task, completed=self._done, loss=f"loss {loss:.4f}")
        if self._estimated:
            return
        self._steps += 1
        if self._steps == 1:
            self._first = self._clock()
        elif self._steps > _TIMED:
            seconds = (self._clock() - self._first) / (self._steps - 1)
            left = self._total - self._done
            self._estimated = True
            self._print(
                f"{left:,} steps to go at most, {seconds:.2g} s each: {duration(seconds * left)}, "
                "and what the validations take."
            )

    def end(self, epoch: int, scores: Mapping[str, float], seconds: float, over: bool) -> None:
        """Tell what an epoch came to, and how long the others take at most.

        Args:
            epoch: its number from 1.
            scores: its mean loss, and the scores of the validation.
            seconds: what the run took so far.
            over: whether no other epoch follows.
        """
        self._estimated = True  # what follows is more exact
        shown = "  ".join(f"{name} {value:.4f}" for name, value in scores.items())
        left = ""
        if self._since is not None and not over:
            most = (self._clock() - self._since) * (self._epochs - epoch)
            left = f", at most {duration(most)} to go"
        self._print(f"epoch {epoch}/{self._epochs}  {shown}  ({seconds:.0f} s{left})")

    def _print(self, line: str) -> None:
        self._bar.console.print(line, highlight=False, markup=False, soft_wrap=True)
