"""Networks of series against native torch with the same layers: training steps and answers.

    python -m benchmarks.series [--entries segrnn-etth1 bigru-epilepsy gru-nab] [--rounds 7]

Writes the key "series" of docs/performance.json and leaves the others as they are;
`python -m benchmarks.performance_page` then makes the page. Every way is a process of its own; they
take turns. Training steps are those of the entries' recipes, on batches of their training part;
answers are from raw series of the test part to forecasts, classes and scores, one series at a time
and many, and for the detector row by row of a stream too. torch is asked twice, its threads waiting
as they do and asleep, and each time at its fastest of what its layers can be put together by.
`--cores 1` gives each way one core. What it prints at the end are ratios: how many times as fast
the zoo is as torch, by the clock and by the processor.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

from benchmarks.series_ways import WAYS, learner_of
from benchmarks.taken_steps import RESULTS, measure_steps, package_versions, record
from models import load_recipe
from zoo.datasets import load_dataset
from zoo.fitting.machine import hardware

ENTRIES = ("segrnn-etth1", "bigru-epilepsy", "gru-nab")
BATCHES = 16
MANY = {"segrnn-etth1": 64, "bigru-epilepsy": 64, "gru-nab": 8}
DETECTED, STREAMED = 1_000, 200
FLOORS = {"training": 0.9, "inference": 1.0}


def training_batches(recipe: Any, path: Path) -> None:
    """Write batches as the entry is trained on them."""
    examples = learner_of(recipe).examples(0)
    generator = np.random.default_rng(0)
    drawn = []
    for _ in range(BATCHES):
        rows = np.sort(generator.choice(len(examples.lengths), recipe.batch_size, replace=False))
        features, *rest = examples.batch(rows)
        drawn.append([features["series"], features["padding_mask"], *rest])
    names = ("series", "padding_mask", "targets", "weights")
    arrays = zip(names, zip(*drawn, strict=True), strict=False)
    np.savez(path, **{name: np.stack(parts) for name, parts in arrays})


def series_of(recipe: Any) -> Iterator[np.ndarray]:
    """Yield raw series of the test part, of one length, again and again."""
    series = load_dataset(recipe.dataset, "test").series
    back = recipe.backbone.get("look_back")
    generator = np.random.default_rng(0)
    while True:
        item = series[generator.integers(len(series))]
        length = back or (DETECTED if recipe.task.endswith("detection") else len(item))
        start = generator.integers(len(item) - length + 1)
        yield item[start : start + length]


def inference_batches(recipe: Any, folder: Path) -> dict[str, tuple[Path, int]]:
    """Write what is asked; return where, and how much is asked at once, by case."""
    series = series_of(recipe)
    many = MANY[recipe.name]
    written = {}
    for case, count in {"one": 1, f"{many}": many}.items():
        path = folder / f"{recipe.name}-{case}.npz"
        np.savez(path, series=np.stack([[next(series) for _ in range(count)] for _ in range(4)]))
        written[case] = (path, count)
    if recipe.task.endswith("detection"):
        path = folder / f"{recipe.name}-rows.npz"
        np.savez(path, series=np.stack([next(series)[:STREAMED, 0] for _ in range(4)]))
        written["row of a stream"] = (path, STREAMED)
    return written


def measure(entry: str, folder: Path, steps: int, rounds: int) -> dict[str, Any]:
    """Measure an entry in every way; return seconds a step and an answer."""
    recipe: Any = load_recipe(entry)
    ways = {
        kind: {name: environment for name, (_, environment) in own.items()}
        for kind, own in WAYS.items()
    }

    def taken(kind: str, path: Path, compared: bool) -> dict[str, Any]:
        return measure_steps(
            "benchmarks.series_ways",
            ways[kind],
            lambda name: [kind, name, entry, str(path)],
            steps,
            rounds,
            compared="zoo" if compared else "",
        )

    path = folder / f"{entry}.npz"
    training_batches(recipe, path)
    print(f"{entry}, training steps of {recipe.batch_size}", flush=True)
    found: dict[str, Any] = {"batch": recipe.batch_size, "training": taken("training", path, False)}
    for case, (path, count) in inference_batches(recipe, folder).items():
        print(f"{entry}, answers: {case}", flush=True)
        own = taken("inference", path, True)
        for one in own.values():
            for kind in ("seconds", "cpu"):
                one[kind] = {name: value / count for name, value in one[kind].items()}
        found.setdefault("inference", {})[case] = own
    return found


def ratio(ways: dict[str, Any], case: str) -> float | None:
    """Return how many times as fast the zoo is as torch, each at its fastest."""
    best = [
        min((one[case]["median"] for name, one in ways.items() if name.startswith(who)), default=0)
        for who in ("torch", "zoo")
    ]
    return best[0] / best[1] if all(best) else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--entries", nargs="*", default=ENTRIES)
    parser.add_argument("--steps", type=int, default=4, help="steps of a measurement")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--cores", type=int, help="how many cores each way may use")
    parser.add_argument("--output", type=Path, default=RESULTS)
    arguments = parser.parse_args()
    if arguments.cores is not None:
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: arguments.cores])
    series: dict[str, Any] = {
        "hardware": hardware(),
        "versions": package_versions(("keras", "tensorflow", "jax", "torch", "onnxruntime")),
        "rounds": arguments.rounds,
        "entries": {},
    }
    with tempfile.TemporaryDirectory() as folder:
        for entry in arguments.entries:
            found = measure(entry, Path(folder), arguments.steps, arguments.rounds)
            series["entries"][entry] = found
            record(arguments.output, "series", series)
    for entry, found in series["entries"].items():
        kinds = {"training": {"steps": found["training"]}, "inference": found["inference"]}
        for kind, cases in kinds.items():
            for case, ways in cases.items():
                ratios = [ratio(ways, name) for name in ("seconds", "cpu")]
                told = " and ".join("-" if one is None else f"{one:.2f}" for one in ratios)
                print(f"{entry}, {kind}, {case}: {told} of torch's speed; floor {FLOORS[kind]}")
    print(f"Wrote {arguments.output}")


if __name__ == "__main__":
    main()
