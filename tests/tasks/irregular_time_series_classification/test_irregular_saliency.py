"""What every measurement adds to an answer, and the states of the networks between them."""

from __future__ import annotations

import csv
import functools
import json

import numpy as np
import pytest

import zoo
from suite.cases import tiny
from zoo import checkpoint
from zoo.series.irregular import IrregularSeries
from zoo.series.irregular_features import Scaling
from zoo.tasks.irregular_time_series_classification.network import IrregularNetwork
from zoo.tasks.irregular_time_series_classification.testing import (
    LABELS,
    VARIANTS,
    examples,
    make_irregular_classifier,
)

TASK = "irregular-time-series-classification"


@functools.cache
def loaded():
    return zoo.load(tiny(TASK))


@pytest.mark.slow
@pytest.mark.at_once
def test_what_measurements_add_sums_to_the_difference_from_usual_values():
    model = loaded()
    (series,), _ = examples(1, 7)
    found = zoo.explain(model, series, label=LABELS[1])
    (probabilities,) = model.predict(series)
    assert found.label == LABELS[1] and found.value == pytest.approx(probabilities[1], rel=1e-5)
    total = found.scores.sum() + found.static.sum()
    assert total == pytest.approx(found.score - found.baseline, rel=0.01, abs=1e-3)
    # The baseline is that of usual values measured at the same times.
    tensors = checkpoint.read(tiny(TASK)).tensors
    usual, static = (
        Scaling.of(tensors, name).back(np.zeros(count))
        for name, count in (("scaling", 3), ("static_scaling", 2))
    )
    at_same_times = IrregularSeries(
        series.times,
        np.where(np.isnan(series.values), np.nan, usual),
        np.where(np.isnan(series.static), np.nan, static),
    )
    (plain,) = model.predict(at_same_times)
    assert found.baseline == pytest.approx(np.log(plain[1] / plain[0]), abs=1e-4)
    # What was not measured adds nothing, and an artefact no more than what it is heard as.
    assert not found.scores[np.isnan(series.values)].any() and found.static[1] == 0
    far = series.values.copy()
    far[0, 0] = 1e9
    artefact = zoo.explain(model, IrregularSeries(series.times, far, series.static))
    sums = artefact.scores.sum() + artefact.static.sum()
    assert sums == pytest.approx(artefact.score - artefact.baseline, rel=0.01, abs=1e-3)


@pytest.mark.slow
@pytest.mark.at_once
def test_a_picture_a_table_and_json_hold_every_measurement(tmp_path):
    series, _ = examples(3, 4)
    with open(tmp_path / "stays.csv", "w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["id", "time", "name", "value"])
        for number, one in enumerate(series):
            table.writerow([f"p{number}", "", "age", one.static[0]])
            for step, column in np.argwhere(~np.isnan(one.values)):
                name = ("pulse", "heat", "never")[column]
                table.writerow([f"p{number}", one.times[step], name, one.values[step, column]])
    found = zoo.explain(loaded(), tmp_path / "stays.csv", id="p1", method="gradient_x_input")
    count = int((~np.isnan(series[1].values)).sum())
    assert len(found.measured) == count and len(found.as_rows()) == count + 3
    content = json.loads(json.dumps(found.as_json()))
    assert [one["score"] for one in content["measurements"]] == [s for *_, s in found.measured]
    assert [one["name"] for one in content["static"]] == ["age"]
    figure = found.draw()
    names = [axes.get_ylabel().split("\n")[0] for axes in figure.axes]
    assert names == ["all add to the", "pulse", "heat", "static"] or names[1] == "heat"
    drawn = np.concatenate([axes.collections[0].get_array() for axes in figure.axes[1:3]])
    np.testing.assert_allclose(np.sort(drawn), np.sort([s for *_, s in found.measured]))
    assert found.write(tmp_path / "why.png").read_bytes().startswith(b"\x89PNG")
    for options, words in (({}, "--id p0"), ({"id": "p9"}, "Received: 'p9'")):
        with pytest.raises(zoo.InputError, match=words):
            zoo.explain(loaded(), tmp_path / "stays.csv", **options)
    with pytest.raises(zoo.InputError, match="one series"):
        zoo.explain(loaded(), series)
    with pytest.raises(zoo.InputError, match="at least one measurement"):
        zoo.inspect(loaded(), {"times": [], "values": {}})
    nothing = zoo.explain(loaded(), {"times": [], "values": {}, "static": {"age": 40}})
    assert nothing.scores.shape == (0, 3) and nothing.draw().axes


@pytest.mark.parametrize("variant", VARIANTS)
def test_states_and_gates_are_those_of_the_steps(variant, tmp_path):
    """By the update gate alone the state is between the one before and what is new."""
    source = checkpoint.read(make_irregular_classifier(tmp_path / "tiny", variant))
    network = IrregularNetwork(source.tensors, source.backbone, source.head)
    generator, units = np.random.default_rng(0), source.backbone.units
    state = network.steps.start(2)
    read = generator.normal(size=(2, 3)), generator.random((2, 3)) < 0.5, np.full((2, 1), 3.0)
    state = network.steps.after(state, *read)
    gates = network.steps.gates(state, *read)
    assert {"update", "reset"} <= set(gates)
    assert all(gate.min() >= 0 and gate.max() <= 1 for gate in gates.values())
    assert all(gate.shape == (2, units) for gate in gates.values())
    new = network.steps.after(state, *read)[0]
    kept = gates.get("kept of the state")
    if kept is not None:
        candidate = (new - gates["update"] * kept * state[0]) / (1 - gates["update"])
        assert np.abs(candidate).max() <= 1


def test_times_are_the_names_of_steps():
    series = IrregularSeries(np.array([3.0, 4.5]), np.array([[80, np.nan, 1], [np.nan, 37, 2]]))
    trace = zoo.inspect(loaded(), series)
    assert trace.tokens == ["3", "4.5"] and trace.unit == "time"
    (layer,) = trace.layers
    assert layer.states.shape == (2, 5) and set(layer.gates) > {"update", "reset"}
    session = zoo.pipeline(tiny(TASK)).session()
    session.step(series)
    np.testing.assert_allclose(layer.states[-1], session.state.hidden[0][0], atol=1e-6)
