"""Training of a forecaster over a network by its recipe, by gradient descent."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

from zoo.datasets import dataset_named, load_dataset
from zoo.fitting.building import build_task
from zoo.fitting.optimizer import optimizer_of
from zoo.fitting.reports import Reports, WeightReport
from zoo.fitting.starts import draw_starts
from zoo.learning.descent import Descent
from zoo.learning.recipes import hyperparameters
from zoo.schema import DataSource
from zoo.series.examples import SeriesDataset
from zoo.specs import make_spec
from zoo.tasks.time_series_forecasting.recipe import TrainedForecastingRecipe
from zoo.tasks.time_series_forecasting.specs import TrainedForecasterSpec
from zoo.tasks.time_series_forecasting.trained_data import read_training_series
from zoo.tasks.time_series_forecasting.trained_model import scaling_of
from zoo.tasks.time_series_forecasting.windows import ForecastWindows, drawn

__all__ = [
    "CALIBRATED",
    "calibrating",
    "held_first",
    "learn_windows",
    "lower_errors",
    "score_windows",
]

_BATCH = 64
CALIBRATED = (
    " The quantiles on either side of the median were then put as far from it, by a factor for "
    "every segment, as they must be to hold on the validation part what they say."
)


def learn_windows(
    recipe: TrainedForecastingRecipe,
    *,
    tell: Callable[[str], None],
    data: Any = None,
) -> Descent:
    """Return what trains a forecaster; see `zoo.task.Task.learn`.

    Args:
        recipe: what is trained.
        tell: called with what is being done.
        data: the training and the validation part; None reads them.
    """
    keras.utils.set_random_seed(recipe.seed)
    tell(f"Loading {recipe.dataset} ...")
    dataset, sources = dataset_named(recipe.dataset), tuple[DataSource, ...]()
    arguments: dict[str, Any] = dict(recipe.backbone)
    if data is None and dataset is None:
        own = read_training_series(
            recipe.dataset,
            segment=arguments["segment"],
            look_back=arguments["look_back"],
            usual=arguments["horizon"],
            horizon=arguments["horizon"],
        )
        train, held, sources = own.train, own.held, own.sources
        arguments["look_back"] = own.look_back
    else:
        parts = data or tuple(load_dataset(recipe.dataset, s) for s in ("train", "validation"))
        train, held = (part.series for part in parts)
    spec: Any = make_spec(recipe.kind, channels=train[0].shape[1], **arguments)
    head = make_spec(TrainedForecasterSpec, quantiles=recipe.quantiles, dropout=recipe.dropout)
    model = build_task(recipe.task, spec, head, precision=recipe.precision)
    model.set_tensors(scaling_of(train))
    draw_starts(
        model,
        kernel_start=recipe.kernel_start,
        recurrent_start=recipe.recurrent_start,
        seed=recipe.seed,
    )
    back, horizon = spec.look_back, spec.horizon
    first = max(1, min(back, max(map(len, train)) - horizon))
    # At the end of the training part the first steps of a forecast are still known.
    windows = ForecastWindows(train, back, horizon, first=first, least=min(recipe.horizons))
    count = min(recipe.windows, len(windows))
    model.compile(
        optimizer=optimizer_of(recipe, steps=-(-count // recipe.batch_size) * recipe.epochs),
        loss=model.loss_of(recipe.horizons, recipe.error),
        metrics=[],
    )
    config = hyperparameters(recipe)
    held_from = held_first(held, back, horizon, dataset)
    validation = ForecastWindows(
        held,
        back,
        horizon,
        first=held_from,
        least=min(recipe.horizons),
        stride=recipe.validation_stride,
    )
    return Descent(
        model=model,
        examples=lambda epoch: drawn(windows, count, recipe.seed, epoch),
        score=lambda model: score_windows(model, validation, recipe.horizons),
        settings=recipe,
        preprocessor=None,
        assets={},
        config=config,
        method=recipe.method,
        sources=sources,
        held=SeriesDataset(held),
        better=lower_errors,
        finish=calibrating(held, held_from, min(recipe.horizons)) if recipe.quantiles else None,
        report=Reports(model, config, ("mse", "mae"), paced={"weights": WeightReport(model)}),
    )


def held_first(
    held: Sequence[np.ndarray], look_back: int, horizon: int, dataset: Any = None
) -> int:
    """Return how many steps of a validation part are read before its first forecast.

    Args:
        held: the validation series.
        look_back: steps that a network reads.
        horizon: steps that it forecasts.
        dataset: of the zoo, which says so itself; None for series of one's own.
    """
    if dataset is not None and dataset.protocol is not None:
        first: int = dataset.protocol.first
        return first
    return max(1, min(look_back, max(map(len, held)) - horizon))


def calibrating(held: Sequence[np.ndarray], first: int, least: int) -> Callable[[Any], None]:
    """Return what has the quantiles of a model hold what they say on a validation part.

    Args:
        held: the validation series.
        first: steps before the first forecast.
        least: steps that follow the last forecast.
    """
    return lambda model: model.calibrate(held, first=first, least=least)


def score_windows(
    model: Any, windows: ForecastWindows, horizons: Sequence[int]
) -> dict[str, float]:
    """Return the mean errors of a model over windows, in deviations.

    Args:
        model: a forecaster.
        windows: of the validation part.
        horizons: numbers of steps; of each the windows count that have so many.

    Returns:
        `mse` and `mae`, the means over the horizons, and `mse_H` and `mae_H` of each.
    """
    scale = np.asarray(keras.ops.convert_to_numpy(model.backbone.scaling.scale), np.float64)
    levels = model.spec.quantiles
    sums = {horizon: np.zeros(3) for horizon in horizons}
    for start in range(0, len(windows), _BATCH):
        rows = np.arange(start, min(start + _BATCH, len(windows)))
        features, truth = windows.batch(rows)
        # A batch is filled up, so that what compiles does so once.
        short = _BATCH - len(rows)
        padded = {name: _filled(value, short) for name, value in features.items()}
        found = np.asarray(model.predict_on_batch(padded), np.float64)[: len(rows)]
        found = found[..., levels.index(0.5)] if levels else found
        errors = (found - truth) / scale
        for horizon, total in sums.items():
            own = errors[:, :horizon]
            own = own[~np.isnan(own).any(axis=(1, 2))]
            total += np.square(own).sum(), np.abs(own).sum(), own.size
    means = {horizon: total[:2] / max(1.0, total[2]) for horizon, total in sums.items() if total[2]}
    scores = dict(zip(("mse", "mae"), map(float, np.mean(list(means.values()), 0)), strict=True))
    for horizon, (squared, absolute) in means.items():
        scores |= {f"mse_{horizon}": float(squared), f"mae_{horizon}": float(absolute)}
    return scores


def lower_errors(scores: dict[str, float], best: dict[str, float]) -> bool:
    """Return whether the sum of squared and absolute error is lower than the best so far."""
    return scores["mse"] + scores["mae"] < best["mse"] + best["mae"]


def _filled(values: np.ndarray, rows: int) -> np.ndarray:
    return np.concatenate([values, np.repeat(values[-1:], rows, axis=0)]) if rows else values
