"""Ways to ask a model, each a process of its own that measures when it is told.

Processes take turns, so that what else the machine does meets all of them, and none waits in the
threads of another's libraries.
"""

from __future__ import annotations

import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

__all__ = ["Spread", "Way", "measured", "python"]


class Spread(msgspec.Struct, frozen=True):
    """Seconds of several measurements.

    Attributes:
        median: the median.
        low: the 10th percentile.
        high: the 90th.
    """

    median: float
    low: float
    high: float

    @staticmethod
    def of(values: Sequence[float]) -> Spread:
        """Return the spread of some seconds.

        Example:
            >>> Spread.of([3.0, 1.0, 2.0]).median
            2.0
        """
        cuts = statistics.quantiles(values, n=10, method="inclusive") if len(values) > 1 else []
        return Spread(
            statistics.median(values),
            cuts[0] if cuts else values[0],
            cuts[-1] if cuts else values[0],
        )


class Way:
    """A process that measures one way to ask a model.

    Args:
        name: what the way is called.
        command: starts it. It prints a line of JSON when it has answered once: `{"first": seconds}`
            or `{"error": message}`; then a line for every line `[case, count]` that it is given.
        environment: variables of the environment to set.

    Attributes:
        ready: its first line.
    """

    def __init__(
        self, name: str, command: Sequence[str], environment: Mapping[str, str] | None = None
    ) -> None:
        whole = {**os.environ, **(environment or {})}
        # As an installed package does, whose modules are compiled.
        whole.pop("PYTHONDONTWRITEBYTECODE", None)
        self.name = name
        # Open as long as the process is.
        self._told = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115
        self._process = subprocess.Popen(
            list(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._told,
            text=True,
            env=whole,
        )
        self.ready = self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        answer: dict[str, Any] = json.loads(line) if line else {"error": self._end()}
        return answer

    def _end(self) -> str:
        """Return what a process that has ended said last."""
        status = self._process.wait()
        self._told.seek(0)
        last = next((line for line in reversed(self._told.readlines()) if line.strip()), "")
        return f"its process ended with {status}: {last.strip()[:300]}"

    def ask(self, case: str, count: int = 0) -> dict[str, Any]:
        """Return what one case comes to.

        Args:
            case: its name.
            count: how many inputs or steps.
        """
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            print(json.dumps([case, count]), file=self._process.stdin, flush=True)
        return self._answer()

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait()
        self._told.close()


def measured(
    ways: Sequence[Way], case: str, count: int, rounds: int, told: Callable[[], Any] = lambda: None
) -> dict[str, Spread]:
    """Return the seconds of one case by way; they take turns, after a round that does not count.

    Args:
        ways: those that can do it.
        case: its name.
        count: how many inputs or steps.
        rounds: measurements of each.
        told: called after every one.
    """
    seconds: dict[str, list[float]] = {way.name: [] for way in ways}
    for turn in range(rounds + 1):
        for way in ways:
            answer = way.ask(case, count)
            told()
            if turn and "seconds" in answer:
                seconds[way.name].append(answer["seconds"])
    return {name: Spread.of(values) for name, values in seconds.items() if values}


def python(module: str, *arguments: str) -> list[str]:
    """Return the command that runs a module with this Python.

    Args:
        module: the module.
        *arguments: its arguments.
    """
    return [sys.executable, "-m", module, *arguments]
