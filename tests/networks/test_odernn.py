"""The ODE-RNN: its solution is that of SciPy, and the solver is chosen at load."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import ops
from scipy.integrate import solve_ivp

import zoo
from suite.cases import tiny
from zoo import checkpoint
from zoo.graphs.session import make_session
from zoo.networks.odernn.layers import ODERNN, ODERNNCell, solve
from zoo.tasks.irregular_time_series_classification.graph import irregular_classifier_graph
from zoo.tasks.irregular_time_series_classification.pipeline import graph_inputs
from zoo.tasks.irregular_time_series_classification.testing import CASES

TASK = "irregular-time-series-classification"


@pytest.fixture(scope="module")
def cell():
    keras.utils.set_random_seed(3)
    made = ODERNNCell(units=5, hidden_units=9, time_scale=2.0)
    made.build((None, 4))
    for weight in made.weights:
        weight.assign(np.random.default_rng(len(weight.path)).normal(0, 0.7, weight.shape))
    return made


def test_the_solution_between_two_times_is_that_of_scipy(cell):
    start = np.random.default_rng(0).normal(size=5)
    kernel, bias, outer, outer_bias = (
        ops.convert_to_numpy(getattr(cell, f"slope_{name}")).astype(float)
        for name in ("kernel", "bias", "output_kernel", "output_bias")
    )

    def slope(time, state):
        # Time is counted in the unit of the cell, twice as long as that of the series.
        return (np.tanh(state @ kernel + bias) @ outer + outer_bias) / 2.0

    exact = solve_ivp(slope, (0.0, 1.5), start, rtol=1e-10, atol=1e-12).y[:, -1]
    given = ops.convert_to_tensor(start[None].astype("float32"))
    span = ops.convert_to_tensor(np.array([[0.75]], "float32"))

    def error(solver, steps):
        found = solve(cell.slope, given, span, solver, steps)
        return np.abs(ops.convert_to_numpy(found)[0] - exact).max()

    assert error("rk4", 40) < 2e-6
    # Steps of half the length err half as much with Euler's method, a sixteenth with the other.
    assert error("euler", 32) / error("euler", 64) == pytest.approx(2, rel=0.1)
    assert error("rk4", 2) / error("rk4", 4) > 11
    assert error("rk4", 2) < error("euler", 16)


@pytest.mark.slow
def test_the_layer_is_usable_in_any_model_and_learns():
    """Whether a signal that is seen now and then was last above zero more than a while ago."""
    generator = np.random.default_rng(0)
    times = np.cumsum(generator.exponential(1.0, (256, 3)), axis=1).astype("float32")
    values = generator.normal(size=(256, 3, 1)).astype("float32")
    labels = (times[:, -1] - times[:, -2] > 0.7).astype("float32")
    series, when = keras.Input((None, 1)), keras.Input((None,))
    states = ODERNN(8, hidden_units=8)(series, when)
    model = keras.Model([series, when], keras.layers.Dense(1, "sigmoid")(states))
    model.compile(keras.optimizers.Adam(0.02), "binary_crossentropy", metrics=["accuracy"])
    history = model.fit([values, times], labels, epochs=20, batch_size=64, verbose=0).history
    assert history["loss"][-1] < 0.6 * history["loss"][0]
    again = keras.Model.from_config(model.get_config())
    assert again.layers[-2].get_config() == model.layers[-2].get_config()


def test_a_masked_step_leaves_the_state_as_it_is():
    layer = ODERNN(3, return_sequences=True)
    times, mask = np.array([[0.0, 1.0, 5.0]]), np.array([[True, True, False]])
    states = ops.convert_to_numpy(layer(np.ones((1, 3, 2)), times, mask=mask))
    np.testing.assert_array_equal(states[0, 1], states[0, 2])


@pytest.mark.at_once
def test_the_solver_and_its_steps_are_chosen_at_load():
    source = tiny(TASK, "odernn")
    given = CASES.inputs[:3]
    usual = zoo.pipeline(source).predict_proba(given)
    finer = zoo.pipeline(source, solver_steps=5).predict_proba(given)
    other = zoo.pipeline(source, solver="rk4", solver_steps=3)
    model = zoo.load(source, solver="rk4", solver_steps=3)
    assert np.abs(finer - usual).max() > 1e-6
    np.testing.assert_allclose(model.predict(given), other.predict_proba(given), atol=1e-5)
    assert model.backbone.get_config()["solver_steps"] == 3
    chosen = checkpoint.read(source).with_network({"solver": "rk4", "solver_steps": 3})
    graph = make_session(irregular_classifier_graph(chosen))
    (found,) = graph.run(None, graph_inputs(given))
    np.testing.assert_allclose(found, other.predict_proba(given), atol=1e-5)
    for wrong, words in (
        ({"solver": "heun"}, "solver"),
        ({"solver_steps": 0}, "solver_steps"),
        ({"units": 9}, r"solver, solver_steps\. Received: 'units'"),
    ):
        with pytest.raises(zoo.InputError, match=words):
            zoo.pipeline(source, **wrong)
    with pytest.raises(zoo.InputError, match=r"none\. Received: 'solver'"):
        zoo.load(tiny(TASK, "grud"), solver="rk4")
