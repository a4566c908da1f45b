"""Training of a forecaster by its recipe: in closed form, without Keras."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from zoo.datasets import dataset_named, load_dataset
from zoo.learning.closed_form import ClosedForm
from zoo.learning.recipes import hyperparameters
from zoo.networks.echo_state.closed_form import Fit, Progress, draw_tensors
from zoo.networks.echo_state.spec import EchoStateBackboneSpec
from zoo.recipe import Recipe
from zoo.schema import DataSource
from zoo.series.examples import SeriesDataset
from zoo.series.protocol import ForecastProtocol
from zoo.specs import make_spec
from zoo.tasks.time_series_forecasting.data import read_series
from zoo.tasks.time_series_forecasting.fitting import fit_forecaster, one_step_error
from zoo.tasks.time_series_forecasting.network import ReservoirForecaster
from zoo.tasks.time_series_forecasting.recipe import ForecastingRecipe
from zoo.tasks.time_series_forecasting.scoring import forecast_metrics, score
from zoo.tasks.time_series_forecasting.specs import ForecasterSpec

__all__ = ["learn"]


def learn(
    recipe: Recipe,
    *,
    entry: Callable[[str], Any],
    tell: Callable[[str], None],
    data: Any = None,
) -> Any:
    """Return what fits or trains a forecaster; see `zoo.task.Task.learn`.

    Args:
        recipe: what is fitted.
        entry: of no matter here: no other entry teaches it.
        tell: called with what is being done.
        data: the training and the validation part; None reads them.
    """
    if not isinstance(recipe, ForecastingRecipe):
        from zoo.tasks.time_series_forecasting.trained_training import learn_windows

        return learn_windows(recipe, tell=tell, data=data)  # type: ignore[arg-type]
    backbone = make_spec(EchoStateBackboneSpec, **recipe.backbone, seed=recipe.seed)
    head = make_spec(ForecasterSpec, squares=recipe.squares, washout=recipe.washout)
    tell(f"Loading {recipe.dataset} ...")
    dataset, sources = dataset_named(recipe.dataset), tuple[DataSource, ...]()
    if data is not None:
        train, held = data
    elif dataset is not None:
        train, held = (load_dataset(recipe.dataset, split) for split in ("train", "validation"))
    else:
        own = read_series(recipe.dataset, backbone.channels, washout=recipe.washout)
        train, held = SeriesDataset(own.train), SeriesDataset(own.held)
        sources = own.sources
    protocol = None if dataset is None else dataset.protocol

    def solve(progress: Progress | None) -> Fit:
        return fit_by(backbone, head, train, held, protocol, recipe.ridges, progress)

    return ClosedForm(
        solve=solve,
        backbone=backbone,
        head=head,
        config=hyperparameters(recipe),
        method=recipe.method,
        sources=sources,
        held=held,
    )


def fit_by(
    backbone: EchoStateBackboneSpec,
    head: ForecasterSpec,
    train: SeriesDataset,
    held: SeriesDataset,
    protocol: ForecastProtocol | None,
    ridges: tuple[float, ...],
    progress: Progress | None = None,
) -> Fit:
    """Fit a forecaster, the ridge chosen by how it forecasts the validation part.

    Args:
        backbone: arguments of the reservoir.
        head: arguments of the readout.
        train: what it is fitted to.
        held: the validation part.
        protocol: how free-running forecasts of the data set are scored; None chooses the ridge by
            the error of one step.
        ridges: penalties to choose from.
        progress: called with what is being done, how much is done, and how much there is.
    """

    def judge(model: ReservoirForecaster) -> float:
        if protocol is None:
            return one_step_error(model, held.series)
        return score(model, held.series[0], protocol)

    fit = fit_forecaster(
        backbone,
        head,
        train.series,
        judge,
        tensors=draw_tensors(backbone, train.series),
        ridge=ridges,
        progress=progress,
    )
    if protocol is None:
        return Fit(fit.tensors, fit.ridge, fit.scores, {"rmse_1": fit.scores[fit.ridge]})
    model = ReservoirForecaster(fit.tensors, backbone, head)
    metrics = forecast_metrics(model, held.series[0], protocol, "validation")
    figures = {metric.name: metric.value for metric in metrics}
    if protocol.lyapunov_steps is not None:
        # The median moves in steps: seeds are told apart by the mean.
        figures["mean_valid_time"] = -float(np.round(fit.scores[fit.ridge], 6))
    return Fit(fit.tensors, fit.ridge, fit.scores, figures)
