"""Measure a checkpoint: cold start, one input, batches, a step of a stream, and memory."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path

import msgspec

from zoo import registry
from zoo.benching.machine import Limits, limits
from zoo.benching.ways import Spread, Way, measured, python
from zoo.common.counts import checked
from zoo.errors import ZooError
from zoo.task import task_of

__all__ = ["Bench", "WayFigures", "bench"]

BATCHES = (1, 32, 256)
_STEPS = 2_000


class WayFigures(msgspec.Struct, frozen=True):
    """How fast one way to ask a checkpoint is.

    Attributes:
        first: seconds from the start of Python to the first answer.
        memory: megabytes that its process held at most.
        cases: seconds by the number of inputs of a batch, and of a `"step"` of a stream.
    """

    first: float
    memory: float
    cases: dict[str, Spread]


class Bench(msgspec.Struct, frozen=True):
    """How fast a checkpoint answers here.

    Attributes:
        name: the checkpoint's.
        limits: what the machine can do at most.
        ways: figures by way, that of `zoo.pipeline` first.
        left_out: why another way was not measured, by way.
    """

    name: str
    limits: Limits
    ways: dict[str, WayFigures]
    left_out: dict[str, str]


def bench(
    name: str | Path,
    *,
    source: str | None = None,
    revision: str | None = None,
    rounds: int = 5,
    keras: bool = True,
    progress: Callable[[str, int, int], None] | None = None,
) -> Bench:
    """Measure how fast a checkpoint answers on this machine.

    The pipeline, the Keras model's own methods, and the pipeline with other engines that are
    installed are asked the same in turn, each in a process of its own. Inputs are examples of the
    task; raw texts are tokenised within the time.

    Args:
        name: an entry's name, a checkpoint directory, or `"hf://user/repo"`.
        source: `"hub"` for the published copy of an entry.
        revision: branch, tag or commit on the Hub.
        rounds: measurements of each case and way, 1 to 1000.
        keras: whether the Keras model is measured too, which takes most of the time.
        progress: called with what is being done, how much is done, and how much there is.

    Returns:
        The figures: medians, with the 10th and the 90th percentile.

    Raises:
        UnknownModelError: there is no such entry or directory, or it is not published.
        CheckpointError: the checkpoint is damaged or tampered with.
        InputError: `rounds` is out of bounds.

    Example:
        >>> import zoo
        >>> zoo.bench("lstm-imdb").ways["pipeline"].cases["32"].median  # doctest: +SKIP
        0.009
    """
    rounds = checked("rounds", rounds, 1, 1000)
    loaded = registry.read(name, source=source, revision=revision)
    task = task_of(loaded.info)
    names = ["pipeline", *task.engines[1:], *(["Keras"] if keras else [])]
    ways, left_out = list[Way](), dict[str, str]()
    cases = [("batch", count) for count in BATCHES] + [("step", _STEPS)]
    whole, done = len(names) * (1 + len(cases) * (rounds + 1)), 0

    def told(more: int = 1) -> None:
        nonlocal done
        done += more
        if progress is not None:
            progress("measurements", min(done, whole), whole)

    needs = {"Keras": "keras"}
    try:
        for one in names:
            package = needs.get(one, one)
            if one != "pipeline" and importlib.util.find_spec(package) is None:
                left_out[one] = f"{package} is not installed"
                continue
            way = Way(one, python("zoo.benching.worker", one, str(loaded.path)))
            told()
            if "error" in way.ready:
                if one == "pipeline":
                    raise ZooError(f"The pipeline does not answer: {way.ready['error']}")
                left_out[one] = way.ready["error"]
                way.close()
                continue
            ways.append(way)
        found: dict[str, dict[str, Spread]] = {way.name: {} for way in ways}
        for case, count in cases:
            able = [way for way in ways if case != "step" or way.ready["step"]]
            for one, seconds in measured(able, case, count, rounds, told).items():
                found[one]["step" if case == "step" else str(count)] = seconds
        figures = {
            way.name: WayFigures(way.ready["first"], way.ask("memory")["memory"], found[way.name])
            for way in ways
        }
    finally:
        for way in ways:
            way.close()
    return Bench(loaded.info.name, limits(), figures, left_out)
