"""How exported forecasters are asked, checked and described."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from zoo.formats import Checkpoint
from zoo.interfaces import Compared, Exporting, WebPage
from zoo.series.asked import example_series
from zoo.series.exporting import series_of, shown_series, zeros
from zoo.tasks.time_series_forecasting.doubts import FAR

__all__ = ["EXPORTING"]

# Steps that a page forecasts at first, and the most of an example that it makes up.
_HORIZON = 80
_MOST_EXAMPLE = 1_000
_RESERVOIRS = (
    "the readout of a reservoir weighs small differences of states, and rounded to 8 bits the "
    "error of esn-mackey-glass 84 steps ahead grows from less than 0.0001 deviations to 0.78"
)

_EXAMPLE = """\
series = {zeros}[None].astype(np.float32)  # yours: (batch, time, channels)
state = np.zeros((1, {units}), np.float32)
answer = model(series=series, state=state)
for _ in range(10):  # on from its end, freely: every forecast is the next step
    last = np.asarray(answer["forecasts"])[:, -1:]
    answer = model(series=last, state=np.asarray(answer["next_state"]))
print(np.asarray(answer["forecasts"])[:, -1])"""


# What is exported of a network that was trained takes a series and gives what follows it.
_TRAINED = """\
series = {zeros}[None].astype(np.float32)  # yours: (batch, time, channels)
forecasts = np.asarray(model(series=series)["forecasts"])
print(forecasts.shape)
print(forecasts[0, -1])"""


def _compare(
    source: Checkpoint, graphs: Mapping[str, Any], asked: Any, series: Sequence[np.ndarray]
) -> Iterator[Compared]:
    scale = source.tensors["scaling/scale"]
    if not source.backbone.closed_form:
        for item, expected in zip(series, asked(series), strict=True):
            given = np.asarray(graphs["model"](series=item[None].astype(np.float32))["forecasts"])
            levels = source.head.quantiles
            given = given[..., levels.index(0.5)] if levels else given
            yield "forecasts", given[0] / scale, expected / scale
        return
    for item, expected in zip(series, asked(series), strict=True):
        state, start = np.zeros((1, source.backbone.units), np.float32), 0
        for end in sorted({1, len(item) // 3, len(item)} - {0}):
            piece = item[None, start:end].astype(np.float32)
            found = graphs["model"](series=piece, state=state)
            given = np.asarray(found["forecasts"])[0]
            yield "forecasts", given / scale, expected[start:end] / scale
            state, start = np.asarray(found["next_state"]), end


def _functions(model: Any) -> dict[str, Any]:
    from keras import ops

    backbone = model.backbone
    if not backbone.spec.closed_form:

        def ahead(series: Any) -> dict[str, Any]:
            mask = ops.ones_like(series[..., 0], dtype="bool")
            inputs = {"series": series, "padding_mask": mask}
            return {"forecasts": model(inputs, training=False)}

        return {"model": ahead}

    def whole(series: Any, state: Any) -> dict[str, Any]:
        scaled = backbone.scaling(series)
        _, states, last = backbone.echo_state.inner_loop(scaled, [state], None, training=False)
        features = ops.concatenate([states, scaled], axis=-1)
        if model.spec.squares:
            features = ops.concatenate([features, ops.square(features)], axis=-1)
        forecasts = backbone.scaling(model.readout(features), invert=True)
        return {"forecasts": forecasts, "next_state": last[0]}

    return {"model": whole}


def _answers(model: Any, series: Sequence[np.ndarray]) -> list[Any]:
    return list(model.predict(list(series)))


def _before(source: Checkpoint) -> str:
    backbone = source.backbone
    if not backbone.closed_form:
        return (
            f"A series is an array of shape (time, {backbone.channels}), in its own units: the "
            "graph scales it. The series of a batch are of one length. The last "
            f"{backbone.look_back} steps are read; of a shorter series all of them."
        )
    return (
        f"A series is an array of shape (time, {source.backbone.channels}), in its own units: the "
        "graph scales it. Series of different lengths are asked one by one, or cut into pieces of "
        "one length. `state` is zeros before the first step, and `next_state` of a piece is "
        "`state` of the piece that follows. Until the state no longer depends on where it started, "
        f"some {source.head.washout} steps, forecasts are of little worth."
    )


def _after(source: Checkpoint) -> str:
    if source.backbone.closed_form:
        return (
            "None: `forecasts` are in the units of the series. The last of them, given back as "
            "the next step, runs the model freely."
        )
    levels = ", ".join(f"{level:g}" for level in source.head.quantiles)
    several = f", and of each number its quantiles {levels}" if levels else ""
    return (
        f"None: `forecasts` are the {source.backbone.horizon} steps that follow, in the units of "
        f"the series{several}."
    )


def _raw(source: Checkpoint) -> str:
    return f"print(model.forecast({zeros(source)}, horizon=3))"


def _example(source: Checkpoint, names: Collection[str]) -> str:
    if not source.backbone.closed_form:
        return _TRAINED.format(zeros=zeros(source))
    return _EXAMPLE.format(zeros=zeros(source), units=source.backbone.units)


def _settings(source: Checkpoint, series: Sequence[np.ndarray]) -> dict[str, Any]:
    mean, scale = source.tensors["scaling/mean"], source.tensors["scaling/scale"]
    backbone, closed = source.backbone, source.backbone.closed_form
    read = source.head.washout if closed else backbone.look_back
    waves = example_series(mean, scale, max(2, min(read, _MOST_EXAMPLE)))
    levels = () if closed else source.head.quantiles
    return {
        "channels": backbone.channels,
        "units": backbone.units,
        "mean": mean.tolist(),
        "scale": scale.tolist(),
        "washout": read,
        # Steps that a network forecasts at once; 0 of a reservoir, which goes step by step.
        "ahead": 0 if closed else backbone.horizon,
        "outputs": max(1, len(levels)),
        "middle": levels.index(0.5) if levels else 0,
        "far": FAR,
        "horizon": _HORIZON,
        "examples": [
            *shown_series(series[:1], 1, _HORIZON),
            {"name": "Other waves", "given": waves, "follows": []},
        ],
    }


EXPORTING = Exporting(
    inputs=series_of,
    model=lambda model: lambda series: _answers(model, series),
    pipeline=lambda pipeline: lambda series: pipeline.predict(list(series)),
    compare=_compare,
    functions=_functions,
    answers=_answers,
    before=_before,
    after=_after,
    example=_example,
    raw=_raw,
    coarse=0.25,
    point=lambda source: -0.01,  # of a mean squared error in deviations
    exact=lambda source: _RESERVOIRS if source.backbone.closed_form else "",
    web=WebPage(
        graphs=("model",),
        scripts={
            "model.js": "tasks/time_series_forecasting/web.js",
            "series.js": "series/web.js",
        },
        settings=_settings,
    ),
)
