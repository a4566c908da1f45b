"""How exported classifiers of irregular series are asked, checked and described."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from zoo.common.counts import counted
from zoo.formats import Checkpoint
from zoo.interfaces import Compared, Exporting, WebPage
from zoo.series.irregular import IrregularDataset, IrregularSeries, described
from zoo.series.irregular_examples import irregular_around, usual_value
from zoo.tasks.irregular_time_series_classification.pipeline import graph_inputs

__all__ = ["EXPORTING"]

_SERIES = 32
_EXAMPLE = """\
times = np.array([[0.0, 1.5]], np.float32)  # yours: (batch, time), counted from the first
values = np.full((1, 2, {variables}), np.nan, np.float32)  # NaN for what was not measured
values[0, :, 0] = {value}
probabilities = model(times=times, values=values{static}, lengths=np.array([2], np.int32))
labels = json.loads(Path("labels.json").read_text("utf-8"))
for row in np.asarray(probabilities["probabilities"]):
    print(labels[row.argmax()], row.max())"""


def _inputs(source: Checkpoint, data: IrregularDataset | None) -> Sequence[IrregularSeries]:
    if data is None:
        return irregular_around(source)
    return data.series[:: -(-len(data) // _SERIES)]


def _compare(
    source: Checkpoint,
    graphs: Mapping[str, Any],
    asked: Any,
    series: Sequence[IrregularSeries],
) -> Iterator[Compared]:
    expected = asked(list(series))
    for start in range(0, len(series), 8):
        found = graphs["model"](**graph_inputs(list(series[start : start + 8])))
        yield "probabilities", found["probabilities"], expected[start : start + 8]


def _functions(model: Any) -> dict[str, Any]:
    from keras import ops

    def answer(inputs: dict[str, Any], lengths: Any) -> dict[str, Any]:
        steps = ops.arange(ops.shape(inputs["times"])[1], dtype="int32")
        inputs["padding_mask"] = ops.expand_dims(steps, 0) < ops.expand_dims(lengths, 1)
        return {"probabilities": model(inputs, training=False)}

    def whole(times: Any, values: Any, static: Any, lengths: Any) -> dict[str, Any]:
        return answer({"times": times, "values": values, "static": static}, lengths)

    def without(times: Any, values: Any, lengths: Any) -> dict[str, Any]:
        return answer({"times": times, "values": values}, lengths)

    return {"model": whole if model.backbone.spec.statics else without}


def _answers(model: Any, series: Sequence[IrregularSeries]) -> list[Any]:
    return [model.predict(list(series), verbose=0)]


def _before(source: Checkpoint) -> str:
    spec = source.backbone
    static = (
        f" `static` holds {counted(len(spec.statics), 'static feature')} in this order: "
        f"{', '.join(spec.statics)}; NaN where one is unknown."
        if spec.statics
        else ""
    )
    return (
        f"A series has times, counted from its first, and an array of shape (time, "
        f"{len(spec.variables)}), in its own units, with NaN for what was not measured then. The "
        f"variables are in this order: {', '.join(spec.variables)}.{static} The rows of a batch "
        "are padded at the end, the times with the last of them and the values with NaN, and "
        "`lengths` says how many steps of each are its own."
    )


def _example(source: Checkpoint, names: Collection[str]) -> str:
    spec = source.backbone
    statics = len(spec.statics)
    return _EXAMPLE.format(
        variables=len(spec.variables),
        value=usual_value(source),
        static=f", static=np.full((1, {statics}), np.nan, np.float32)" if statics else "",
    )


def _raw(source: Checkpoint) -> str:
    name = source.backbone.variables[0]
    value = usual_value(source)
    return (
        f'series = {{"times": [0.0, 1.5], "values": {{{name!r}: [{value}, {value}]}}}}\n'
        "print(model.predict([series], verbose=0))"
    )


def _settings(source: Checkpoint, series: Sequence[IrregularSeries]) -> dict[str, Any]:
    names = source.backbone.names
    chosen = list(series[:: -(-len(series) // 4)])
    return {
        "variables": list(names.variables),
        "statics": list(names.statics),
        "described": described(names),
        "examples": [
            {"name": f"Series {number}", "rows": _rows(one, names)}
            for number, one in enumerate(chosen, 1)
        ],
    }


def _rows(series: IrregularSeries, names: Any) -> list[list[Any]]:
    """Return a series as rows of a long table: a time or null, a name and a value."""
    assert series.static is not None
    rows: list[list[Any]] = [
        [None, name, float(f"{value:.6g}")]
        for name, value in zip(names.statics, series.static, strict=True)
        if not np.isnan(value)
    ]
    for time, values in zip(series.times, series.values, strict=True):
        rows += [
            [float(f"{time:.6g}"), name, float(f"{value:.6g}")]
            for name, value in zip(names.variables, values, strict=True)
            if not np.isnan(value)
        ]
    return rows


EXPORTING = Exporting(
    inputs=_inputs,
    model=lambda model: lambda series: _answers(model, series)[0],
    pipeline=lambda pipeline: pipeline.predict_proba,
    compare=_compare,
    functions=_functions,
    answers=_answers,
    before=_before,
    after=lambda source: (
        "None: `probabilities` sum to 1. Their order is that of `labels.json`; "
        "the largest is the answer."
    ),
    example=_example,
    raw=_raw,
    coarse=0.25,
    web=WebPage(
        graphs=("model",),
        scripts={
            "model.js": "tasks/irregular_time_series_classification/web.js",
            "classes.js": "classes/web.js",
        },
        settings=_settings,
    ),
)
