"""Translation: the test set through the pipeline, through Keras at once, and sentence by sentence.

    python benchmarks/translation.py [--entry bahdanau-multi30k-de-en] [--runs 3]

Prints sentences a second of greedy search by the pipeline and by the compiled `generate`, which
take turns after one uncounted run of each; of the pipeline called with one sentence after the
other; of beam search; the ratios; the time for one sentence; and on how many sentences pipeline and
Keras give the same tokens. Loading and compiling are not counted.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import zoo
from zoo.datasets import load_dataset


def timed(runner: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    result = runner()
    return time.perf_counter() - start, result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--entry", default="bahdanau-multi30k-de-en")
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    dataset = zoo.info(arguments.entry).dataset
    assert dataset is not None
    sources = load_dataset(dataset.name, "test").sources
    translate = zoo.pipeline(arguments.entry)
    model = zoo.load(arguments.entry)
    runners: dict[str, Callable[[], list[str]]] = {
        "pipeline": lambda: [a["translation_text"] for a in translate(sources, num_beams=1)],
        "Keras generate": lambda: model.generate(sources),
    }
    seconds: dict[str, list[float]] = {name: [] for name in runners}
    outputs = {}
    for run in range(arguments.runs + 1):
        for name, runner in runners.items():
            took, outputs[name] = timed(runner)
            if run:
                seconds[name].append(took)
    one_by_one, _ = timed(lambda: [translate(source, num_beams=1) for source in sources])
    model.generate(sources[0])  # compiles for one sentence
    keras_one_by_one, _ = timed(lambda: [model.generate(source) for source in sources])
    beam, _ = timed(lambda: translate(sources))
    single = [timed(lambda: translate(sources[0]))[0] for _ in range(20)]
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    for name, took in {
        **medians,
        "pipeline, one by one": one_by_one,
        "Keras, one by one": keras_one_by_one,
        "pipeline, 5 beams": beam,
    }.items():
        print(f"{name:21s} {len(sources) / took:7.0f} sentences/s")
    fast = medians["pipeline"]
    print(f"ratio to Keras generate {medians['Keras generate'] / fast:.1f}")
    print(f"ratio to Keras generate, one by one {keras_one_by_one / fast:.1f}")
    print(f"ratio to the pipeline, one by one {one_by_one / fast:.1f}")
    print(f"one sentence, 5 beams {statistics.median(single) * 1e3:.0f} ms")
    same = sum(a == b for a, b in zip(*outputs.values(), strict=True))
    print(f"same translation on {same} of {len(sources)} sentences")


if __name__ == "__main__":
    main()
