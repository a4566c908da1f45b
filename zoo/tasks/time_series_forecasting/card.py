"""What the card of a forecaster says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from zoo.common.escape import Markdown, quoted
from zoo.datasets import dataset_named, load_dataset
from zoo.errors import CheckpointError
from zoo.formats import Checkpoint
from zoo.interfaces import CardPart
from zoo.schema import ModelInfo
from zoo.series.card import series_context, series_tags
from zoo.tasks.time_series_forecasting.pipeline import ForecastingPipeline
from zoo.tasks.time_series_forecasting.trained_pipeline import TrainedForecastingPipeline
from zoo.tasks.time_series_forecasting.trained_scoring import repeated

__all__ = ["card", "titles"]

_HORIZON = 84
_SNIPPET = """\
session = onnxruntime.InferenceSession("onnx/model.onnx")
series = np.zeros((1, 1000, %d), np.float32)  # yours
state = np.zeros((1, %d), np.float32)
forecasts, state = session.run(["forecasts", "next_state"], {"series": series, "state": state})
for _ in range(10):  # on from its end, freely
    feed = {"series": forecasts[:, -1:], "state": state}
    forecasts, state = session.run(["forecasts", "next_state"], feed)"""


_TRAINED_SNIPPET = """\
session = onnxruntime.InferenceSession("onnx/model.onnx")
series = np.zeros((1, %d, %d), np.float32)  # yours
(forecasts,) = session.run(["forecasts"], {"series": series})"""


def card(source: Checkpoint) -> CardPart:
    """Return what the card of a checkpoint says.

    Args:
        source: a verified checkpoint.
    """
    backbone = source.backbone
    if not backbone.closed_form:
        return CardPart(
            template="tasks/time_series_forecasting/card.md.jinja",
            snippet=_TRAINED_SNIPPET % (backbone.look_back, backbone.channels),
            remark="It is the graph that `zoo.pipeline` asks.",
            tags=series_tags(source),
            context=lambda address: _trained_context(source, address),
            listed=False,
        )
    return CardPart(
        template="tasks/time_series_forecasting/card.md.jinja",
        snippet=_SNIPPET % (backbone.channels, backbone.units),
        remark="The graph computes in float32, `zoo.pipeline` in float64.",
        tags=series_tags(source),
        context=lambda address: _context(source, address),
        listed=False,
    )


def _context(source: Checkpoint, address: str) -> Mapping[str, Any]:
    info = source.info
    assert info.dataset is not None
    dataset = dataset_named(info.dataset.name)
    context = series_context(source, dataset.meanings if dataset else {})
    series = load_dataset(info.dataset.name, "test").series[0]
    forecast = ForecastingPipeline(source)(series[:1000], _HORIZON)
    snippet = (
        f"forecast = zoo.pipeline({quoted(address)})\n"
        f'series = load_dataset({quoted(info.dataset.name)}, "test").series[0]\n'
        f"print(forecast(series[:1000], horizon={_HORIZON})[-1].round(3))\n"
        f"print(series[{1000 + _HORIZON - 1}].round(3))"
    )
    return {
        **context,
        "snippet": Markdown(snippet),
        "answer": f"{forecast[-1].round(3)}\n{series[1000 + _HORIZON - 1].round(3)}",
    }


def _trained_context(source: Checkpoint, address: str) -> Mapping[str, Any]:
    info, scale = source.info, source.tensors["scaling/scale"].astype(np.float64)
    assert info.dataset is not None
    dataset = dataset_named(info.dataset.name)
    assert dataset is not None
    context = series_context(source, dataset.meanings)
    test = load_dataset(info.dataset.name, "test").series
    protocol = dataset.protocol
    first, steps = protocol.first, protocol.horizon
    pipeline = TrainedForecastingPipeline(source)
    found = pipeline(test[0][:first], steps)
    snippet = (
        f"forecast = zoo.pipeline({quoted(address)})\n"
        f'series = load_dataset({quoted(info.dataset.name)}, "test").series[0]\n'
        f"print(forecast(series[:{first}], horizon={steps})[-1].round(2))\n"
        f"print(series[{first + steps - 1}].round(2))"
    )
    season = protocol.season
    plain = repeated(test, scale, protocol, season) if season else {}
    return {
        **context,
        "snippet": Markdown(snippet),
        "answer": f"{found[-1].round(2)}\n{test[0][first + steps - 1].round(2)}",
        "season": season,
        "quantiles": [f"{level:g}" for level in source.head.quantiles],
        "plain": [
            (horizon, *_own(info, horizon), errors.squared.mean(), errors.absolute.mean())
            for horizon, errors in sorted(plain.items())
        ],
    }


def _own(info: ModelInfo, horizon: int) -> tuple[float, float]:
    """Return the two errors of a record at a horizon."""
    squared, absolute = (info.metric(f"{name}_{horizon}") for name in ("mse", "mae"))
    if squared is None or absolute is None:
        raise CheckpointError(
            f"Expected a record with mse_{horizon} and mae_{horizon}, for the card of {info.name}. "
            "Measure it again with: python -m training.evaluate"
        )
    return squared.value, absolute.value


def titles(source: Checkpoint) -> dict[str, str]:
    """Return the titles of the pictures that the card of an entry may show, by file name.

    Args:
        source: the entry's checkpoint.
    """
    if not source.backbone.closed_form:
        what = "A forecast against the truth, and how the error grows"
        return {f"{source.info.name}-forecast.png": what}
    return {
        f"{source.info.name}-forecast.png": "A forecast against the truth, and how the error grows",
        f"{source.info.name}-attractor.png": "The attractor, true and generated",
        f"{source.info.name}-states.png": "The states of the network over time",
    }
