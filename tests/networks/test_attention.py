"""Additive attention, soft and hard, and the decoder around it, against NumPy equations."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from zoo.layers.attention_decoder import AttentionDecoder
from zoo.layers.bahdanau_attention import BahdanauAttention


def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def filled(layer, seed=0):
    """Give every weight of a layer a random value; return them by name, in float64."""
    generator = np.random.default_rng(seed)
    layer.set_weights([generator.normal(0, 0.6, w.shape) for w in layer.weights])
    return {w.path.split("/")[-1]: np.array(w, np.float64) for w in layer.weights}


def attend(w, query, values, mask):
    """The equation, written out for one query a row."""
    keys = values @ w["key_kernel"] + w["bias"]
    scores = (np.tanh(keys + (query @ w["query_kernel"])[:, None]) @ w["scale"])[..., 0]
    weights = softmax(np.where(mask, scores, -1e9))
    return np.einsum("bs,bsd->bd", weights, values), weights


@given(st.integers(1, 3), st.integers(1, 6), st.integers(0, 2**31 - 1))
@settings(deadline=None, max_examples=20)
def test_attention_is_its_equation(batch, steps, seed):
    generator = np.random.default_rng(seed)
    query = generator.normal(size=(batch, 3))
    values = generator.normal(size=(batch, steps, 4))
    mask = generator.random((batch, steps)) < 0.6
    mask[:, 0] = True
    layer = BahdanauAttention(5)
    layer.build(query.shape, values.shape)
    expected = attend(filled(layer, seed), query, values, mask)
    received = layer(query.astype("float32"), values.astype("float32"), mask)
    for one, other in zip(received, expected, strict=True):
        np.testing.assert_allclose(np.array(one), other, atol=1e-5)
    assert np.all(np.array(received[1])[~mask] == 0)


def test_several_queries_are_each_answered_as_if_alone():
    generator = np.random.default_rng(1)
    query = generator.normal(size=(2, 3, 4)).astype("float32")
    values = generator.normal(size=(2, 5, 6)).astype("float32")
    mask = np.array([[True] * 5, [True, True, False, False, False]])
    layer = BahdanauAttention(7)
    context, weights = layer(query, values, mask)
    assert context.shape == (2, 3, 6) and weights.shape == (2, 3, 5)
    for index in range(3):
        alone, at = layer(query[:, index], values, mask)
        np.testing.assert_allclose(np.array(context)[:, index], np.array(alone), atol=1e-6)
        np.testing.assert_allclose(np.array(weights)[:, index], np.array(at), atol=1e-6)


def test_a_row_without_any_step_gives_no_nan():
    context, weights = BahdanauAttention(3)(
        np.ones((1, 2)), np.ones((1, 4, 2)), np.zeros((1, 4), bool)
    )
    assert np.isfinite(np.array(context)).all() and np.array(weights).sum() == pytest.approx(1)


def test_its_gradients_are_those_of_finite_differences():
    """Through a Keras model on whichever backend: one step of SGD is minus the gradient."""
    generator = np.random.default_rng(2)
    query = generator.normal(size=(2, 3)).astype("float32")
    values = generator.normal(size=(2, 4, 3)).astype("float32")
    mask = np.array([[True, True, True, False], [True, True, False, False]])
    inputs = [keras.Input((3,)), keras.Input((4, 3)), keras.Input((4,), dtype="bool")]
    layer = BahdanauAttention(5)
    model = keras.Model(inputs, layer(*inputs)[0])
    start = filled(layer)
    target = generator.normal(size=(2, 3)).astype("float32")

    def loss(w):
        return np.mean((attend(w, query.astype("f8"), values.astype("f8"), mask)[0] - target) ** 2)

    model.compile(optimizer=keras.optimizers.SGD(1.0), loss="mse")
    before = {name: w.copy() for name, w in start.items()}
    model.train_on_batch([query, values, mask], target)
    for weight in layer.weights:
        name = weight.path.split("/")[-1]
        received = before[name] - np.array(weight)
        expected = np.zeros_like(before[name])
        for place in np.ndindex(before[name].shape):
            sides = []
            for sign in (1, -1):
                moved = {key: value.copy() for key, value in before.items()}
                moved[name][place] += sign * 1e-5
                sides.append(loss(moved))
            expected[place] = (sides[0] - sides[1]) / 2e-5
        np.testing.assert_allclose(received, expected, atol=2e-6, err_msg=name)


@pytest.mark.parametrize("hard", [False, True])
def test_it_is_serialized(hard, tmp_path):
    inputs = [keras.Input((3,)), keras.Input((4, 2))]
    model = keras.Model(inputs, BahdanauAttention(5, hard=hard, seed=1, name="look")(*inputs))
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    data = [np.ones((1, 3), "float32"), np.random.default_rng(0).normal(size=(1, 4, 2))]
    for one, other in zip(
        model.predict(data, verbose=0), loaded.predict(data, verbose=0), strict=True
    ):
        np.testing.assert_array_equal(one, other)
    assert loaded.get_layer("look").get_config() == model.get_layer("look").get_config()


def test_wrong_arguments_are_refused():
    with pytest.raises(ValueError, match="units of at least 1"):
        BahdanauAttention(0)
    with pytest.raises(ValueError, match="Expected a query of shape"):
        BahdanauAttention(2)(np.ones((2,)), np.ones((2, 3, 4)))


def test_hard_attention_looks_at_one_value_and_draws_it_from_the_weights():
    generator = np.random.default_rng(3)
    query, values = generator.normal(size=(1, 3)), generator.normal(size=(1, 4, 2))
    soft, hard = BahdanauAttention(5), BahdanauAttention(5, hard=True, seed=0)
    soft.build(query.shape, values.shape)
    hard.build(query.shape, values.shape)
    filled(soft, 4)
    filled(hard, 4)
    many = [np.repeat(array, 4000, axis=0).astype("float32") for array in (query, values)]
    expected = np.array(soft(*many)[1])[0]
    context, weights = map(np.array, hard(*many, training=True))
    np.testing.assert_allclose(np.sort(weights, axis=1)[:, :-1], 0, atol=1e-6)
    np.testing.assert_allclose(weights.mean(axis=0), expected, atol=0.04)  # five standard errors
    np.testing.assert_allclose(context, many[1][0][weights.argmax(axis=1)], atol=1e-6)
    still = np.array(hard(*many)[1])
    assert (still.argmax(axis=1) == expected.argmax()).all()


@pytest.mark.slow
@pytest.mark.parametrize("hard", [False, True])
def test_it_learns_where_to_look(hard):
    """The value to return is the one whose first number is largest."""
    keras.utils.set_random_seed(0)
    generator = np.random.default_rng(0)
    values = generator.normal(size=(2000, 5, 3)).astype("float32")
    query = np.ones((2000, 1), "float32")
    target = values[np.arange(2000), values[..., 0].argmax(axis=1)]
    inputs = [keras.Input((1,)), keras.Input((5, 3))]
    model = keras.Model(inputs, BahdanauAttention(16, hard=hard, seed=0)(*inputs)[0])
    model.compile(optimizer=keras.optimizers.Adam(3e-2), loss="mse")
    before = model.evaluate([query, values], target, verbose=0)
    model.fit([query, values], target, epochs=12, batch_size=100, verbose=0)
    assert model.evaluate([query, values], target, verbose=0) < before / 5


def gru(w, inputs, fed, state):
    units = state.shape[1]
    x = inputs @ w["kernel"] + fed @ w["feed_kernel"] + w["bias"][0]
    h = state @ w["recurrent_kernel"] + w["bias"][1]
    update, reset = (sigmoid(x[:, i : i + units] + h[:, i : i + units]) for i in (0, units))
    candidate = np.tanh(x[:, 2 * units :] + reset * h[:, 2 * units :])
    return update * state + (1 - update) * candidate


def test_the_decoder_is_its_equations_and_its_steps_are_its_sequence():
    generator = np.random.default_rng(5)
    inputs, values = generator.normal(size=(2, 4, 3)), generator.normal(size=(2, 5, 6))
    state = start = generator.normal(size=(2, 7))
    mask = np.array([[True] * 5, [True, True, False, False, False]])
    decoder = AttentionDecoder(units=7, attention_units=4, output_dim=3)
    single = [x.astype("float32") for x in (inputs, values)]
    decoder(*single, mask, state.astype("float32"))
    generator = np.random.default_rng(6)
    decoder.set_weights([generator.normal(0, 0.5, w.shape) for w in decoder.weights])
    own = {w.path: np.array(w, np.float64) for w in decoder.weights}
    look = {path.split("/")[-1]: w for path, w in own.items() if "/attention/" in path}
    w = {path.split("/")[-1]: w for path, w in own.items() if "/attention/" not in path}
    outputs, weights = decoder(*single, mask, state.astype("float32"))
    fed = np.zeros((2, 3))
    keys = decoder.attention.keys(single[1])
    carried = [ops.convert_to_tensor(start, "float32"), ops.zeros((2, 3))]
    for time in range(4):
        state = gru(w, inputs[:, time], fed, state)
        context, at = attend(look, state, values, mask)
        read = state @ w["state_output_kernel"] + context @ w["context_output_kernel"]
        fed = np.tanh(read + inputs[:, time] @ w["token_output_kernel"] + w["output_bias"])
        np.testing.assert_allclose(np.array(outputs)[:, time], fed, atol=1e-5)
        np.testing.assert_allclose(np.array(weights)[:, time], at, atol=1e-5)
        projected = decoder.project(single[0][:, time])
        *carried, _ = decoder.step(projected, *carried, single[1], keys, mask)
        np.testing.assert_allclose(np.array(carried[1]), fed, atol=1e-5)


def test_what_is_dropped_of_the_state_is_the_same_at_every_step():
    decoder = AttentionDecoder(4, 3, 2, recurrent_dropout=0.5, seed=1)
    arguments = (np.ones((1, 3, 2)), np.ones((1, 2, 3)), np.ones((1, 2), bool), np.ones((1, 4)))
    still = np.array(decoder(*arguments, training=False)[0])
    np.testing.assert_array_equal(still, np.array(decoder(*arguments, training=False)[0]))
    drawn = [np.array(decoder(*arguments, training=True)[0]) for _ in range(8)]
    assert any(not np.allclose(one, still) for one in drawn)


def test_the_decoder_trains_on_batches_of_any_length():
    decoder = AttentionDecoder(units=8, attention_units=6, output_dim=4)
    inputs = [keras.Input(shape) for shape in ((None, 5), (None, 7))]
    mask, state = keras.Input((None,), dtype="bool"), keras.Input((8,))
    outputs, _ = decoder(*inputs, mask, state)
    model = keras.Model([*inputs, mask, state], outputs)
    model.compile("sgd", "mse")
    for length in (3, 4, 5, 6):  # after the second length TensorFlow leaves the length open
        batch = [
            np.ones((2, length, 5)),
            np.ones((2, length + 1, 7)),
            np.ones((2, length + 1), bool),
            np.ones((2, 8)),
        ]
        loss = model.train_on_batch(batch, np.zeros((2, length, 4)))
        assert np.isfinite(loss)
