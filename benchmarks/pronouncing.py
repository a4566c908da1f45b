"""Words to sounds: 10,000 words through the pipeline, Keras' own `generate`, and g2p-en.

    python benchmarks/pronouncing.py [--entry g2p-cmudict] [--words 10000] [--runs 3] [--cores 1]

All pronounce the first words of the test part of CMUdict, each once, on the same cores, and take
turns after one uncounted run of each. The pipeline and the compiled `generate` of the Keras model
have the same weights and search alike: greedily, and with five beams. g2p-en 2.1.0 is what one
would install else: an encoder-decoder without attention, in NumPy, whose network alone is asked,
word by word as it does, without the dictionary that it looks words up in before. Loading and
compiling are not counted.

Printed are, of each, words a second, the ratio to the pipeline that searches alike, and the word
and phone error rates, the nearest of several pronunciations counting. g2p-en learnt the whole
dictionary, the words of this test among them, and writes stress, which is taken off: its figures
are of words that it knows.

Needs g2p-en beside what the zoo needs (`pip install g2p-en`); without it its row is left out.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import sys
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import zoo
from zoo.datasets import load_dataset
from zoo.pairs.examples import VariantDataset
from zoo.tasks.text2text_generation.scoring import errors, metrics_of

BEAMS = 5
Writer = Callable[[list[str]], list[str]]


def pipeline_writer(entry: str, cores: int, num_beams: int) -> Writer:
    """Return what pronounces words by the pipeline."""
    pipeline = zoo.pipeline(entry, threads=cores)
    return lambda words: [a["generated_text"] for a in pipeline(words, num_beams=num_beams)]


def keras_writer(entry: str, num_beams: int) -> Writer:
    """Return what pronounces words by the compiled `generate` of the Keras model."""
    model = zoo.load(entry)
    if num_beams == 1:
        model.compile(sampler="greedy")
    else:
        import keras_hub

        model.compile(sampler=keras_hub.samplers.BeamSampler(num_beams=num_beams))
    return lambda words: list(model.generate(words))


def peer_writer() -> Writer | None:
    """Return what pronounces words by g2p-en's network, or None where it is not installed."""
    try:
        import nltk

        fetch, nltk.download = nltk.download, lambda *given, **more: False
        try:
            # It fetches a dictionary and a tagger when it is imported; neither is asked here.
            import g2p_en.g2p as module
        finally:
            nltk.download = fetch
    except ModuleNotFoundError as error:
        print(f"g2p-en is left out: {error} (pip install g2p-en)", file=sys.stderr)
        return None
    module.cmudict = SimpleNamespace(dict=dict)
    peer: Any = module.G2p()

    def write(words: list[str]) -> list[str]:
        return [re.sub(r"\d", "", " ".join(peer.predict(word))) for word in words]

    return write


def row(
    name: str, seconds: float, count: int, base: float, data: VariantDataset, found: Any
) -> str:
    """Return a line of the table."""
    word, phone = metrics_of(*errors(found, data, "words"), "test", "words")
    return (
        f"{name:24s} {count / seconds:8.0f} {seconds / base:7.2f} {100 * word.value:8.2f} "
        f"{100 * phone.value:8.2f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--entry", default="g2p-cmudict", help="a speller: a directory or an entry")
    parser.add_argument("--words", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--cores", type=int, default=1)
    arguments = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: arguments.cores])
    whole = load_dataset("cmudict", "test")
    data = VariantDataset(whole.sources[: arguments.words], whole.targets[: arguments.words])
    words = data.sources
    writers: dict[str, Writer] = {}
    for label, beams in (("greedy", 1), (f"{BEAMS} beams", BEAMS)):
        writers[f"pipeline, {label}"] = pipeline_writer(arguments.entry, arguments.cores, beams)
        writers[f"Keras generate, {label}"] = keras_writer(arguments.entry, beams)
    peer = peer_writer()
    if peer is not None:
        writers["g2p-en, greedy"] = peer
    seconds: dict[str, list[float]] = {name: [] for name in writers}
    found: dict[str, list[str]] = {}
    for run in range(arguments.runs + 1):
        for name, write in writers.items():
            began = time.perf_counter()
            found[name] = write(words)
            if run:
                seconds[name].append(time.perf_counter() - began)
    print(f"{len(words):,} words of {arguments.entry}, {arguments.cores} core(s)")
    print(f"{'':24s} {'words/s':>8s} {'times':>7s} {'WER %':>8s} {'PER %':>8s}")
    for name, took in seconds.items():
        search = name.partition(", ")[2]
        base = statistics.median(seconds[f"pipeline, {search}"])
        print(row(name, statistics.median(took), len(words), base, data, found[name]))
    for label in ("greedy", f"{BEAMS} beams"):
        ours, theirs = found[f"pipeline, {label}"], found[f"Keras generate, {label}"]
        same = sum(one == other for one, other in zip(ours, theirs, strict=True))
        print(f"the same answer by pipeline and Keras, {label}: {same:,} of {len(words):,}")


if __name__ == "__main__":
    main()
