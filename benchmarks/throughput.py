"""Throughput: raw test reviews through the pipeline and through the Keras model's `predict`.

    python benchmarks/throughput.py [--entry lstm-imdb] [--texts 2000] [--runs 3]

Prints reviews a second of both and the median ratio. The two take turns in one process, after
one uncounted run of each; loading is not counted. Both are given the same list of strings.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

import zoo
from zoo.datasets import load_dataset


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--entry", default="lstm-imdb")
    parser.add_argument("--texts", type=int, default=2000)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    dataset = zoo.info(arguments.entry).dataset
    assert dataset is not None
    texts = load_dataset(dataset.name, "test").texts
    chosen = np.random.default_rng(0).choice(len(texts), arguments.texts, replace=False)
    texts = [texts[index] for index in chosen]
    pipeline = zoo.pipeline(arguments.entry)
    model = zoo.load(arguments.entry)
    runners = {
        "pipeline": lambda: pipeline.predict_proba(texts),
        "Keras predict": lambda: model.predict(texts, verbose=0),
    }
    seconds: dict[str, list[float]] = {name: [] for name in runners}
    outputs = {}
    for run in range(arguments.runs + 1):
        for name, runner in runners.items():
            start = time.perf_counter()
            outputs[name] = runner()
            if run:
                seconds[name].append(time.perf_counter() - start)
    for name, values in seconds.items():
        print(f"{name:14s} {len(texts) / statistics.median(values):8.0f} reviews/s")
    pairs = zip(seconds["Keras predict"], seconds["pipeline"], strict=True)
    print(f"ratio {statistics.median(keras / onnx for keras, onnx in pairs):.1f}")
    difference = np.abs(outputs["pipeline"] - outputs["Keras predict"]).max()
    print(f"largest difference of a probability {difference:.1e}")


if __name__ == "__main__":
    main()
