"""What the tests of every task need to know of detecting anomalies, and its tiny checkpoints."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from zoo import checkpoint
from zoo.common.testing import Cases, Damage, Goal, Streamed
from zoo.formats import CONFIG, WEIGHTS, Checkpoint
from zoo.networks.recurrent.series_spec import SeriesRecurrentBackboneSpec
from zoo.schema import Licenses, ModelInfo
from zoo.series.examples import WatchedDataset
from zoo.series.testing import file_of, pieces_of
from zoo.tasks.time_series_anomaly_detection.recipe import AnomalyDetectionRecipe
from zoo.tasks.time_series_anomaly_detection.rows import read_rows
from zoo.tasks.time_series_anomaly_detection.specs import AnomalyDetectorSpec, detector_shapes

__all__ = ["CASES", "HEAD", "SPEC", "make_detector", "watched"]

SPEC = SeriesRecurrentBackboneSpec(channels=2, cell="gru", units=6)
HEAD = AnomalyDetectorSpec(components=2, hold=20, threshold=0.6)


def watched(rows: int, seed: int = 0, *, spike: bool = True) -> np.ndarray:
    """Return waves with noise, with a value that does not belong at two thirds.

    Args:
        rows: how many.
        seed: of phase and noise.
        spike: whether there is such a value.
    """
    generator = np.random.default_rng(seed)
    time = np.arange(rows) + generator.uniform(0, 20)
    series = 20 + 3 * np.sin(0.3 * time) + generator.normal(0, 0.2, rows)
    if spike:
        series[2 * rows // 3] += 9.0
    return series[:, None]


def make_detector(
    path: Path,
    backbone: SeriesRecurrentBackboneSpec = SPEC,
    head: AnomalyDetectorSpec = HEAD,
) -> Path:
    """Write a tiny detector.

    Args:
        path: the directory to make.
        backbone: arguments of its network.
        head: arguments of its task.
    """
    generator = np.random.default_rng(3)
    tensors = {
        name: generator.normal(0, 0.3, shape).astype(np.float16)
        for name, shape in detector_shapes(backbone, head).items()
    }
    tensors["scaling/mean"] = np.zeros(2, np.float32)
    tensors["scaling/scale"] = np.ones(2, np.float32)
    checkpoint.write(
        path,
        info=ModelInfo(
            name="tiny",
            task="time-series-anomaly-detection",
            architecture=backbone.cell,
            parameters=0,
        ),
        backbone=backbone,
        head=head,
        assets={},
        weights=checkpoint.serialize_tensors(tensors),
    )
    return path


def _fitting(source: Checkpoint) -> list[np.ndarray]:
    return [watched(rows, rows) for rows in (1, 2, 17, 60, 33)]


def _own(folder: Path, part: int) -> tuple[Path, dict[str, str]]:
    values = watched(400, 5 + part, spike=False)[:, 0].tolist()
    path = folder / "metrics.csv"
    path.write_text("\n".join(["load", *map(repr, values)]) + "\n", encoding="utf-8")
    return path, {}


def _recipe(data: Path) -> AnomalyDetectionRecipe:
    return AnomalyDetectionRecipe(
        name="own",
        architecture="gru",
        description="A small detector.",
        method="Forecasts of the next row.",
        dataset=str(data),
        licenses=Licenses(weights="apache-2.0", data="mine"),
        papers=(),
        backbone={"channels": 2, "cell": "gru", "units": 4},
        head={"components": 2},
        window=64,
        windows=32,
        synthetic=2,
        batch_size=16,
        epochs=2,
        patience=2,
        learning_rate=1e-2,
        warmup=0.1,
        final_rate=0.1,
        weight_decay=0.0,
        clipnorm=1.0,
        label_smoothing=0.0,
        average_decay=0.0,
        seed=1,
    )


def _ask_model(model: Any, series: Sequence[np.ndarray]) -> list[Any]:
    return list(model.predict(series, verbose=0))


def _ask_pipeline(pipeline: Any, series: Sequence[np.ndarray]) -> list[Any]:
    return list(pipeline(series))


def _command(folder: Path) -> tuple[list[str], Callable[[Any], Any]]:
    np.save(folder / "series.npy", watched(90))
    place = str(folder / "series.npy")

    def answer(pipeline: Any) -> list[dict[str, Any]]:
        found = pipeline.detect(watched(90))
        return [
            {
                "series": place,
                "scores": found.scores.tolist(),
                "alarms": found.alarms.tolist(),
            }
        ]

    return [place], answer


def _example(value: Any, pipeline: Any, source: Checkpoint, code: str) -> tuple[Any, Any]:
    """A hundred rows of nought, as the network reads them."""
    zeros = np.zeros(100)
    assert not read_rows(zeros, source.head)[0].any()
    return [np.asarray(value[0])[0]], [pipeline.model.scores_and_forecasts(zeros)[1]]


def _file(folder: Path) -> tuple[Path, dict[str, Any], Callable[[Any], Any]]:
    (folder / "series").mkdir()
    for number, series in enumerate(CASES.inputs):
        np.save(folder / "series" / f"{number}.npy", series)

    def answer(pipeline: Any) -> list[dict[str, Any]]:
        rows = []
        for series, found in zip(CASES.inputs, pipeline.detect(CASES.inputs), strict=True):
            for row, value in enumerate(series[:, 0].tolist()):
                rows.append(
                    {
                        "row": row + 1,
                        "value": value,
                        "score": float(found.scores[row]),
                        "alarm": bool(found.alarms[row]),
                        "low": float(found.low[row]),
                        "high": float(found.high[row]),
                    }
                )
        return rows

    return folder / "series", {}, answer


def _fit(model: Any, data: WatchedDataset) -> Any:
    model.compile()
    return model.fit(data.series, window=64, epochs=1, verbose=0)


CASES: Cases = Cases(
    variants={"gru": make_detector},
    shallow="gru",
    inputs=[watched(150), watched(90, 7), watched(61, 2)],
    fitting=_fitting,
    odd=[watched(1), watched(2), np.zeros((40, 1)), watched(60) * 1e6, watched(50)[:, 0]],
    refused=[
        ([], "at least one"),
        ([np.ones((5, 3))], "channel"),
        ([np.full((5, 1), np.nan)], "NaN|finite"),
        (["a text"], "numbers"),
        ([np.full((5, 1), 1e200)], "Check the units"),
    ],
    ask_model=_ask_model,
    ask_pipeline=_ask_pipeline,
    command=_command,
    file=_file,
    example=_example,
    tolerance=1e-5,
    data=lambda: WatchedDataset([watched(300)], [np.array([[195, 210]])]),
    fit=_fit,
    own=_own,
    recipe=_recipe,
    settings={"epochs": 12, "batch_size": 2, "learning_rate": 1e-2},
    goal=Goal("nll", most=1.0),  # a network that knows nothing of the waves has 1.1
    seeds=3,
    damages={
        "units": Damage(
            CONFIG, lambda c: c["config"]["backbone"]["config"].update(units=10**9), "units"
        ),
        "class": Damage(CONFIG, lambda c: c.update(class_name="Lambda"), "Lambda"),
        "hold": Damage(CONFIG, lambda c: c["config"].update(hold=0), "hold"),
        "tensor": Damage(WEIGHTS, lambda t: t.pop("forecast/bias"), "forecast/bias"),
        "numbers": Damage(WEIGHTS, lambda t: t["forecast/kernel"].fill(np.nan), "NaN"),
    },
    streamed=Streamed(
        begin=lambda pipeline, series: pipeline.session(),
        pieces=pieces_of,
        joined=lambda pipeline, answers: np.concatenate(answers)[:, 0],
        whole=lambda pipeline, series: pipeline(series),
        refused=(np.array([[np.nan]]), "finite numbers"),
    ),
    explained=file_of(watched(50)),
    inspected=file_of(watched(50)),
    board=("detector/",),
)
