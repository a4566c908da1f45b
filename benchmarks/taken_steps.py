"""Steps taken by several ways in turn, each in a process of its own: what those are made of.

`serve_steps` is the process of a way, `measure_steps` asks several; see `zoo.benching.ways`.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import importlib.util
import json
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from zoo.benching.ways import Way, measured, python
from zoo.benching.worker import peak_memory

__all__ = ["Fastest", "Step", "measure_steps", "package_versions", "record", "serve_steps"]

TRIES = 4  # steps of each setting that one way is tried in
RESULTS = Path(__file__).resolve().parent.parent / "docs" / "performance.json"
Step = Callable[..., Any]  # arrays of a batch to the loss, or to an answer


class Fastest:
    """The fastest of some steps, found out on the first batches.

    Args:
        tried: steps by what tells them apart.

    Attributes:
        chosen: which it is; None before it is known.
    """

    def __init__(self, tried: Mapping[Any, Step]) -> None:
        self.tried, self.chosen = dict(tried), None

    def __call__(self, *batch: Any) -> Any:
        if self.chosen is None:
            seconds = {
                name: min(_timed(lambda s=step: s(*batch))["seconds"] for _ in range(TRIES))
                for name, step in self.tried.items()
            }
            self.chosen = min(seconds, key=seconds.__getitem__)
            self.tried = {self.chosen: self.tried[self.chosen]}
        return self.tried[self.chosen](*batch)


def _timed(call: Callable[[], Any]) -> dict[str, float]:
    wall, computed = time.perf_counter(), time.process_time()
    call()
    return {"seconds": time.perf_counter() - wall, "cpu": time.process_time() - computed}


def serve_steps(start: float, begin: Callable[[], tuple[Step, Sequence[Any]]]) -> None:
    """Answer lines of standard input, `[case, count]`, with lines of JSON.

    Args:
        start: when the process began, by `time.perf_counter`.
        begin: returns the step and the batches, tuples of arrays, which are taken in turn.
    """
    answers = sys.stdout
    sys.stdout = sys.stderr  # what libraries print is no answer
    try:
        step, batches = begin()
        step(*batches[0])
    except Exception as error:  # of any library: it is told, and the others go on
        print(json.dumps({"error": f"{type(error).__name__}: {error}"[:300]}), file=answers)
        return
    settings = repr(step.chosen) if isinstance(step, Fastest) else ""
    ready = {"first": time.perf_counter() - start, "settings": settings}
    print(json.dumps(ready), file=answers, flush=True)
    taken = 0
    for line in sys.stdin:
        case, count = json.loads(line)
        if case == "memory":
            print(json.dumps({"memory": peak_memory()}), file=answers, flush=True)
            continue
        if case == "answers":
            found = np.asarray(step(*batches[0]), np.float64).tolist()
            print(json.dumps({"answers": found}), file=answers, flush=True)
            continue
        rows = [(taken + at) % len(batches) for at in range(count)]
        taken += count
        timed = _timed(lambda: [step(*batches[row]) for row in rows])  # noqa: B023
        print(
            json.dumps({"seconds": timed["cpu" if case == "cpu" else "seconds"]}),
            file=answers,
            flush=True,
        )


def measure_steps(
    module: str,
    ways: Mapping[str, Mapping[str, str]],
    arguments: Callable[[str], Sequence[str]],
    steps: int,
    rounds: int,
    compared: str = "",
) -> dict[str, Any]:
    """Measure some ways; return seconds a step by way, of the clock and of the processor.

    Ways whose package is not installed are left out and told.

    Args:
        module: what their processes run.
        ways: the variables of the environment that each takes, by its name: that of its package,
            or whatever the backend of Keras is.
        arguments: returns those of the process of a way.
        steps: of a measurement.
        rounds: measurements of each.
        compared: the way whose answers to the first batch those of the others are compared with;
            none compares nothing.
    """
    running, found = [], {}
    for name, environment in ways.items():
        package = environment.get("KERAS_BACKEND", "torch" if name.startswith("torch") else "keras")
        if importlib.util.find_spec(package) is None:
            print(f"  {name}: left out, {package} is not installed")
            continue
        if "OMP_WAIT_POLICY" in environment and len(os.sched_getaffinity(0)) == 1:
            continue  # one thread waits for none
        way = Way(name, python(module, *arguments(name)), environment)
        if "error" in way.ready:
            print(f"  {name}: left out, {way.ready['error']}")
            continue
        running.append(way)
        found[name] = {"settings": way.ready["settings"]}
    for case in ("seconds", "cpu"):
        for name, spread in measured(running, case, steps, rounds).items():
            one = msgspec.to_builtins(spread)
            found[name][case] = {key: value / steps for key, value in one.items()}
    if compared in found:
        answers = {way.name: np.array(way.ask("answers")["answers"]) for way in running}
        for name, own in answers.items():
            found[name]["difference"] = float(np.abs(own - answers[compared]).max())
    for way in running:
        found[way.name]["memory"] = way.ask("memory")["memory"]
        way.close()
        clock, processor = (found[way.name][case]["median"] * 1e3 for case in ("seconds", "cpu"))
        print(f"  {way.name}: {clock:.3g} ms, {processor:.3g} of the processor", flush=True)
    return found


def package_versions(packages: Sequence[str]) -> dict[str, str]:
    """Return the versions of those of some packages that are installed."""
    versions = {}
    for package in packages:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            versions[package] = importlib.metadata.version(package)
    return versions


def record(path: Path, key: str, found: Any) -> None:
    """Write a key of the file of speeds, and leave the others as they are.

    Args:
        path: the JSON file, which need not be there.
        key: the key.
        found: what was measured.
    """
    results = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    text = json.dumps({**results, key: found}, indent=1)
    path.write_text(text + "\n", encoding="utf-8")
