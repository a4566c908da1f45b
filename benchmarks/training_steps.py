"""Training steps of the classifiers of reviews, by the zoo, plain Keras and torch, in one run.

    python -m benchmarks.training_steps [--entries lstm-imdb gru-imdb bilstm-imdb] [--rounds 7]

Writes the key "training" of docs/performance.json and leaves the others as they are;
`python -m benchmarks.performance_page` then makes the page. Every way is a process of its own; they
take turns, some steps each, on batches of 64 reviews of IMDB's training part, cut to 256 tokens.
Ways whose package is not installed are left out and told. torch is asked twice, its threads waiting
as they do and asleep. On a machine that does other things too, `--cores 1` gives each way one core,
for threads that wait for each other suffer most.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.metadata
import importlib.util
import json
import os
import tempfile
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from benchmarks.training_ways import WAYS
from models import load_recipe
from zoo.benching.ways import Way, measured, python
from zoo.fitting.machine import hardware
from zoo.tasks.text_classification.texts import read_texts

__all__ = ["measure"]

RESULTS = Path(__file__).resolve().parent.parent / "docs" / "performance.json"
ENTRIES = ("lstm-imdb", "gru-imdb", "bilstm-imdb")
BATCH, LENGTH, BATCHES = 64, 256, 16
PACKAGES = ("keras", "tensorflow", "jax", "torch")


def draw_batches(recipe: Any, path: Path) -> None:
    """Write batches of real reviews that are long enough, and their labels."""
    data = read_texts(recipe.dataset, recipe.vocabulary_size, recipe.labels)
    long = [row for row, ids in enumerate(data.sequences) if len(ids) >= LENGTH]
    rows = np.random.default_rng(0).choice(long, BATCHES * BATCH, replace=False)
    ids = np.stack([data.sequences[row][:LENGTH] for row in rows]).astype(np.int32)
    targets = np.eye(len(recipe.labels), dtype=np.float32)[data.parts["train"].labels[rows]]
    np.savez(
        path,
        ids=ids.reshape(BATCHES, BATCH, LENGTH),
        targets=targets.reshape(BATCHES, BATCH, len(recipe.labels)),
    )


def measure(entry: str, batches: Path, steps: int, rounds: int) -> dict[str, Any]:
    """Measure an entry in every way; return seconds a step, of the clock and of the processor."""
    ways, found = [], {}
    for name, (_, environment) in WAYS.items():
        package = environment.get("KERAS_BACKEND", "torch")
        if importlib.util.find_spec(package) is None:
            print(f"  {name}: left out, {package} is not installed")
            continue
        if "OMP_WAIT_POLICY" in environment and len(os.sched_getaffinity(0)) == 1:
            continue  # one thread waits for none
        way = Way(name, python("benchmarks.training_ways", name, entry, str(batches)), environment)
        if "error" in way.ready:
            print(f"  {name}: left out, {way.ready['error']}")
            continue
        ways.append(way)
        found[name] = {"settings": way.ready["settings"]}
    for case in ("seconds", "cpu"):
        for name, spread in measured(ways, case, steps, rounds).items():
            one = msgspec.to_builtins(spread)
            found[name][case] = {key: value / steps for key, value in one.items()}
    for way in ways:
        found[way.name]["memory"] = way.ask("memory")["memory"]
        way.close()
        clock, processor = (found[way.name][case]["median"] * 1e3 for case in ("seconds", "cpu"))
        print(f"  {way.name}: {clock:.0f} ms, {processor:.0f} of the processor", flush=True)
    return found


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
    versions = {}
    for package in PACKAGES:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            versions[package] = importlib.metadata.version(package)
    training: dict[str, Any] = {
        "hardware": hardware(),
        "versions": versions,
        "batch": [BATCH, LENGTH],
        "rounds": arguments.rounds,
        "entries": {},
    }
    with tempfile.TemporaryDirectory() as folder:
        for entry in arguments.entries:
            print(entry, flush=True)
            batches = Path(folder) / f"{entry}.npz"
            draw_batches(load_recipe(entry), batches)
            training["entries"][entry] = measure(entry, batches, arguments.steps, arguments.rounds)
            results = {}
            if arguments.output.is_file():
                results = json.loads(arguments.output.read_text(encoding="utf-8"))
            text = json.dumps({**results, "training": training}, indent=1)
            arguments.output.write_text(text + "\n", encoding="utf-8")
    print(f"Wrote {arguments.output}")


if __name__ == "__main__":
    main()
