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
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.taken_steps import RESULTS, measure_steps, package_versions, record
from benchmarks.training_ways import WAYS
from models import load_recipe
from zoo.fitting.machine import hardware
from zoo.tasks.text_classification.texts import read_texts

__all__ = ["measure"]

ENTRIES = ("lstm-imdb", "gru-imdb", "bilstm-imdb")
BATCH, LENGTH, BATCHES = 64, 256, 16


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
    return measure_steps(
        "benchmarks.training_ways",
        {name: environment for name, (_, environment) in WAYS.items()},
        lambda name: [name, entry, str(batches)],
        steps,
        rounds,
    )


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
    training: dict[str, Any] = {
        "hardware": hardware(),
        "versions": package_versions(("keras", "tensorflow", "jax", "torch")),
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
            record(arguments.output, "training", training)
    print(f"Wrote {arguments.output}")


if __name__ == "__main__":
    main()
