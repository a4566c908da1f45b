"""How exported classifiers of series are asked, checked and described."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from zoo.formats import Checkpoint
from zoo.interfaces import Compared, Exporting, WebPage
from zoo.series.arrays import pad_series
from zoo.series.exporting import padded, series_of, shown_series, zeros
from zoo.tasks.time_series_classification.asked import TOO_LARGE

__all__ = ["EXPORTING"]

_EXAMPLE = """\
series = [{series}]  # yours: (time, channels)
lengths = np.array([len(item) for item in series], np.int32)
padded = np.zeros((len(series), lengths.max(), {channels}), np.float32)
for row, item in zip(padded, series):
    row[: len(item)] = item
probabilities = model(series=padded, lengths=lengths)["probabilities"]
labels = json.loads(Path("labels.json").read_text("utf-8"))
for row in np.asarray(probabilities):
    print(labels[row.argmax()], row.max())"""


def _compare(
    source: Checkpoint, graphs: Mapping[str, Any], asked: Any, series: Sequence[np.ndarray]
) -> Iterator[Compared]:
    expected = asked(series)
    for start in range(0, len(series), 8):
        rows, mask = pad_series(series[start : start + 8])
        found = graphs["model"](
            series=rows.astype(np.float32), lengths=mask.sum(axis=1).astype(np.int32)
        )
        yield "probabilities", found["probabilities"], expected[start : start + 8]


def _functions(model: Any) -> dict[str, Any]:
    from keras import ops

    def whole(series: Any, lengths: Any) -> dict[str, Any]:
        steps = ops.arange(ops.shape(series)[1], dtype="int32")
        inside = ops.expand_dims(steps, 0) < ops.expand_dims(lengths, 1)
        inputs = {"series": series, "padding_mask": inside}
        return {"probabilities": model(inputs, training=False)}

    return {"model": whole}


def _answers(model: Any, series: Sequence[np.ndarray]) -> list[Any]:
    return [model.predict(list(series), verbose=0)]


def _example(source: Checkpoint, names: Collection[str]) -> str:
    channels = source.backbone.channels
    arrays = f"np.zeros((20, {channels})), np.zeros((12, {channels}))"
    return _EXAMPLE.format(series=arrays, channels=channels)


def _settings(source: Checkpoint, series: Sequence[np.ndarray]) -> dict[str, Any]:
    return {
        "channels": source.backbone.channels,
        "large": TOO_LARGE,
        "examples": shown_series(series, 4),
    }


EXPORTING = Exporting(
    inputs=series_of,
    model=lambda model: lambda series: _answers(model, series)[0],
    pipeline=lambda pipeline: pipeline.predict_proba,
    compare=_compare,
    functions=_functions,
    answers=_answers,
    before=padded,
    after=lambda source: (
        "None: `probabilities` sum to 1. Their order is that of `labels.json`; "
        "the largest is the answer."
    ),
    example=_example,
    raw=lambda source: f"print(model.predict([{zeros(source)}], verbose=0))",
    coarse=0.25,
    web=WebPage(
        graphs=("model",),
        scripts={
            "model.js": "tasks/time_series_classification/web.js",
            "classes.js": "classes/web.js",
            "series.js": "series/web.js",
        },
        settings=_settings,
    ),
)
