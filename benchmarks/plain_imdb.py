"""Train plain networks on IMDB by one recipe: labels only, and weights that start as Keras does.

    python -m benchmarks.plain_imdb [--networks lstm gru ...] [--seeds 1 2 3] [--runs runs/plain]

Writes every figure into `docs/plain-imdb.json`, one run a line, and draws `docs/plain-imdb.png`. A
run that stands there is not trained again, and one that was killed goes on: the same command
finishes the job. `python -m benchmarks.compare_imdb` writes what came out into `docs/imdb.md`.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

import zoo
from benchmarks.plain_page import draw_plain_gradients
from models.common.imdb import DROPOUT, imdb_recipe
from training.train import train_recipe
from zoo import checkpoint
from zoo.common.figures import png
from zoo.datasets import TextDataset, load_dataset
from zoo.files import write_atomically
from zoo.fitting.building import build_task
from zoo.fitting.machine import hardware
from zoo.fitting.starts import draw_starts, set_forget_bias
from zoo.networks.convolutional.spec import ConvolutionalBackboneSpec
from zoo.networks.recurrent.spec import RecurrentBackboneSpec
from zoo.networks.transformer.spec import TransformerBackboneSpec
from zoo.pipelines import make_pipeline
from zoo.tasks.text_classification.inspection import trace_layers
from zoo.tasks.text_classification.recipe import TextClassificationRecipe
from zoo.tasks.text_classification.texts import TrainingTexts, read_texts
from zoo.text.encoding import TextEncoder
from zoo.text.gradients import GradientFlow

DOCS = Path(__file__).resolve().parent.parent / "docs"
UNITS = 64
# What tells the networks apart; all else is one recipe.
NETWORKS: dict[str, dict[str, Any]] = {
    "simple-rnn": {"backbone": {"cell": "simple_rnn", "units": UNITS}},
    "lstm": {"backbone": {"cell": "lstm", "units": UNITS}},
    "gru": {"backbone": {"cell": "gru", "units": UNITS}},
    "bilstm": {"backbone": {"cell": "lstm", "units": UNITS, "bidirectional": True}},
    "stacked-lstm": {"backbone": {"cell": "lstm", "units": UNITS, "num_layers": 2}},
    "cnn": {
        "kind": ConvolutionalBackboneSpec,
        "backbone": {"filters": UNITS, "kernel_sizes": (1, 2, 3, 5)},
    },
    "transformer": {
        "kind": TransformerBackboneSpec,
        "backbone": {"num_layers": 1, "num_heads": 4, "intermediate_dim": 2 * UNITS},
    },
    # Not plain: the start of the zoo's LSTM entries, and nothing else of theirs.
    "lstm-forget-2": {"backbone": {"cell": "lstm", "units": UNITS}, "forget_bias": -2.0},
}
PLAIN: dict[str, Any] = {
    "teacher": None,
    "word_vectors": None,
    "embedding_start": "uniform",
    "head_length": 72,
    "tail_length": 128,
    "epochs": 2,
    "method": "It learns from the labels of whole reviews alone, and starts where Keras does.",
}
# Distances that the gradient is stored at: every word near by, every fifth further away.
DISTANCES = [*range(20), *range(20, 201, 5)]
FLOW_TEXTS, FLOW_WORDS, PROBES = 12, 300, 8


@functools.cache
def _texts(dataset: str, vocabulary_size: int) -> TrainingTexts:
    return read_texts(dataset, vocabulary_size)


@functools.cache
def _test_part(dataset: str) -> TextDataset:
    return load_dataset(dataset, "test")


def plain_recipe(network: str, seed: int, **changes: Any) -> TextClassificationRecipe:
    """Return the recipe of a plain network.

    Args:
        network: one of `NETWORKS`.
        seed: of weights, dropout and the order of the reviews.
        **changes: other fields, for a trial.
    """
    own = NETWORKS[network]
    return imdb_recipe(
        name=f"plain-{network}",
        architecture=network,
        description=f"A plain network on IMDB: {network}.",
        papers=(),
        seed=seed,
        **{**PLAIN, **own, "backbone": {"embedding_dim": UNITS, **DROPOUT, **own["backbone"]}},
        **changes,
    )


def measure(
    recipe: TextClassificationRecipe, output: Path, texts: int | None = None
) -> dict[str, Any]:
    """Train a network, score it on the test reviews, and look at its gates and gradients.

    Args:
        recipe: what is trained.
        output: the checkpoint directory to make; one that is there is not trained again.
        texts: number of test reviews; all by default.
    """
    if not output.exists():
        train_recipe(recipe, output, data=_texts(recipe.dataset, recipe.vocabulary_size))
    loaded = checkpoint.read(output)
    training = loaded.info.training
    assert training is not None
    test = _test_part(recipe.dataset)
    chosen = make_pipeline(loaded).predict_proba(test.texts[:texts]).argmax(axis=1)
    result: dict[str, Any] = {
        "accuracy": round(float(np.mean(chosen == test.labels[:texts])), 6),
        "test_reviews": len(chosen),
        "parameters": loaded.info.parameters,
        "validation": training.validation,
        "epochs": training.epochs,
        "best_epoch": training.best_epoch,
        "minutes": training.minutes,
    }
    if not issubclass(recipe.kind, RecurrentBackboneSpec):
        return result
    model = zoo.load(output)
    validation = _texts(recipe.dataset, recipe.vocabulary_size).parts["validation"].texts
    reviews = TextEncoder.of(model.preprocessor)(validation, truncate=False)
    # Of the longest reviews the end, uncut, so that all distances are distances in the text.
    ends = [ids[-FLOW_WORDS:] for ids in sorted(reviews, key=len)[-FLOW_TEXTS:]]
    flow = None
    if not model.backbone.spec.bidirectional:
        generator = np.random.default_rng(0)
        flow = GradientFlow(model.backbone, ends, max(DISTANCES), PROBES, generator, compiled=True)
    for when in ("trained", "start"):
        if when == "start":
            model.set_weights(start_of(recipe, loaded).get_weights())
        result[when] = {"gates": mean_gates(model, ends)}
        if flow is not None:
            norms = flow()
            relative = np.median(norms / norms[:, :1], axis=0)[DISTANCES]
            result[when]["gradient"] = [float(f"{value:.3g}") for value in relative]
    return result


def start_of(recipe: TextClassificationRecipe, loaded: checkpoint.Checkpoint) -> Any:
    """Return the network of a checkpoint as its training started."""
    import zoo.common.keras_first  # noqa: F401

    import keras

    keras.utils.set_random_seed(recipe.seed)
    model = build_task("text-classification", loaded.backbone, loaded.head)
    draw_starts(model, embedding_start=recipe.embedding_start, seed=recipe.seed)
    set_forget_bias(model, recipe.forget_bias)
    return model


def mean_gates(model: Any, sequences: list[np.ndarray]) -> dict[str, float]:
    """Return how far the gate that keeps the state is open, by layer; nothing if there is none.

    It is the forget gate of an LSTM and the update gate of Keras' GRU: at 1 the state stays as
    it is. The mean is taken over the units and the words of all texts.

    Args:
        model: a text classifier over a recurrent backbone.
        sequences: token ids of the texts.
    """
    traces = [trace_layers(model, ids) for ids in sequences]
    means = {}
    for layers in zip(*traces, strict=True):
        for gate in ("forget", "update"):
            if gate in layers[0].gates:
                values = np.concatenate([layer.gates[gate].ravel() for layer in layers])
                means[layers[0].name] = float(f"{values.mean():.3g}")
    return means


def read_results(path: Path) -> dict[str, Any]:
    """Return what was measured so far."""
    if not path.exists():
        return {"hardware": "", "distances": DISTANCES, "runs": {}}
    results: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return results


def write_results(results: dict[str, Any], path: Path) -> None:
    """Write what was measured so far, one run a line."""
    runs = ",\n".join(
        f"  {json.dumps(key)}: {json.dumps(run)}" for key, run in results["runs"].items()
    )
    head = "".join(
        f" {json.dumps(key)}: {json.dumps(value)},\n"
        for key, value in results.items()
        if key != "runs"
    )
    write_atomically(path, f'{{\n{head} "runs": {{\n{runs}\n }}\n}}\n'.encode())


def collect(arguments: argparse.Namespace) -> dict[str, Any]:
    """Train what the results lack, all networks with the first seed first."""
    import zoo.common.keras_first  # noqa: F401

    import keras

    path = arguments.output / "plain-imdb.json"
    results = read_results(path)
    for seed in arguments.seeds:
        for network in arguments.networks:
            key = f"{network}/{seed}"
            if key in results["runs"]:
                continue
            output = arguments.runs / f"{network}-seed-{seed}"
            results["runs"][key] = measure(plain_recipe(network, seed), output)
            results["hardware"] = hardware()
            print(key, results["runs"][key], flush=True)
            write_results(results, path)
            keras.backend.clear_session()
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--networks", nargs="+", default=list(NETWORKS), choices=list(NETWORKS))
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3])
    parser.add_argument("--runs", type=Path, default=Path("runs") / "plain")
    parser.add_argument("--output", type=Path, default=DOCS)
    arguments = parser.parse_args()
    results = collect(arguments)
    write_atomically(arguments.output / "plain-imdb.png", png(draw_plain_gradients(results)))


if __name__ == "__main__":
    main()
