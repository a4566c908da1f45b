"""Pictures of a forecaster: of its forecasts, and of the states of its reservoir."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from zoo.datasets import dataset_named, load_dataset
from zoo.formats import Checkpoint
from zoo.series.plots import draw_attractor, draw_forecast, draw_states
from zoo.tasks.time_series_forecasting.pipeline import ForecastingPipeline
from zoo.tasks.time_series_forecasting.scoring import roll_out
from zoo.tasks.time_series_forecasting.trained_network import WindowForecaster

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["figures"]

_NOISE = 300
# Places that the curve of the error is the median over.
_WINDOWS = 60


def figures(source: Checkpoint) -> Iterator[tuple[str, Figure]]:
    """Yield pictures of a forecaster and what each shows.

    On the test stretch of a data set of the zoo: a forecast against the truth with the error as
    it grows, the states, and, of a system of three channels, its attractor, true and generated.
    On any other the states alone, while it reads noise of the mean and deviation it was fitted to.

    Args:
        source: a verified checkpoint of a forecaster.

    Raises:
        DataError: the data is neither at hand nor reachable.
    """
    if not source.backbone.closed_form:
        yield from _trained(source)
        return
    model = ForecastingPipeline(source).model
    dataset = source.info.dataset.name if source.info.dataset else ""
    known = dataset_named(dataset)
    if known is None or known.protocol is None:
        noise = np.random.default_rng(0).standard_normal((_NOISE, model.channels))
        mean, scale = (source.tensors[f"scaling/{name}"] for name in ("mean", "scale"))
        yield "states", draw_states(model, mean + scale * noise)
        return
    protocol = known.protocol
    (series,) = load_dataset(dataset, "test").series
    rollouts = roll_out(model, series, protocol)
    chaotic = protocol.lyapunov_steps is not None
    yield (
        "forecast",
        draw_forecast(
            rollouts.forecasts,
            rollouts.truth,
            time_unit=protocol.lyapunov_steps or 1.0,
            unit="Lyapunov times" if chaotic else "steps",
        ),
    )
    yield "states", draw_states(model, series[1_000:1_300])
    if model.channels == 3:
        generated = model.forecast(series[:1_000], 5_000)
        yield "attractor", draw_attractor(generated, series[1_000:6_000])


def _trained(source: Checkpoint) -> Iterator[tuple[str, Figure]]:
    """Yield a forecast of a network on the test part of its data set, and how its error grows."""
    model = WindowForecaster(source)
    known = dataset_named(source.info.dataset.name) if source.info.dataset else None
    if known is None or known.protocol is None:
        return
    protocol = known.protocol
    (series,) = load_dataset(known.name, "test").series
    steps = min(model.horizon, 2 * protocol.horizon)
    starts = np.linspace(protocol.first, len(series) - steps, _WINDOWS).astype(int)
    forecasts = [
        model.point(found)[:steps] for found in model.ahead([series[:at] for at in starts])
    ]
    truth = np.stack([series[at : at + steps] for at in starts])
    yield "forecast", draw_forecast(np.stack(forecasts), truth, title="Forecast, and its error")
