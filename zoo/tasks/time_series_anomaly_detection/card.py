"""What the card of a detector says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from zoo.common.escape import Markdown, quoted
from zoo.datasets import dataset_named, load_dataset
from zoo.formats import Checkpoint
from zoo.interfaces import CardPart
from zoo.series.card import series_context, series_tags
from zoo.tasks.time_series_anomaly_detection.pipeline import AnomalyDetectionPipeline

__all__ = ["card", "titles"]

_SNIPPET = """\
session = onnxruntime.InferenceSession("onnx/model.onnx")
rows = np.zeros((1, 100, 2), np.float32)  # of every row its place and how far it moved
session.run(["forecasts"], {"series": rows, "lengths": np.array([100], np.int32)})"""


def card(source: Checkpoint) -> CardPart:
    """Return what the card of a checkpoint says.

    Args:
        source: a verified checkpoint.
    """
    return CardPart(
        template="tasks/time_series_anomaly_detection/card.md.jinja",
        snippet=_SNIPPET,
        remark="The graph is the network alone; `zoo.pipeline` makes scores of its forecasts.",
        tags=series_tags(source),
        context=lambda address: _context(source, address),
        listed=False,
    )


def _context(source: Checkpoint, address: str) -> Mapping[str, Any]:
    info = source.info
    assert info.dataset is not None
    dataset = dataset_named(info.dataset.name)
    data = load_dataset(info.dataset.name, "test")
    number = min(range(len(data)), key=lambda index: len(data.series[index]))
    pipeline = AnomalyDetectionPipeline(source)
    snippet = (
        f"detect = zoo.pipeline({quoted(address)})\n"
        f'series = load_dataset({quoted(info.dataset.name)}, "test").series[{number}]\n'
        "scores = detect(series)\n"
        "print(np.flatnonzero(scores >= detect.threshold))"
    )
    alarms = np.flatnonzero(pipeline(data.series[number]) >= pipeline.threshold)
    return {
        **series_context(source, dataset.meanings if dataset else {}),
        "snippet": Markdown(snippet),
        "answer": str(alarms),
        "head": source.head,
    }


def titles(source: Checkpoint) -> dict[str, str]:
    """Return the titles of the pictures that the card of an entry may show, by file name.

    Args:
        source: the entry's checkpoint.
    """
    return {
        f"{source.info.name}-alarms.png": "A series, the band that it was expected in, and alarms"
    }
