"""What the card of a classifier of irregular series says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zoo.common.beside import beside_baselines
from zoo.common.escape import Markdown, quoted
from zoo.datasets import dataset_named, load_dataset
from zoo.formats import Checkpoint
from zoo.interfaces import CardPart
from zoo.series.card import series_context, series_tags
from zoo.series.irregular_examples import usual_value
from zoo.tasks.irregular_time_series_classification.pipeline import IrregularClassificationPipeline

__all__ = ["card"]

# Figures by which plain methods are compared, and what they are called.
_CALLED = {"auc": "AUC", "average_precision": "average precision"}
_MEANINGS = {
    "auc": (
        "AUC is the share of pairs, one series of each class, of which the right one has the "
        "higher score; average precision is the area under the curve of precision over recall. "
        "Precision, recall and F1 are those of the last label, taken where its probability is the "
        "largest."
    )
}
_SNIPPET = """\
session = onnxruntime.InferenceSession("onnx/model.onnx")
times = np.array([[0.0, 1.5]], np.float32)  # yours, counted from the first
values = np.full((1, 2, {variables}), np.nan, np.float32)  # NaN for what was not measured
values[0, :, 0] = {value}
inputs = {{"times": times, "values": values, "lengths": np.array([2], np.int32)}}
{static}session.run(["probabilities"], inputs)"""


def card(source: Checkpoint) -> CardPart:
    """Return what the card of a checkpoint says.

    Args:
        source: a verified checkpoint.
    """
    spec = source.backbone
    statics = len(spec.statics)
    static = f'inputs["static"] = np.full((1, {statics}), np.nan, np.float32)  # unknown\n'
    return CardPart(
        template="tasks/irregular_time_series_classification/card.md.jinja",
        snippet=_SNIPPET.format(
            variables=len(spec.variables),
            value=usual_value(source),
            static=static if statics else "",
        ),
        remark="The graph computes in float32, `zoo.pipeline` in float64.",
        tags=series_tags(source),
        metrics=("auc", "average_precision"),
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
    answers = IrregularClassificationPipeline(source)(series[:2])
    names, value = source.backbone.names, usual_value(source)
    first, dataset = names.variables[0], dataset_named(info.dataset.name)
    own = dataset.meanings if dataset else {}
    beside = beside_baselines(info, dataset.baselines, _CALLED) if dataset else ""
    meanings = {
        name: " ".join(filter(None, [said, own.get(name, ""), beside]))
        for name, said in _MEANINGS.items()
    }
    return {
        **series_context(source, meanings),
        "snippet": Markdown(snippet),
        "answer": str([{"label": a["label"], "score": round(a["score"], 3)} for a in answers]),
        "label": "AUC",
        "variables": ", ".join(names.variables),
        "statics": ", ".join(names.statics),
        "several": Markdown(f"{{{quoted(first)}: [{value}, None]}}"),
        "one": Markdown(f"{{{quoted(first)}: {value}}}"),
    }
