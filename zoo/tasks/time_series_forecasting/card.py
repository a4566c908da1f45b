"""What the card of a forecaster says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zoo.common.escape import Markdown, quoted
from zoo.datasets import dataset_named, load_dataset
from zoo.formats import Checkpoint
from zoo.interfaces import CardPart
from zoo.series.card import series_context, series_tags
from zoo.tasks.time_series_forecasting.pipeline import ForecastingPipeline

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


def card(source: Checkpoint) -> CardPart:
    """Return what the card of a checkpoint says.

    Args:
        source: a verified checkpoint.
    """
    backbone = source.backbone
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


def titles(source: Checkpoint) -> dict[str, str]:
    """Return the titles of the pictures that the card of an entry may show, by file name.

    Args:
        source: the entry's checkpoint.
    """
    return {
        f"{source.info.name}-forecast.png": "A forecast against the truth, and how the error grows",
        f"{source.info.name}-attractor.png": "The attractor, true and generated",
        f"{source.info.name}-states.png": "The states of the network over time",
    }
