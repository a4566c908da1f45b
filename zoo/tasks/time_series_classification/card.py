"""What the card of a classifier of series says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zoo.classes.names import AVERAGED
from zoo.common.escape import Markdown, quoted
from zoo.datasets import load_dataset
from zoo.formats import Checkpoint
from zoo.interfaces import CardPart
from zoo.series.card import series_context, series_tags
from zoo.tasks.time_series_classification.pipeline import SeriesClassificationPipeline

__all__ = ["card"]

_MEANINGS = {"accuracy": AVERAGED}
_SNIPPET = """\
session = onnxruntime.InferenceSession("onnx/model.onnx")
series = np.zeros((1, 20, %d), np.float32)  # yours
session.run(["probabilities"], {"series": series, "lengths": np.array([20], np.int32)})"""


_REMARK = "The graph computes in float32, `zoo.pipeline` in float64."
_SCALED = (
    "The graph scales the series in float32, `zoo.pipeline` in float64, so that of numbers far "
    "from zero small changes stay."
)


def card(source: Checkpoint) -> CardPart:
    """Return what the card of a checkpoint says.

    Args:
        source: a verified checkpoint.
    """
    return CardPart(
        template="tasks/time_series_classification/card.md.jinja",
        snippet=_SNIPPET % source.backbone.channels,
        remark=_REMARK if source.backbone.closed_form else _SCALED,
        tags=series_tags(source),
        context=lambda address: _context(source, address),
        listed=False,
    )


def _context(source: Checkpoint, address: str) -> Mapping[str, Any]:
    info = source.info
    assert info.dataset is not None
    series = load_dataset(info.dataset.name, "test").series
    snippet = (
        f"classify = zoo.pipeline({quoted(address)})\n"
        f'series = load_dataset({quoted(info.dataset.name)}, "test").series\n'
        "print(classify(series[:2]))"
    )
    # Rounded, as scores differ in their last digits from machine to machine.
    answers = SeriesClassificationPipeline(source)(series[:2])
    return {
        **series_context(source, _MEANINGS),
        "snippet": Markdown(snippet),
        "answer": str([{"label": a["label"], "score": round(a["score"], 3)} for a in answers]),
    }
