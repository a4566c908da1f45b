"""What the tests of every task need to know of forecasting, and its tiny checkpoints."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from zoo import checkpoint
from zoo.common.testing import Cases, Damage, Goal, Streamed
from zoo.formats import CONFIG, WEIGHTS, Checkpoint
from zoo.networks.echo_state.spec import CELL, EchoStateBackboneSpec
from zoo.schema import Licenses, ModelInfo
from zoo.series.examples import SeriesDataset
from zoo.series.testing import file_of, pieces_of, series_around
from zoo.tasks.time_series_forecasting.fitting import fit_forecaster
from zoo.tasks.time_series_forecasting.network import ReservoirForecaster
from zoo.tasks.time_series_forecasting.recipe import ForecastingRecipe
from zoo.tasks.time_series_forecasting.specs import ForecasterSpec

__all__ = ["CASES", "CHANNELS", "fitted", "make_forecaster", "waves"]

CHANNELS = 2


def waves(steps: int, phase: float = 0.0) -> np.ndarray:
    """Return a series of two channels, of different means and deviations.

    Args:
        steps: how many.
        phase: where it starts.
    """
    time = np.arange(steps) + phase
    return np.stack([5 + np.sin(0.3 * time), 10 * np.cos(0.3 * time) * np.sin(0.05 * time)], 1)


@functools.cache
def fitted(squares: bool = False, units: int = 40, washout: int = 30) -> Any:
    """Return a forecaster of `waves`, its fit, and the arguments of backbone and head.

    Args:
        squares: whether the readout hears squares.
        units: of the reservoir.
        washout: steps before fitting.
    """
    spec = EchoStateBackboneSpec(
        channels=CHANNELS, units=units, leak_rate=0.7, bias_scaling=0.3, density=0.2, seed=3
    )
    head = ForecasterSpec(squares=squares, washout=washout)
    fit = fit_forecaster(spec, head, [waves(400), waves(300, 1000.0)], ridge=1e-7)
    return ReservoirForecaster(fit.tensors, spec, head), fit, spec, head


def make_forecaster(path: Path, squares: bool = False) -> Path:
    """Write a tiny forecaster of `waves`.

    Args:
        path: the directory to make.
        squares: whether the readout hears squares.
    """
    _, fit, spec, head = fitted(squares)
    checkpoint.write(
        path,
        info=ModelInfo(
            name="tiny", task="time-series-forecasting", architecture="esn", parameters=0
        ),
        backbone=spec,
        head=head,
        assets={},
        weights=checkpoint.serialize_tensors(fit.tensors),
    )
    return path


def _own(folder: Path, part: int) -> tuple[Path, dict[str, str]]:
    lines = ["a,b", *(f"{a!r},{b!r}" for a, b in waves(300, 500.0 * part).tolist())]
    (folder / "waves.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder / "waves.csv", {}


def _recipe(data: Path) -> ForecastingRecipe:
    return ForecastingRecipe(
        name="own",
        architecture="esn",
        description="A small reservoir.",
        method="Ridge regression.",
        dataset=str(data),
        licenses=Licenses(weights="apache-2.0", data="mine"),
        papers=(),
        backbone={"channels": CHANNELS, "units": 40},
        ridges=(1e-8, 1e-4),
        squares=False,
        washout=30,
        seed=1,
    )


def _ask(predictor: Any, series: Sequence[np.ndarray]) -> list[Any]:
    return list(predictor.predict(series))


def _command(folder: Path) -> tuple[list[str], Callable[[Any], Any]]:
    series = waves(90)
    np.save(folder / "series.npy", series)
    place = str(folder / "series.npy")
    return [place, "--horizon", "3"], lambda pipeline: [
        {"series": place, "forecast": pipeline(series, horizon=3).tolist()}
    ]


def _example(value: Any, pipeline: Any, source: Checkpoint, code: str) -> tuple[Any, Any]:
    """The last of 11 steps after a thousand zeros, in deviations."""
    zeros, scale = np.zeros((1000, source.backbone.channels)), source.tensors["scaling/scale"]
    forecast = pipeline(zeros, horizon=11)[-1]
    return [value["forecasts"][0, -1] / scale], [forecast / scale]


def _file(folder: Path) -> tuple[Path, dict[str, Any], Callable[[Any], Any]]:
    (folder / "series").mkdir()
    for number, series in enumerate(CASES.inputs):
        np.save(folder / "series" / f"{number}.npy", series)

    def answer(pipeline: Any) -> list[dict[str, Any]]:
        return [
            {"step": step, **{f"channel {index}": value for index, value in enumerate(row)}}
            for forecast in pipeline(CASES.inputs, horizon=3)
            for step, row in enumerate(forecast.tolist(), 1)
        ]

    return folder / "series", {"horizon": 3}, answer


CASES: Cases = Cases(
    variants={
        "values": make_forecaster,
        "squares": functools.partial(make_forecaster, squares=True),
    },
    shallow="values",
    inputs=[waves(50), waves(90, 7.0), waves(17)],
    fitting=series_around,
    odd=[waves(1), waves(2), waves(20).astype(np.float32), waves(30) * 0],
    refused=[
        ([], "at least one"),
        ([np.ones((5, 3))], "channels"),
        ([np.full((5, CHANNELS), np.nan)], "NaN|finite"),
        (["a text"], "numbers"),
    ],
    ask_model=_ask,
    ask_pipeline=_ask,
    command=_command,
    file=_file,
    example=_example,
    tolerance=2e-3,
    data=lambda: SeriesDataset([waves(300)]),
    fit=lambda model, data: model.fit(data.series, ridge=1e-3),
    own=_own,
    recipe=_recipe,
    settings={},
    goal=Goal("rmse_1", most=0.2),  # that nothing changes in a step gives 1.1
    seeds=10,
    damages={
        "units": Damage(
            CONFIG, lambda c: c["config"]["backbone"]["config"].update(units=10**9), "units"
        ),
        "class": Damage(CONFIG, lambda c: c.update(class_name="Lambda"), "Lambda"),
        "washout": Damage(CONFIG, lambda c: c["config"].update(washout=-1), "washout"),
        "tensor": Damage(WEIGHTS, lambda t: t.pop("scaling/mean"), "scaling/mean"),
        "numbers": Damage(WEIGHTS, lambda t: t["readout/kernel"].fill(np.nan), "NaN"),
        "columns": Damage(
            WEIGHTS, lambda t: t[f"{CELL}/recurrent_columns"].__setitem__((0, -1), 40), "below 40"
        ),
    },
    streamed=Streamed(
        begin=lambda pipeline, series: pipeline.session(),
        pieces=pieces_of,
        joined=lambda pipeline, answers: np.concatenate(answers),
        whole=lambda pipeline, series: pipeline.predict(series),
        refused=(np.array([1.0, np.nan]), "finite numbers"),
    ),
    explained=file_of(waves(50)),
    inspected=file_of(waves(50)),
    board=("reservoir/",),
)
