"""Is fine-tuning worth it? A classifier tuned, one begun from a language model, one from scratch.

    python -m benchmarks.finetuning [--base lstm-imdb] [--language lstm-wikitext2] [--sets ...]
        [--sizes ...] [--seeds 1 2 3] [--arms language]

Writes `docs/finetuning.md`, `docs/finetuning.png` and every figure into `docs/finetuning.json`.
A figure that stands there already is not measured again: a run that was stopped goes on, and the
page is of all that stands there, whatever part of it a run was asked for.
"""

from __future__ import annotations

import argparse
import functools
import os
import tempfile
import time
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import msgspec
import numpy as np

import zoo
from benchmarks.finetuning_data import SETS, TextSet
from benchmarks.finetuning_page import LETTERS, Settings, write_page
from benchmarks.studies import Figures, write_new
from zoo import registry
from zoo.formats import TOKENIZER, WEIGHTS
from zoo.networks.recurrent.spec import NgramRecurrentBackboneSpec
from zoo.tasks.text_classification.ngrams import choose_ngrams, start_embeddings
from zoo.text.encoding import TextEncoder, train_tokenizer

DOCS = Path(__file__).resolve().parent.parent / "docs"
ARMS = ("tuned", "new", "language")
# Of the sets whose texts are no words: the layers of another entry, from scratch too, and a
# language model of characters.
CHARACTERS, CHARACTER_MODEL = "gru-names", "lstm-shakespeare"
CHARACTER_ARMS = ("characters", "letters")
# What a network from scratch needs more of: a higher rate and twice the passes.
NEW_RATE, NEW_EPOCHS = 3e-3, 2
SIZES, SEEDS = ("100", "1000", "all"), 3


def fresh(base: str, texts: list[str], seed: int, path: Path) -> Path:
    """Write the network of a checkpoint with random weights and a vocabulary of its own."""
    import zoo.common.keras_first  # noqa: F401

    import keras

    from zoo.fitting.building import build_task

    keras.utils.set_random_seed(seed)
    loaded = registry.read(base)
    unit = loaded.preprocessor.unit
    tokenizer = train_tokenizer(texts, loaded.backbone.vocabulary_size, unit)
    size = tokenizer.get_vocab_size()
    arguments: dict[str, Any] = {"vocabulary_size": size}
    ngrams: list[np.ndarray] = []
    if isinstance(loaded.backbone, NgramRecurrentBackboneSpec):
        read = TextEncoder(tokenizer, 1, 0)(texts, truncate=False)
        ngrams = choose_ngrams(read, size, loaded.backbone.ngram_sizes)
        arguments["ngram_sizes"] = tuple(map(len, ngrams))
    spec = msgspec.structs.replace(loaded.backbone, **arguments)
    model = build_task("text-classification", spec, loaded.head)
    start_embeddings(model, ngrams)
    assets = {TOKENIZER: tokenizer.to_str().encode("utf-8")}
    return write_new(path, replace(loaded, backbone=spec, assets=assets), model)


def accuracy(source: str | Path, test: tuple[list[str], list[str]]) -> float:
    """Return the accuracy of a checkpoint on texts."""
    model = zoo.pipeline(source)
    taken = model.predict_proba(test[0], batch_size=32).argmax(axis=1)
    labels = model.info.labels
    return float(np.mean([labels[i] == label for i, label in zip(taken, test[1], strict=True)]))


def measure(
    bases: dict[str, str], data: TextSet, size: int | None, arm: str, seed: int
) -> dict[str, Any]:
    """Train one network on some examples and score it on the test part."""
    import zoo.common.keras_first

    import keras

    from zoo.learning.settings import FineTuningSettings

    texts, labels = data.train
    rows = np.random.default_rng(seed).permutation(len(texts))[:size]
    examples = [texts[row] for row in rows], [labels[row] for row in rows]
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of unknown words, and of rare classes
        output = Path(folder) / "output"
        if arm in ("tuned", "language", "letters"):
            tuned = zoo.finetune(bases[arm], examples, output=output, seed=seed)
        else:
            passes = FineTuningSettings().complete(len(rows)).epochs or 1
            tuned = zoo.finetune(
                fresh(
                    bases[arm],
                    examples[0],
                    seed,
                    Path(folder) / "new",
                ),
                examples,
                output=output,
                seed=seed,
                strategy="full",
                learning_rate=NEW_RATE,
                linear_probe=False,
                epochs=NEW_EPOCHS * passes,
            )
        score = accuracy(output, data.test)
    keras.backend.clear_session()
    training = tuned.info.training
    assert training is not None
    return {
        "accuracy": round(score, 6),
        "examples": len(rows),
        "epochs": training.epochs,
        "best_epoch": training.best_epoch,
        "validation": training.validation,
        "seconds": round(time.perf_counter() - start, 1),
    }


def collect(arguments: argparse.Namespace, path: Path) -> dict[str, Any]:
    """Measure what is asked for and not in the file yet, writing it after every figure."""
    sha256 = zoo.info(arguments.base).files[WEIGHTS].sha256
    figures = Figures(path, base=arguments.base, weights=sha256)
    language = zoo.info(arguments.language)
    start = {"name": language.name, "weights": language.files[WEIGHTS].sha256}
    if figures.results.get("language") != start:  # those of another one do not hold
        figures.results["language"] = start
        for key in [key for key in figures.cells if "/language/" in key]:
            del figures.cells[key]
    bases = {
        "tuned": arguments.base,
        "new": arguments.base,
        "language": arguments.language,
        "characters": CHARACTERS,
        "letters": CHARACTER_MODEL,
    }
    for name in arguments.sets:
        data = SETS[name]()
        if name == "sst-binary" and "untuned" not in figures.results:
            figures.results["untuned"] = round(accuracy(arguments.base, data.test), 6)
        for size in arguments.sizes:
            count = None if size == "all" else int(size)
            for seed in arguments.seeds:
                for arm in (*ARMS, *(CHARACTER_ARMS if name in LETTERS else ())):
                    if arm in arguments.arms:
                        figures.measured(
                            f"{name}/{size}/{arm}/{seed}",
                            functools.partial(measure, bases, data, count, arm, seed),
                        )
    return figures.results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    every = (*ARMS, *CHARACTER_ARMS)
    parser.add_argument("--base", default="lstm-imdb")
    parser.add_argument("--language", default="lstm-wikitext2")
    parser.add_argument("--sets", nargs="+", default=list(SETS), choices=list(SETS))
    parser.add_argument("--sizes", nargs="+", default=list(SIZES))
    parser.add_argument("--seeds", nargs="*", type=int, default=list(range(1, SEEDS + 1)))
    parser.add_argument("--arms", nargs="+", default=list(every), choices=every)
    parser.add_argument("--output", type=Path, default=DOCS)
    arguments = parser.parse_args()
    results = collect(arguments, arguments.output / "finetuning.json")
    language = zoo.info(arguments.language)
    assert language.dataset is not None
    settings = Settings(
        data={name: make() for name, make in SETS.items()},
        sizes=SIZES,
        seeds=SEEDS,
        rate=NEW_RATE,
        epochs=NEW_EPOCHS,
        corpus=language.dataset.title.partition(",")[0],
        read=f"{language.dataset.splits['train']:,} tokens",
        parameters=language.parameters,
        letters=CHARACTER_MODEL,
    )
    write_page(results, settings, arguments.output)


if __name__ == "__main__":
    main()
