"""What the tests of every task need to know of irregular series, and its tiny checkpoints."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from zoo import checkpoint
from zoo.classes.testing import scores_of
from zoo.common.testing import Cases, Damage, Goal, Streamed
from zoo.formats import CONFIG, WEIGHTS, Checkpoint
from zoo.networks.grud.spec import GRUDBackboneSpec
from zoo.networks.odernn.spec import ODERNNBackboneSpec
from zoo.schema import Licenses, ModelInfo
from zoo.series.irregular import IrregularDataset, IrregularSeries
from zoo.series.irregular_examples import irregular_around, usual_value
from zoo.series.irregular_spec import IrregularBackboneSpec
from zoo.tasks.irregular_time_series_classification.examples import Facts
from zoo.tasks.irregular_time_series_classification.recipe import IrregularClassificationRecipe
from zoo.tasks.irregular_time_series_classification.specs import (
    IrregularClassifierSpec,
    tensor_shapes,
)

__all__ = ["CASES", "LABELS", "VARIANTS", "examples", "make_irregular_classifier"]

LABELS = ("low", "high")
_NAMES: dict[str, Any] = {"variables": ("pulse", "heat", "never"), "statics": ("age", "height")}
VARIANTS: dict[str, tuple[IrregularBackboneSpec, int]] = {
    "grud": (GRUDBackboneSpec(**_NAMES, units=5, time_scale=2.0, measurement_dropout=0.1), 6),
    "odernn": (ODERNNBackboneSpec(**_NAMES, units=4, hidden_units=3, solver_steps=2), 0),
}


def examples(count: int, seed: int = 0) -> tuple[list[IrregularSeries], Any]:
    """Return series of 1 to 16 steps, whose pulse is the higher in the second class.

    Args:
        count: how many.
        seed: of all that is drawn.
    """
    generator = np.random.default_rng(seed)
    labels = np.arange(count) % 2
    found = []
    for label in labels:
        steps = generator.integers(1, 17)
        times = np.cumsum(generator.exponential(1.0, steps)) + 100.0
        values = np.stack(
            [
                generator.normal(80 + 15 * label, 5, steps),
                generator.normal(37, 0.5, steps),
                np.full(steps, np.nan),
            ],
            axis=1,
        )
        values[generator.random(values.shape) < 0.4] = np.nan
        values[0, 0] = 80 + 15 * label
        static = np.array([generator.normal(50, 9), np.nan])
        measured = ~np.isnan(values).all(axis=1)
        found.append(IrregularSeries(times[measured], values[measured], static))
    return found, labels


def make_irregular_classifier(path: Path, variant: str = "grud") -> Path:
    """Write a tiny classifier with random weights that float16 holds exactly.

    Args:
        path: the directory to make.
        variant: one of `VARIANTS`.
    """
    spec, hidden = VARIANTS[variant]
    head = IrregularClassifierSpec(
        num_classes=2, hidden_units=hidden, dropout=0.1, state_dropout=0.1
    )
    generator = np.random.default_rng(0)
    weights = {
        name: generator.normal(0, 0.4, shape).astype(np.float16).astype(np.float32)
        for name, shape in tensor_shapes(spec, head).items()
    }
    series, _ = examples(40, 1)
    facts = Facts.fit(series)
    weights |= facts.tensors(facts(series))
    checkpoint.write(
        path,
        info=ModelInfo(
            name="tiny",
            task="irregular-time-series-classification",
            architecture=variant,
            labels=LABELS,
            parameters=0,
        ),
        backbone=spec,
        head=head,
        assets={},
        weights=checkpoint.serialize_tensors(weights),
    )
    return path


def _rows(name: str, series: IrregularSeries, label: str | None) -> list[list[Any]]:
    """Return a series as rows of a long table, the last step first."""
    rows: list[list[Any]] = [] if label is None else [[name, "", "label", label]]
    assert series.static is not None
    rows += [
        [name, "", what, value]
        for what, value in zip(_NAMES["statics"], series.static, strict=True)
        if not np.isnan(value)
    ]
    for time, values in list(zip(series.times, series.values, strict=True))[::-1]:
        rows += [
            [name, repr(float(time)), what, repr(float(value))]
            for what, value in zip(_NAMES["variables"], values, strict=True)
            if not np.isnan(value)
        ]
    return rows


def _write(path: Path, series: Sequence[IrregularSeries], labels: Sequence[str] | None) -> Path:
    with open(path, "w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["id", "time", "name", "value"])
        for number, one in enumerate(series):
            table.writerows(_rows(f"p{number}", one, None if labels is None else labels[number]))
    return path


def _own(folder: Path, part: int) -> tuple[Path, dict[str, str]]:
    series, labels = examples(40, 5 + part)
    return _write(folder / "series.csv", series, [LABELS[label] for label in labels]), {}


def _recipe(data: Path) -> IrregularClassificationRecipe:
    return IrregularClassificationRecipe(
        name="own",
        architecture="grud",
        description="A small network.",
        method="Cross-entropy.",
        dataset=str(data),
        labels=tuple(sorted(LABELS)),
        licenses=Licenses(weights="apache-2.0", data="mine"),
        papers=(),
        kind=GRUDBackboneSpec,
        backbone={"units": 3},
        hidden_units=0,
        dropout=0.0,
        state_dropout=0.0,
        batch_size=16,
        epochs=2,
        patience=2,
        learning_rate=0.05,
        warmup=0.1,
        final_rate=0.1,
        weight_decay=0.0,
        clipnorm=1.0,
        label_smoothing=0.0,
        average_decay=0.5,
        seed=1,
    )


def _command(folder: Path) -> tuple[list[str], Callable[[Any], Any]]:
    series = examples(2, 2)[0]
    return [str(_write(folder / "series.csv", series, None))], lambda pipeline: pipeline(series)


def _one_file(folder: Path) -> str:
    return str(_write(folder / "one.csv", examples(1, 2)[0], None))


def _example(value: Any, pipeline: Any, source: Checkpoint, code: str) -> tuple[Any, Any]:
    first = source.backbone.variables[0]
    measured = usual_value(source)
    given = {"times": [0.0, 1.5], "values": {first: [measured, measured]}}
    return list(value[0]), list(pipeline.predict_proba([given]))


def _file(folder: Path) -> tuple[Path, dict[str, Any], Callable[[Any], Any]]:
    (folder / "series").mkdir()
    for number, series in enumerate(CASES.inputs):
        _write(folder / "series" / f"{number}.csv", [series], None)
    return (
        folder / "series",
        {},
        lambda pipeline: [{"id": "p0", **answer} for answer in pipeline(list(CASES.inputs))],
    )


def _pieces(series: IrregularSeries, cuts: Sequence[float]) -> list[Any]:
    """Return a series in pieces, one step alone as a pair of a time and values."""
    places = [0, *(int(cut * series.steps) for cut in cuts), series.steps]
    found: list[Any] = []
    for first, last in pairwise(places):
        if last - first == 1 and found:
            found.append((series.times[first], series.values[first]))
        elif last > first or not found:
            static = None if found else series.static
            part = slice(first, last)
            found.append(IrregularSeries(series.times[part], series.values[part], static))
    return found


def _fit(model: Any, data: IrregularDataset) -> None:
    model.fit(data.series, data.labels, epochs=1, verbose=0)


_EMPTY = IrregularSeries(np.zeros(0), np.zeros((0, 3)), np.array([40.0, 180.0]))
_LATE = IrregularSeries(
    np.array([1.7e9, 1.7e9 + 0.5]), np.array([[1e9, np.nan, 0], [np.nan, -1e9, np.nan]]), None
)

CASES: Cases = Cases(
    variants={name: partial(make_irregular_classifier, variant=name) for name in VARIANTS},
    shallow="grud",
    inputs=examples(6, 1)[0],
    fitting=irregular_around,
    odd=[_EMPTY, _LATE, IrregularSeries(np.zeros(1), np.full((1, 3), np.nan), None)],
    refused=[
        ([], "at least one"),
        ([{"times": [0, 1], "values": {"pulse": [80, 81], "weight": [1, 2]}}], "weight"),
        ([{"times": [1, 0], "values": {"pulse": [80, 81]}}], "run backwards"),
        ([{"times": [1, 1], "values": {"pulse": [80, 81]}}], "repeat"),
        ([{"times": [0], "values": {"pulse": [80]}, "static": [1, 2, 3]}], "static features"),
        ([{"times": [0], "values": [[1, 2]]}], "shape"),
        ([{"times": [0], "values": {"pulse": [np.inf]}}], "finite"),
        (["a text"], "Received: 'a text'"),
    ],
    ask_model=lambda model, series: list(model.predict(series, verbose=0)),
    ask_pipeline=lambda pipeline, series: list(pipeline.predict_proba(series)),
    command=_command,
    file=_file,
    example=_example,
    tolerance=1e-5,
    data=lambda: IrregularDataset.of(*examples(30, 5)),
    fit=_fit,
    own=_own,
    recipe=_recipe,
    settings={"epochs": 3, "patience": 3, "batch_size": 8, "learning_rate": 0.05},
    goal=Goal("auc", least=0.9),
    seeds=3,
    damages={
        "units": Damage(
            CONFIG, lambda c: c["config"]["backbone"]["config"].update(units=10**9), "units"
        ),
        "names": Damage(
            CONFIG,
            lambda c: c["config"]["backbone"]["config"].update(variables=["a", "a", "b"]),
            "different names",
        ),
        "class": Damage(CONFIG, lambda c: c.update(class_name="Lambda"), "Lambda"),
        "tensor": Damage(WEIGHTS, lambda t: t.pop("logits/bias"), "logits/bias"),
        "numbers": Damage(WEIGHTS, lambda t: t["logits/bias"].fill(np.nan), "NaN"),
    },
    streamed=Streamed(
        begin=lambda pipeline, series: pipeline.session(),
        pieces=_pieces,
        joined=lambda pipeline, answers: scores_of(pipeline, answers[-1]),
        whole=lambda pipeline, series: pipeline.predict_proba([series])[0],
        refused=((1.0, [80.0]), "shape"),
    ),
    explained=_one_file,
    inspected=_one_file,
    board=("saliency/", "states", "gates"),
)
