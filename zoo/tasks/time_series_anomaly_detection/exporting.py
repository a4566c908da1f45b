"""How exported detectors are asked, checked and described."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from zoo.formats import Checkpoint
from zoo.interfaces import Compared, Exporting, WebPage
from zoo.series.arrays import pad_series
from zoo.series.examples import WatchedDataset
from zoo.series.exporting import shown_series
from zoo.tasks.time_series_anomaly_detection.rows import read_rows

__all__ = ["EXPORTING"]

# Series of a data set that are compared, and the most rows of each.
_SERIES, _ROWS = 16, 400
_EXAMPLE = """\
rows = np.zeros((1, 100, 2), np.float32)  # of every row its place and how far it moved
forecasts = model(series=rows, lengths=np.array([100], np.int32))["forecasts"]
print(np.asarray(forecasts)[0, -1])"""


def _inputs(source: Checkpoint, data: WatchedDataset | None) -> Sequence[np.ndarray]:
    if data is not None:
        chosen = data.series[:: -(-len(data.series) // _SERIES)]
        return [series[:_ROWS] for series in chosen]
    return [np.sin(0.2 * np.arange(rows))[:, None] for rows in (1, 17, 60, _ROWS)]


def _compare(
    source: Checkpoint, graphs: Mapping[str, Any], asked: Any, series: Sequence[np.ndarray]
) -> Iterator[Compared]:
    # Scores are made of forecasts by the same arithmetic, whatever computed these.
    for item, expected in zip(_values(series), asked(series), strict=True):
        rows, mask = pad_series([read_rows(item, source.head)[0]])
        lengths = mask.sum(axis=1).astype(np.int32)
        found = graphs["model"](series=rows.astype(np.float32), lengths=lengths)
        yield "forecasts", np.asarray(found["forecasts"])[0, : len(item)], expected


def _values(series: Sequence[np.ndarray]) -> list[np.ndarray]:
    return [item[:, 0] for item in series]


def _functions(model: Any) -> dict[str, Any]:
    from keras import ops

    def whole(series: Any, lengths: Any) -> dict[str, Any]:
        steps = ops.arange(ops.shape(series)[1], dtype="int32")
        inside = ops.expand_dims(steps, 0) < ops.expand_dims(lengths, 1)
        inputs = {"series": series, "padding_mask": inside}
        return {"forecasts": model(inputs, training=False)}

    return {"model": whole}


def _before(source: Checkpoint) -> str:
    return (
        "A series has one value a row. Of every row the network reads two numbers: where the value "
        "lies among those before it, and how far it moved, as "
        "`zoo.tasks.time_series_anomaly_detection.rows.read_rows` makes them with running means "
        f"over {source.head.scaling_rows:g} rows. Series of a batch are padded at the end to the "
        "longest, and `lengths` says how many rows of each are its own. What makes these numbers, "
        "and scores of the forecasts, is not in the graph and not in this folder, but in the "
        "package `rnn-zoo`, where it needs NumPy alone; `--format web` writes it in JavaScript."
    )


def _example(source: Checkpoint, names: Collection[str]) -> str:
    return _EXAMPLE


def _settings(source: Checkpoint, series: Sequence[np.ndarray]) -> dict[str, Any]:
    waves = np.sin(0.2 * np.arange(_ROWS))[:, None]
    waves[2 * _ROWS // 3] = 4.0
    return {
        **msgspec.to_builtins(source.head),
        "examples": [
            *shown_series(series[:3], 3),
            *shown_series([waves], 1),
        ],
    }


EXPORTING = Exporting(
    inputs=_inputs,
    model=lambda model: lambda series: model.forecasts(_values(series)),
    pipeline=lambda pipeline: (
        lambda series: [pipeline.model.scores_and_forecasts(item)[1] for item in _values(series)]
    ),
    compare=_compare,
    functions=_functions,
    answers=lambda model, series: model.forecasts(_values(series)),
    before=_before,
    after=lambda source: (
        "`forecasts` are of every row what follows it: logits of the weights, places counted from "
        "the row's own in units of 0.3, and logarithms of the widths of a mixture of normal "
        "distributions. `zoo.tasks.time_series_anomaly_detection.rows.scored` makes scores of "
        "them."
    ),
    example=_example,
    raw=lambda source: "print(model.predict(np.zeros(100), verbose=0))",
    web=WebPage(
        graphs=("model",),
        scripts={
            "model.js": "tasks/time_series_anomaly_detection/web.js",
            "series.js": "series/web.js",
        },
        settings=_settings,
    ),
    exact=lambda source: (
        "scores weigh how improbable rows are by their forecasts, and rounded weights shift the "
        "tails of those"
    ),
)
