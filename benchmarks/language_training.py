"""Training steps of the language models, by the zoo and by torch, in one run.

    python -m benchmarks.language_training [--entries lstm-ptb lstm-shakespeare] [--rounds 9]

Writes the key "language training" of docs/performance.json and leaves the others as they are;
`python -m benchmarks.performance_page` then makes the page. Every way is a process of its own, and
all are given the same cores, one by default; they take turns, some steps each, on the pieces that
an epoch of the recipe reads. torch trains the same network with the same optimiser, and tells every
word from all others; the zoo does that too, and beside it what the recipe does, where that tells a
word from some that are drawn. A product of large matrices is what the machine can do at most: the
arithmetic of a way is set against it. Ways whose package is not installed are left out and told.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.language_ways import LIMIT, SAMPLED, SIZE, WAYS, streams_of
from benchmarks.taken_steps import RESULTS, measure_steps, package_versions, record
from models import load_recipe
from zoo.datasets import load_dataset
from zoo.fitting.machine import hardware
from zoo.networks.recurrent.spec import CELL_GATES
from zoo.text.language import LanguageEncoder, train_plain_characters, train_plain_words

__all__ = ["arithmetic", "measure"]

ENTRIES = ("lstm-ptb", "lstm-shakespeare")
# A step is the arithmetic of three such readings: one forwards, and two of them backwards.
_TIMES = 3


def tokens_of(recipe: Any) -> np.ndarray:
    """Return the token ids that a recipe learns from, int32 (tokens,)."""
    texts = load_dataset(recipe.dataset, "train").texts
    if recipe.unit == "characters":
        tokenizer = train_plain_characters(texts, recipe.vocabulary_size)
    else:
        tokenizer = train_plain_words(texts, recipe.vocabulary_size, recipe.lowercase)
    encoder = LanguageEncoder(tokenizer)
    return np.concatenate([encoder.encode(text) for text in texts])


def arithmetic(recipe: Any, classes: int) -> int:
    """Return the operations of products of matrices that a token of training takes.

    Args:
        recipe: the recipe.
        classes: of how many tokens one is told.
    """
    spec = recipe.backbone
    width, units, gates = spec["embedding_dim"], spec["units"], CELL_GATES[spec["cell"]]
    sizes = [width, *[units] * (spec["num_layers"] - 1)]
    products = sum((size + units) * gates * units for size in sizes)
    if recipe.tied and units != width:
        products += units * width
    products += (width if recipe.tied else units) * classes
    return 2 * _TIMES * products


def measure(entry: str, folder: Path, steps: int, rounds: int) -> dict[str, Any]:
    """Measure an entry in every way; return seconds a step, and what a step is."""
    recipe = load_recipe(entry)
    tokens, path = tokens_of(recipe), folder / f"{entry}.npy"
    np.save(path, tokens)
    ways = {name: environment for name, (_, environment) in WAYS.items()}
    if not recipe.sampled_epochs:
        del ways[SAMPLED]
    found = measure_steps(
        "benchmarks.language_ways", ways, lambda name: [name, entry, str(path)], steps, rounds
    )
    limit = found.pop(LIMIT)
    vocabulary = int(tokens.max()) + 1
    for name, own in found.items():
        classes = 1 + recipe.sampled_tokens if name == SAMPLED else vocabulary
        own["operations"] = arithmetic(recipe, classes)
    batch = [recipe.batch_size, streams_of(recipe, tokens).steps]
    rate: dict[str, Any] = {
        case: 2 * SIZE**3 / limit[case]["median"] for case in ("seconds", "cpu")
    }
    rate["by"] = limit["settings"]
    return {"batch": batch, "vocabulary": vocabulary, "limit": rate, "ways": found}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--entries", nargs="*", default=ENTRIES)
    parser.add_argument("--steps", type=int, default=5, help="steps of a measurement")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--cores", type=int, default=1, help="how many cores all ways may use")
    parser.add_argument("--output", type=Path, default=RESULTS)
    arguments = parser.parse_args()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: arguments.cores])
    # Of every way: no library makes threads that have no core.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = str(arguments.cores)
    training: dict[str, Any] = {
        "hardware": hardware(),
        "cores": arguments.cores,
        "versions": package_versions(("keras", "tensorflow", "torch")),
        "rounds": arguments.rounds,
        "entries": {},
    }
    with tempfile.TemporaryDirectory() as folder:
        for entry in arguments.entries:
            print(entry, flush=True)
            found = measure(entry, Path(folder), arguments.steps, arguments.rounds)
            training["entries"][entry] = found
            record(arguments.output, "language training", training)
    print(f"Wrote {arguments.output}")


if __name__ == "__main__":
    main()
