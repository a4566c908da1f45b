"""Training of a detector by its recipe: its network learns to forecast series."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

from zoo.datasets import dataset_named, load_dataset
from zoo.fitting.building import build_task
from zoo.fitting.optimizer import optimizer_of
from zoo.fitting.starts import draw_starts
from zoo.learning.descent import Descent
from zoo.learning.recipes import hyperparameters
from zoo.schema import DataSource
from zoo.series.examples import WatchedDataset
from zoo.specs import make_spec
from zoo.tasks.time_series_anomaly_detection.data import read_normal_series
from zoo.tasks.time_series_anomaly_detection.examples import (
    ForecastWindows,
    drawn_windows,
    read_all,
)
from zoo.tasks.time_series_anomaly_detection.model import MixtureLoss
from zoo.tasks.time_series_anomaly_detection.recipe import AnomalyDetectionRecipe
from zoo.tasks.time_series_anomaly_detection.scoring import densities
from zoo.tasks.time_series_anomaly_detection.specs import AnomalyDetectorSpec
from zoo.tasks.time_series_anomaly_detection.synthetic import synthetic_series

__all__ = ["forecast_scores", "learn", "lower_nll"]


def learn(
    recipe: AnomalyDetectionRecipe,
    *,
    entry: Callable[[str], Any],
    tell: Callable[[str], None],
    data: Any = None,
) -> Descent:
    """Return what trains a detector; see `zoo.task.Task.learn`.

    Args:
        recipe: what is trained.
        entry: of no matter here: no other entry teaches it.
        tell: called with what is being done.
        data: the training and the validation part; None reads them.
    """
    keras.utils.set_random_seed(recipe.seed)
    backbone = make_spec(recipe.kind, **recipe.backbone)
    head = make_spec(AnomalyDetectorSpec, **recipe.head)
    sources: tuple[DataSource, ...] = ()
    if data is not None:
        train, held = data
    elif dataset_named(recipe.dataset) is not None:
        tell(f"Loading {recipe.dataset} ...")
        train, held = (load_dataset(recipe.dataset, split) for split in ("train", "validation"))
    else:
        own = read_normal_series(recipe.dataset)
        train, held, sources = own.train, own.held, own.sources
    pools = [read_all(train.series, head)]
    if recipe.synthetic:
        tell("Drawing series that never were ...")
        pools.append(read_all(synthetic_series(recipe.synthetic, recipe.seed), head))

    def examples(epoch: int) -> ForecastWindows:
        generator = np.random.default_rng([recipe.seed, epoch, 3])
        return drawn_windows(pools, recipe.windows, recipe.window, generator)

    model = build_task(recipe.task, backbone, head, precision=recipe.precision)
    draw_starts(
        model,
        kernel_start=recipe.kernel_start,
        recurrent_start=recipe.recurrent_start,
        embedding_start=None,
        seed=recipe.seed,
    )
    spread_places(model)
    steps = -(-recipe.windows // recipe.batch_size) * recipe.epochs
    model.compile(optimizer=optimizer_of(recipe, steps=steps), loss=MixtureLoss(), metrics=[])
    return Descent(
        model=model,
        examples=examples,
        score=lambda model: forecast_scores(model, train, held),
        settings=recipe,
        preprocessor=None,
        assets={},
        config=hyperparameters(recipe),
        method=recipe.method,
        sources=sources,
        held=held,
        better=lower_nll,
    )


def lower_nll(scores: dict[str, float], best: dict[str, float]) -> bool:
    """Return whether rows of the validation part are less improbable than ever before.

    Args:
        scores: what `forecast_scores` returned.
        best: the best so far.
    """
    return scores["nll"] < best["nll"]


def spread_places(model: Any) -> None:
    """Let the components of a new head begin at different places, or they would stay alike.

    Args:
        model: a detector whose head is drawn.
    """
    count = model.spec.components
    bias = np.zeros(3 * count, np.float32)
    bias[count : 2 * count] = bias[2 * count :] = np.linspace(-1, 1, count) if count > 1 else 0.0
    model.forecast.bias.assign(bias)


def forecast_scores(
    model: Any, before: WatchedDataset | None, held: WatchedDataset
) -> dict[str, float]:
    """Return how improbable the rows of a validation part are by the forecasts of them.

    Args:
        model: a detector.
        before: what comes before each series, which is read and not judged; None if nothing does.
        held: series.
    """
    earlier: Sequence[np.ndarray] = before.series if before else [item[:0] for item in held.series]
    whole = [
        np.concatenate([first, last])[:, 0]
        for first, last in zip(earlier, held.series, strict=True)
    ]
    found = densities(whole, model.forecasts(whole, batch_size=64), model.spec)
    judged = [-part[max(1, len(first)) - 1 :] for part, first in zip(found, earlier, strict=True)]
    return {"nll": float(np.concatenate(judged).mean())}
