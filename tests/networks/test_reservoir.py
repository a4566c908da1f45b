"""Reservoirs: weights from a seed, the layer and the dynamics against their equations."""

from __future__ import annotations

import hashlib
from pathlib import Path

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reservoir_equations import dense, equations
from zoo.errors import InputError
from zoo.networks.echo_state.layers import EchoState, EchoStateCell
from zoo.networks.echo_state.reservoir import EchoStateSpec, draw_reservoir, spectral_radius
from zoo.networks.echo_state.states import EchoStates

ROOT = Path(__file__).parents[2]
ARGUMENTS = {
    "units": 24,
    "reservoirs": 2,
    "spectral_radius": 0.8,
    "leak_rate": 0.4,
    "density": 0.3,
    "input_scaling": 0.7,
    "bias_scaling": 0.2,
    "seed": 5,
}
FEEDBACK = {"feedback_size": 2, "feedback_scaling": 0.6}


@pytest.mark.parametrize("units", [60, 401])
@pytest.mark.parametrize("density", [0.01, 0.1])
def test_the_spectral_radius_is_what_was_asked_for(units, density):
    density = max(density, 4 / units)
    spec = EchoStateSpec(units=units, density=density, spectral_radius=1.25, seed=2)
    matrix = dense(draw_reservoir(spec, 1))
    assert np.abs(np.linalg.eigvals(matrix)).max() == pytest.approx(1.25, abs=1e-6)


def test_every_reservoir_of_a_committee_stands_alone_with_that_radius():
    weights = draw_reservoir(EchoStateSpec(**ARGUMENTS), 1)
    matrix = dense(weights)
    assert not matrix[:12, 12:].any() and not matrix[12:, :12].any()
    for rows in (slice(0, 12), slice(12, 24)):
        radius = np.abs(np.linalg.eigvals(matrix[rows, rows])).max()
        assert radius == pytest.approx(0.8, abs=1e-6)
    assert not np.array_equal(matrix[:12, :12], matrix[12:, 12:])


@given(
    st.integers(1, 60), st.floats(0.01, 1.0), st.integers(0, 2**62 - 1), st.sampled_from([1, 2, 3])
)
def test_every_unit_hears_as_many_different_ones_of_its_own_reservoir(
    size, density, seed, reservoirs
):
    spec = EchoStateSpec(
        units=size * reservoirs,
        reservoirs=reservoirs,
        density=density,
        seed=seed,
        spectral_radius=0.0,
    )
    columns = draw_reservoir(spec, 1)["recurrent_columns"]
    assert columns.shape == (spec.units, spec.connections)
    assert (np.diff(columns, axis=1) > 0).all()
    assert (columns // size == np.arange(spec.units)[:, None] // size).all()


def test_columns_are_drawn_evenly():
    spec = EchoStateSpec(units=40, density=0.25, seed=1, spectral_radius=0.0)
    counts = sum(
        np.bincount(
            draw_reservoir(EchoStateSpec(**{**_fields(spec), "seed": seed}), 1)[
                "recurrent_columns"
            ].ravel(),
            minlength=40,
        )
        for seed in range(100)
    )
    # 1,000 expected, of a standard deviation of 27.
    assert np.abs(counts - 1000).max() < 5 * 27.4


def _fields(spec):
    return {name: getattr(spec, name) for name in spec.__struct_fields__}


def test_weights_are_uniform_between_their_bounds():
    weights = draw_reservoir(EchoStateSpec(units=5000, density=0.001, input_scaling=0.3), 4)
    kernel = weights["input_kernel"]
    assert np.abs(kernel).max() <= 0.3 and np.abs(kernel).max() > 0.299
    assert abs(kernel.mean()) < 0.01 and kernel.std() == pytest.approx(0.3 / np.sqrt(3), rel=0.02)


def test_a_seed_always_gives_these_very_weights():
    """The digest was written down once: no other machine, version or backend may change it."""
    weights = draw_reservoir(EchoStateSpec(**{**ARGUMENTS, **FEEDBACK}), 3)
    digest = hashlib.sha256(b"".join(weights[name].tobytes() for name in sorted(weights)))
    assert digest.hexdigest()[:16] == "1ad4f2565b40d47a"
    other = draw_reservoir(EchoStateSpec(**{**ARGUMENTS, **FEEDBACK, "seed": 6}), 3)
    assert all(not np.array_equal(weights[name], other[name]) for name in weights)


def test_the_radius_of_a_large_matrix_agrees_with_all_its_eigenvalues():
    generator = np.random.default_rng(0)
    values = generator.normal(size=(600, 6))
    columns = np.array([generator.choice(600, 6, replace=False) for _ in range(600)])
    matrix = dense({"recurrent_columns": columns, "recurrent_values": values})
    expected = np.abs(np.linalg.eigvals(matrix)).max()
    assert spectral_radius(values, columns) == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("feedback", [{}, FEEDBACK])
def test_layer_and_dynamics_follow_the_equations(feedback):
    layer = EchoState(**ARGUMENTS, **feedback)
    inputs = np.random.default_rng(0).normal(size=(3, 30, 5)).astype(np.float32)
    size = 5 - feedback.get("feedback_size", 0)
    received = keras.ops.convert_to_numpy(layer(inputs))
    weights = draw_reservoir(layer.spec, size)
    states = EchoStates(weights, 0.4)
    for series, output in zip(inputs, received, strict=True):
        own, fed_back = series[:, :size], series[:, size:] if feedback else None
        expected = equations(weights, 0.4, own.astype(np.float64), fed_back)
        np.testing.assert_allclose(states.run(own, feedback=fed_back), expected, atol=1e-13)
        np.testing.assert_allclose(output, expected, atol=1e-6)
    batch = states.zeros(3)
    for step in range(30):
        fed_back = inputs[:, step, size:].T if feedback else None
        batch = states.update(batch, inputs[:, step, :size].T, fed_back)
    np.testing.assert_allclose(batch.T, received[:, -1], atol=1e-6)


def test_the_state_goes_in_and_comes_out_and_a_mask_holds_it():
    layer = EchoState(**ARGUMENTS, return_state=True)
    inputs = np.random.default_rng(1).normal(size=(2, 9, 3)).astype(np.float32)
    whole, end = layer(inputs)
    _, middle = layer(inputs[:, :4])
    rest, again = layer(inputs[:, 4:], initial_state=middle)
    np.testing.assert_allclose(rest, whole[:, 4:], atol=1e-6)
    np.testing.assert_allclose(again, end, atol=1e-6)
    mask = np.arange(9) < np.array([[4], [9]])
    _, masked = layer(inputs, mask=mask)
    np.testing.assert_allclose(masked[0], middle[0], atol=1e-6)
    np.testing.assert_allclose(masked[1], end[1], atol=1e-6)


def test_weights_are_frozen_unless_asked_for_and_gradients_pass_either_way():
    import tensorflow as tf

    if keras.backend.backend() != "tensorflow":
        pytest.skip("the gradients are taken with TensorFlow's tape")
    inputs = tf.constant(np.random.default_rng(2).normal(size=(2, 6, 3)), tf.float32)
    for trainable in (False, True):
        layer = EchoState(**ARGUMENTS, trainable=trainable)
        layer.build(inputs.shape)
        names = {variable.name for variable in layer.trainable_weights}
        assert names == ({"recurrent_values", "input_kernel", "bias"} if trainable else set())
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            loss = tf.reduce_sum(layer(inputs)[:, -1])
        sources = [inputs, *[variable.value for variable in layer.trainable_weights]]
        for gradient in tape.gradient(loss, sources):
            assert np.isfinite(gradient).all() and np.abs(gradient).max() > 0


def test_a_gradient_is_that_of_the_equations():
    import tensorflow as tf

    if keras.backend.backend() != "tensorflow":
        pytest.skip("the gradients are taken with TensorFlow's tape")
    layer = EchoState(**ARGUMENTS, dtype="float64")
    inputs = np.random.default_rng(3).normal(size=(1, 5, 2))
    weights = draw_reservoir(layer.spec, 2)
    variable = tf.Variable(inputs)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(layer(variable)[:, -1])
    gradient = tape.gradient(loss, variable).numpy()
    for place in np.ndindex(inputs.shape):
        sums = []
        for sign in (1, -1):
            moved = inputs.copy()
            moved[place] += sign * 1e-5
            sums.append(equations(weights, 0.4, moved[0])[-1].sum())
        assert gradient[place] == pytest.approx((sums[0] - sums[1]) / 2e-5, abs=1e-8)


def test_it_is_rebuilt_from_its_configuration():
    layer = EchoState(**ARGUMENTS, **FEEDBACK, return_sequences=False, trainable=True)
    inputs = np.random.default_rng(4).normal(size=(2, 6, 5)).astype(np.float32)
    config = keras.saving.serialize_keras_object(layer)
    copy = keras.saving.deserialize_keras_object(config)
    assert (copy.spec, copy.trainable, copy.return_sequences) == (layer.spec, True, False)
    np.testing.assert_array_equal(copy(inputs), layer(inputs))
    cell = EchoStateCell(**ARGUMENTS)
    assert EchoStateCell.from_config(cell.get_config()).spec == cell.spec


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"units": 0}, "units"),
        ({"units": 25}, "multiple of reservoirs"),
        ({"leak_rate": 0.0}, "leak_rate"),
        ({"leak_rate": 1.5}, "leak_rate"),
        ({"density": 0.0}, "density"),
        ({"spectral_radius": -1.0}, "spectral_radius"),
        ({"seed": -1}, "seed"),
    ],
)
def test_arguments_out_of_bounds_are_refused(changes, words):
    with pytest.raises(InputError, match=words):
        EchoState(**{**ARGUMENTS, **changes})


def test_inputs_of_fed_back_channels_alone_are_refused():
    with pytest.raises(InputError, match="more than 2 channels"):
        EchoState(**ARGUMENTS, **FEEDBACK)(np.zeros((1, 3, 2)))


def test_reservoirpy_gives_the_same_states():
    nodes = pytest.importorskip("reservoirpy.nodes", reason="reservoirpy is not installed")
    weights = draw_reservoir(EchoStateSpec(**{**ARGUMENTS, "reservoirs": 1}), 3)
    node = nodes.Reservoir(
        units=24,
        lr=0.4,
        W=dense(weights),
        Win=weights["input_kernel"].T.astype(np.float64),
        bias=weights["bias"].astype(np.float64),
    )
    inputs = np.random.default_rng(5).normal(size=(50, 3))
    received = EchoStates(weights, 0.4).run(inputs)
    np.testing.assert_allclose(received, node.run(inputs), atol=1e-6)
