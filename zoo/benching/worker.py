"""One way to ask a checkpoint: `python -m zoo.benching.worker WAY PATH`; started by `zoo bench`."""

from __future__ import annotations

import json
import statistics
import sys
import time

_START = time.perf_counter()

from collections.abc import Callable  # noqa: E402  the clock has started
from functools import partial  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

__all__ = ["peak_memory", "serve"]

# Of an option that must be given, such as the steps of a forecast.
_MOST = 84


def peak_memory() -> float:
    """Return the most megabytes that this process has held; that of its parent does not count."""
    status = Path("/proc/self/status")
    if status.is_file():
        for line in status.read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


def _timed(call: Callable[[], Any]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def _asked(answer: Callable[..., Any], model: Any, options: Any, inputs: list[Any]) -> Any:
    return answer(model, inputs, options)


def _open(way: str, path: str) -> tuple[Callable[[list[Any]], Any], Any, list[Any]]:
    """Return what asks, what takes a step if anything does, and inputs."""
    import warnings

    warnings.simplefilter("ignore")
    import zoo
    from zoo.errors import InputError
    from zoo.task import asked_of

    pipeline: Any = zoo.pipeline(path, engine=None if way in ("pipeline", "Keras") else way)
    task = pipeline.info.task
    asked = asked_of(task)
    inputs = list(asked.examples(pipeline))
    needed = {name: min(one.most, _MOST) for name, one in asked.options.items() if one.required}
    if way == "Keras":
        ask = partial(_asked, asked.keras, zoo.load(path), needed)
    else:
        ask = partial(_asked, asked.answer, pipeline, needed)
    step = None
    if way == "pipeline" and not asked.begins:
        pieces = asked.pieces(asked.examples(pipeline)[0], 1_000)
        try:
            session = pipeline.session()
        except (InputError, AttributeError):
            return ask, None, inputs
        state = session.state

        def step(at: int) -> None:
            if at % len(pieces) == 0:
                session.state = state
            session.step(pieces[at % len(pieces)])

    return ask, step, inputs


def serve(way: str, path: str) -> None:
    """Answer lines of standard input, `[case, count]`, with lines of JSON.

    Args:
        way: `"pipeline"`, `"Keras"`, or an engine of pipelines.
        path: the checkpoint.
    """
    answers = sys.stdout
    sys.stdout = sys.stderr  # what libraries print is no answer
    try:
        ask, step, inputs = _open(way, path)
        ask(inputs[:1])
    except Exception as error:  # of any library: it is told, and the other ways go on
        message = f"{type(error).__name__}: {error}"
        print(json.dumps({"error": message[:300]}), file=answers, flush=True)
        return
    ready = {"first": time.perf_counter() - _START, "step": step is not None}
    print(json.dumps(ready), file=answers, flush=True)
    for line in sys.stdin:
        case, count = json.loads(line)
        if case == "batch":
            batch = [inputs[at % len(inputs)] for at in range(count)]
            answer = {"seconds": _timed(partial(ask, batch))}
        elif case == "step":
            seconds = [_timed(partial(step, at)) for at in range(count)]
            answer = {"seconds": statistics.median(seconds)}
        else:
            answer = {"memory": peak_memory()}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    serve(*sys.argv[1:])
