"""What the tests of every task need to know of classifying series, and its tiny checkpoints."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from zoo import checkpoint
from zoo.classes.testing import scores_of
from zoo.common.testing import Cases, Damage, Goal, Streamed
from zoo.formats import CONFIG, WEIGHTS, Checkpoint
from zoo.networks.echo_state.spec import EchoStateBackboneSpec
from zoo.networks.recurrent.series_spec import SeriesRecurrentBackboneSpec
from zoo.schema import Licenses, ModelInfo
from zoo.series.examples import SeriesDataset
from zoo.series.testing import file_of, pieces_of, series_around
from zoo.tasks.time_series_classification.fitting import fit_classifier
from zoo.tasks.time_series_classification.recipe import SeriesClassificationRecipe
from zoo.tasks.time_series_classification.specs import (
    PooledClassifierSpec,
    SequenceClassifierSpec,
    classifier_shapes,
)

__all__ = [
    "CASES",
    "HEAD",
    "LABELS",
    "SPEC",
    "examples",
    "make_gru_classifier",
    "make_lstm_classifier",
    "make_rnn_classifier",
    "make_series_classifier",
]

SPEC = EchoStateBackboneSpec(
    channels=2, units=30, reservoirs=3, leak_rate=0.5, bias_scaling=0.2, density=0.4, seed=1
)
HEAD = SequenceClassifierSpec(num_classes=3, points=4)
LABELS = ("slow", "middle", "fast")


def examples(count: int, seed: int = 0, noise: float = 0.4) -> tuple[list[np.ndarray], np.ndarray]:
    """Return waves of three frequencies, of any phase and of 1 to 25 steps, with noise.

    Args:
        count: how many.
        seed: of phases, lengths and noise.
        noise: its deviation.
    """
    generator = np.random.default_rng(seed)
    labels = np.arange(count) % 3
    series = []
    for label in labels:
        time = np.arange(generator.integers(1 if noise > 1 else 10, 26)) + generator.uniform(0, 9)
        clean = np.stack([np.sin((0.2 + 0.2 * label) * time), np.cos(0.3 * label * time)], axis=1)
        series.append(clean + generator.normal(0, noise, clean.shape))
    return series, labels


def make_series_classifier(path: Path) -> Path:
    """Write a tiny classifier of `examples`.

    Args:
        path: the directory to make.
    """
    tensors = fit_classifier(SPEC, HEAD, *examples(60), ridge=1e-2).tensors
    checkpoint.write(
        path,
        info=ModelInfo(
            name="tiny",
            task="time-series-classification",
            architecture="esn",
            labels=LABELS,
            parameters=0,
        ),
        backbone=SPEC,
        head=HEAD,
        assets={},
        weights=checkpoint.serialize_tensors(tensors),
    )
    return path


def _trained(path: Path, backbone: SeriesRecurrentBackboneSpec, head: PooledClassifierSpec) -> Path:
    generator = np.random.default_rng(3)
    tensors = {
        name: (generator.normal(0, 0.4, shape)).astype(np.float16)
        for name, shape in classifier_shapes(backbone, head).items()
    }
    for name in tensors:
        if name.endswith("/scale"):
            tensors[name] = np.full_like(tensors[name], 0.75)
    checkpoint.write(
        path,
        info=ModelInfo(
            name="tiny",
            task="time-series-classification",
            architecture=backbone.cell.replace("_", "-"),
            labels=LABELS,
            parameters=0,
        ),
        backbone=backbone,
        head=head,
        assets={},
        weights=checkpoint.serialize_tensors(tensors),
    )
    return path


def make_gru_classifier(path: Path) -> Path:
    """Write a tiny classifier over two layers of a GRU that reads frames and differences.

    Args:
        path: the directory to make.
    """
    backbone = SeriesRecurrentBackboneSpec(
        channels=2, cell="gru", units=6, num_layers=2, layer_dropout=0.1, lags=(1, 3), frame=2
    )
    return _trained(
        path, backbone, PooledClassifierSpec(num_classes=3, pooling=("mean", "last", "attention"))
    )


def make_lstm_classifier(path: Path) -> Path:
    """Write a tiny classifier over a bidirectional LSTM that reads two points and their distance.

    Args:
        path: the directory to make.
    """
    backbone = SeriesRecurrentBackboneSpec(
        channels=2, cell="lstm", units=5, bidirectional=True, point_dims=1, frame=3
    )
    return _trained(path, backbone, PooledClassifierSpec(num_classes=3, pooling=("max", "sqrtn")))


def make_rnn_classifier(path: Path) -> Path:
    """Write a tiny classifier over a SimpleRNN.

    Args:
        path: the directory to make.
    """
    backbone = SeriesRecurrentBackboneSpec(channels=2, cell="simple_rnn", units=7)
    return _trained(path, backbone, PooledClassifierSpec(num_classes=3, pooling=("attention",)))


def _own(folder: Path, part: int) -> tuple[Path, dict[str, str]]:
    for number, (series, label) in enumerate(zip(*examples(60, 5 + part, 0.1), strict=True)):
        place = folder / "series" / LABELS[label]
        place.mkdir(parents=True, exist_ok=True)
        np.save(place / f"{number}.npy", series)
    return folder / "series", {}


def _recipe(data: Path) -> SeriesClassificationRecipe:
    return SeriesClassificationRecipe(
        name="own",
        architecture="esn",
        description="A small reservoir.",
        method="Ridge regression.",
        dataset=str(data),
        labels=tuple(sorted(LABELS)),
        licenses=Licenses(weights="apache-2.0", data="mine"),
        papers=(),
        backbone={"channels": 2, "units": 30},
        ridges=(1e-4, 1e-2),
        points=3,
        standardize=True,
        folds=3,
        seed=1,
    )


def _ask_model(model: Any, series: Sequence[np.ndarray]) -> list[Any]:
    return list(model.predict(series, verbose=0))


def _ask_pipeline(pipeline: Any, series: Sequence[np.ndarray]) -> list[Any]:
    return list(pipeline.predict_proba(series))


def _command(folder: Path) -> tuple[list[str], Callable[[Any], Any]]:
    series = examples(1, 2)[0]
    np.save(folder / "series.npy", series[0])
    return [str(folder / "series.npy")], lambda pipeline: pipeline(series)


def _example(value: Any, pipeline: Any, source: Checkpoint, code: str) -> tuple[Any, Any]:
    zeros = np.zeros((20, source.backbone.channels))
    return list(value[0]), list(pipeline.predict_proba([zeros]))


def _file(folder: Path) -> tuple[Path, dict[str, Any], Callable[[Any], Any]]:
    (folder / "series").mkdir()
    for number, series in enumerate(CASES.inputs):
        np.save(folder / "series" / f"{number}.npy", series)
    return folder / "series", {}, lambda pipeline: pipeline(CASES.inputs)


CASES: Cases = Cases(
    variants={
        "committee": make_series_classifier,
        "gru": make_gru_classifier,
        "bidirectional lstm": make_lstm_classifier,
    },
    shallow="committee",
    inputs=examples(6, 1)[0],
    fitting=series_around,
    odd=[np.ones((1, 2)), np.zeros((9, 2)), np.full((3, 2), 1e6)],
    refused=[
        ([], "at least one"),
        ([np.ones((5, 3))], "channels"),
        ([np.full((5, 2), np.nan)], "NaN|finite"),
        (["a text"], "numbers"),
    ],
    ask_model=_ask_model,
    ask_pipeline=_ask_pipeline,
    command=_command,
    file=_file,
    example=_example,
    tolerance=1e-5,
    data=lambda: SeriesDataset(*examples(30, 5)),
    fit=lambda model, data: model.fit(data.series, data.labels, ridge=1.0),
    own=_own,
    recipe=_recipe,
    settings={},
    goal=Goal("accuracy", least=0.7),
    seeds=3,
    damages={
        "units": Damage(
            CONFIG, lambda c: c["config"]["backbone"]["config"].update(units=10**9), "units"
        ),
        "class": Damage(CONFIG, lambda c: c.update(class_name="Lambda"), "Lambda"),
        "tensor": Damage(WEIGHTS, lambda t: t.pop("readout/bias"), "readout/bias"),
        "numbers": Damage(WEIGHTS, lambda t: t["readout/kernel"].fill(np.nan), "NaN"),
    },
    streamed=Streamed(
        begin=lambda pipeline, series: pipeline.session(),
        pieces=pieces_of,
        joined=lambda pipeline, answers: scores_of(pipeline, answers[-1]),
        whole=lambda pipeline, series: pipeline.predict_proba([series])[0],
        refused=(np.zeros(3), "step of shape"),
    ),
    explained=file_of(examples(1, 2)[0][0]),
    inspected=file_of(examples(1, 2)[0][0]),
    board=("saliency/", "states"),
)
