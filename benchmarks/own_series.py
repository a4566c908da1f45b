"""Is fine-tuning worth it on one's own series? Against no training at all, and other libraries.

    python -m benchmarks.own_series [--sets ...] [--seeds 1 2 3] [--page]

Writes `docs/series.md`, `docs/series.png` and every figure into `docs/series.json`. A figure that
stands there already is not measured again: a run that was stopped goes on; `--page` measures
nothing and writes the page alone. Of the libraries that are compared aeon and statsforecast are no
dependencies of the zoo (`pip install aeon statsforecast`); those that are not installed are left
out and told.
"""

from __future__ import annotations

import argparse
import functools
import os
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import msgspec
import numpy as np
from rich.console import Console

import zoo
from benchmarks.own_series_data import (
    CLASSES,
    FORECASTS,
    Forecast,
    Labelled,
    drawn,
    write_classes,
    write_table,
)
from benchmarks.own_series_page import write_page
from benchmarks.own_series_peers import CLASSIFIERS, FORECASTERS, Peer, installed
from benchmarks.studies import Figures, write_new
from zoo import registry
from zoo.formats import WEIGHTS

DOCS = Path(__file__).resolve().parent.parent / "docs"
BASES = {"forecasts": "segrnn-etth1", "classes": "bigru-epilepsy"}
FEW_STEPS = 1_000
# What a network from nothing is given more of: the rate of the base's own recipe, which is higher
# than that of tuning or the same, and twice the passes.
NEW_RATES, NEW_EPOCHS = {"forecasts": 1e-3, "classes": 2e-3}, 2
Cell = dict[str, Any]


def from_nothing(base: str, path: Path, seed: int, series: list[np.ndarray], **own: Any) -> Path:
    """Write the network of a checkpoint with random weights, scaled to series of one's own.

    Args:
        base: the checkpoint.
        path: the directory to make.
        seed: of the weights.
        series: float arrays of shape (time, channels).
        **own: `horizon` of a forecaster, `labels` of a classifier.
    """
    import zoo.common.keras_first  # noqa: F401

    import keras

    from zoo.fitting.building import build_task

    keras.utils.set_random_seed(seed)
    loaded = registry.read(base)
    labels = own.pop("labels", ())
    spec = msgspec.structs.replace(loaded.backbone, channels=series[0].shape[1], **own)
    head = loaded.head
    if labels:
        head = msgspec.structs.replace(head, num_classes=len(labels))
    model = build_task(loaded.info.task, spec, head)
    if labels:
        model.scale_to(series)  # a forecaster is scaled when it is tuned
    info = msgspec.structs.replace(loaded.info, labels=tuple(labels))
    return write_new(path, replace(loaded, info=info, backbone=spec, head=head), model)


def tuned(base: Path | str, train: Path, folder: Path, **options: Any) -> tuple[Path, Cell]:
    """Fine-tune as a user would; return the checkpoint, and what is told of it."""
    import keras

    start = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of other channels and scales
        found = zoo.finetune(
            base, train, output=folder / "output", console=Console(quiet=True), **options
        )
    keras.backend.clear_session()
    training = found.info.training
    assert training is not None
    return found.path, {
        "epochs": training.epochs,
        "best_epoch": training.best_epoch,
        "most": training.settings["epochs"],
        "validation": training.validation,
        "seconds": round(time.perf_counter() - start, 1),
    }


def forecast_network(data: Forecast, first: int, seed: int, most: int | None) -> Cell:
    """Tune a forecaster on the steps from `first` on, or train one; and score it.

    Args:
        data: the series.
        first: the first step to learn from.
        seed: of the run.
        most: passes of the run that tunes; None tunes.
    """
    values = data.values[first : data.end]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        options = write_table(folder / "own.csv", data.dates[first : data.end], values)
        options |= {"horizon": data.horizon, "seed": seed}
        base: Any = BASES["forecasts"]
        if most is not None:
            base = from_nothing(base, folder / "new", seed, [values], horizon=data.horizon)
            options |= {"learning_rate": NEW_RATES["forecasts"], "epochs": NEW_EPOCHS * most}
        path, told = tuned(base, folder / "own.csv", folder, **options)
        pipeline = zoo.pipeline(path)
        contexts = [
            data.values[max(0, place - pipeline.model.washout) : place] for place in data.origins
        ]
        found = np.stack(pipeline(contexts, horizon=data.horizon))
    return {**forecast_scores(data, found), "examples": len(values), **told}


def forecast_scores(data: Forecast, found: np.ndarray) -> Cell:
    """Return the errors of forecasts, in deviations of what there is to learn from."""
    errors = (found - data.truth) / data.scale
    return {
        "mae": round(float(np.abs(errors).mean()), 6),
        "mse": round(float(np.square(errors).mean()), 6),
    }


def class_network(data: Labelled, rows: list[int], seed: int, most: int | None) -> Cell:
    """Tune a classifier on some of the training series, or train one; and score it.

    Args:
        data: the series.
        rows: the numbers of those to learn from.
        seed: of the run.
        most: passes of the run that tunes; None tunes.
    """
    series, labels = ([part[row] for row in rows] for part in data.train)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        train, options = write_classes(folder, series, labels, data.long)
        options["seed"] = seed
        base: Any = BASES["classes"]
        if most is not None:
            base = from_nothing(base, folder / "new", seed, series, labels=sorted(set(labels)))
            options |= {
                "learning_rate": NEW_RATES["classes"],
                "epochs": NEW_EPOCHS * most,
                "strategy": "full",
            }
        path, told = tuned(base, train, folder, **options)
        answers = zoo.pipeline(path)(data.test[0])
    found = [answer["label"] for answer in answers]
    return {"accuracy": accuracy(data, found), "examples": len(rows), **told}


def accuracy(data: Labelled, found: Any) -> float:
    """Return the share of the test series whose class is found."""
    right = [str(one) == other for one, other in zip(found, data.test[1], strict=True)]
    return round(statistics.fmean(right), 6)


def peer_cell(peer: Peer, score: Callable[[Any], Cell], *arguments: Any) -> Cell:
    """Score another way."""
    start = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = peer.run(*arguments)
    return {**score(found), "seconds": round(time.perf_counter() - start, 1)}


def measure_forecasts(figures: Figures, name: str, data: Forecast, seeds: list[int]) -> None:
    """Measure what is not there yet of a series."""
    peers = installed(FORECASTERS)
    score = functools.partial(forecast_scores, data)
    for size, first in {"few": data.end - FEW_STEPS, "all": 0}.items():
        for seed in seeds:
            key, most = f"{name}/{size}/{{}}/{seed}", None
            for arm in ("tuned", "new"):
                cell = figures.measured(
                    key.format(arm), functools.partial(forecast_network, data, first, seed, most)
                )
                most = cell["most"]
        for arm, peer in peers.items():
            for seed in seeds if peer.seeded else seeds[:1]:
                figures.measured(
                    f"{name}/{size if peer.sized else 'any'}/{arm}/{seed}",
                    functools.partial(peer_cell, peer, score, data, first, seed),
                )


def measure_classes(figures: Figures, name: str, data: Labelled, seeds: list[int]) -> None:
    """Measure what is not there yet of a set of labelled series."""
    peers = installed(CLASSIFIERS)

    def score(found: Any) -> Cell:
        return {"accuracy": accuracy(data, found)}

    for size in ("few", "all"):
        for seed in seeds:
            rows = list(range(len(data.train[0])))
            if size == "few":
                rows = drawn(data.train[1], data.few, seed)
            series, labels = ([part[row] for row in rows] for part in data.train)
            key, most = f"{name}/{size}/{{}}/{seed}", None
            for arm in ("tuned", "new"):
                cell = figures.measured(
                    key.format(arm), functools.partial(class_network, data, rows, seed, most)
                )
                most = cell["most"]
            for arm, peer in peers.items():
                # Of some of the examples every seed draws others.
                if size == "few" or peer.seeded or seed == seeds[0]:
                    figures.measured(
                        key.format(arm),
                        functools.partial(
                            peer_cell, peer, score, series, labels, data.test[0], seed
                        ),
                    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    names = [*FORECASTS, *CLASSES]
    parser.add_argument("--sets", nargs="+", default=names, choices=names)
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3])
    parser.add_argument("--output", type=Path, default=DOCS)
    parser.add_argument("--page", action="store_true", help="measure nothing")
    arguments = parser.parse_args()
    digests = {base: zoo.info(base).files[WEIGHTS].sha256 for base in BASES.values()}
    figures = Figures(arguments.output / "series.json", weights=digests)
    data: Mapping[str, Any] = {
        name: (FORECASTS[name] if name in FORECASTS else CLASSES[name])() for name in arguments.sets
    }
    for name, one in data.items():
        if not arguments.page:
            measure = measure_forecasts if isinstance(one, Forecast) else measure_classes
            measure(figures, name, one, arguments.seeds)
    write_page(
        figures.results,
        data,
        arguments.output,
        few_steps=FEW_STEPS,
        bases=BASES,
        rates=NEW_RATES,
        passes=NEW_EPOCHS,
    )


if __name__ == "__main__":
    main()
