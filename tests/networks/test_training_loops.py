"""LSTMs and GRUs that are trained by loops of the zoo compute what Keras' own loops do."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import ops

from zoo.layers import recurrent

BATCH, TIME, FEATURES, UNITS = 5, 6, 3, 5
MASKS = {
    "no mask": None,
    "padding": np.arange(TIME) < np.array([6, 3, 1, 0, 4])[:, None],
    "gaps": np.random.default_rng(1).random((BATCH, TIME)) < 0.5,
}
CASES = [  # mask, backwards, zeros outside the mask, a state handed over, all outputs
    ("LSTM", "no mask", True, False, True, True),
    ("LSTM", "padding", False, False, False, False),
    ("LSTM", "gaps", True, True, True, True),
    ("GRU", "no mask", False, True, False, True),
    ("GRU", "padding", True, True, True, True),
    ("GRU", "gaps", False, False, True, True),
]

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="the loops are those of TensorFlow"
)


def drawn(*shape):
    generator = np.random.default_rng([int(size) for size in shape])
    return generator.normal(size=shape).astype("float32")


def layer_of(cell, backwards, zeros, every):
    layer = getattr(recurrent, cell)(
        UNITS,
        return_sequences=every,
        return_state=True,
        go_backwards=backwards,
        zero_output_for_mask=zeros,
    )
    layer.build((BATCH, TIME, FEATURES))
    for variable in layer.trainable_variables:
        variable.assign(drawn(*variable.shape))
    return layer


def results(layer, state, mask, compiled):
    """Return outputs, states and all gradients of a step of training."""
    import tensorflow as tf

    x = tf.constant(drawn(BATCH, TIME, FEATURES))
    given = [] if state is None else [tf.constant(part) for part in state]

    def step():
        with tf.GradientTape() as tape:
            tape.watch([x, *given])
            outputs = layer(x, initial_state=given or None, mask=mask, training=True)
            loss = sum(tf.reduce_sum(one * drawn(*one.shape)) for one in outputs)
        variables = [variable.value for variable in layer.trainable_variables]
        return [*outputs, *tape.gradient(loss, [x, *given, *variables])]

    return [one.numpy() for one in (tf.function(step) if compiled else step)()]


@pytest.mark.parametrize(("cell", "mask", "backwards", "zeros", "handed_over", "every"), CASES)
def test_outputs_states_and_gradients_are_those_of_keras(
    cell, mask, backwards, zeros, handed_over, every, monkeypatch
):
    layer = layer_of(cell, backwards, zeros, every)
    assert recurrent._loop(layer) is not None
    # On two cores each runs half of the rows, here two and three of them.
    monkeypatch.setattr(recurrent, "cores", lambda: 1 + handed_over)
    state = [drawn(BATCH, UNITS)] * (2 if cell == "LSTM" else 1) if handed_over else None
    received = results(layer, state, MASKS[mask], compiled=mask != "no mask")
    monkeypatch.setattr(recurrent, "_loop", lambda layer: None)
    expected = results(layer, state, MASKS[mask], compiled=False)
    for one, other in zip(received, expected, strict=True):
        np.testing.assert_allclose(one, other, atol=2e-5)


def test_both_directions_are_trained_by_the_loops(monkeypatch):
    calls = []
    original = recurrent._by_loop
    monkeypatch.setattr(recurrent, "_by_loop", lambda *a: calls.append(1) or original(*a))
    monkeypatch.setattr(recurrent, "cores", lambda: 2)
    layer = recurrent.both_ways(recurrent.LSTM(UNITS, return_sequences=True))
    x, mask = drawn(BATCH, TIME, FEATURES), MASKS["padding"]
    expected = ops.convert_to_numpy(layer(x, mask=mask))
    assert not calls
    received = ops.convert_to_numpy(layer(x, mask=mask, training=True))
    assert len(calls) == 2
    np.testing.assert_allclose(received, expected, atol=1e-6)
    assert layer.forward_layer.beside_another and layer.backward_layer.beside_another
    one = ops.convert_to_numpy(layer(x[:1], mask=mask[:1], training=True))
    np.testing.assert_allclose(one, expected[:1], atol=1e-6)


@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
def test_a_batch_of_one_row_has_halves_too(compiled, monkeypatch):
    import tensorflow as tf

    layer = recurrent.GRU(UNITS)
    x = drawn(1, TIME, FEATURES)
    monkeypatch.setattr(recurrent, "cores", lambda: 2)

    def step(x):
        return layer(x, training=True)

    received = ops.convert_to_numpy((tf.function(step) if compiled else step)(x))
    np.testing.assert_allclose(received, ops.convert_to_numpy(layer(x)), atol=1e-6)


@pytest.mark.parametrize(
    "options",
    [
        {"dropout": 0.1},
        {"recurrent_dropout": 0.1},
        {"activation": "relu"},
        {"recurrent_activation": "hard_sigmoid"},
        {"use_bias": False},
        {"unroll": True},
        {"dtype": "mixed_bfloat16"},
    ],
    ids=str,
)
def test_other_layers_keep_the_loop_of_keras(options):
    assert recurrent._loop(recurrent.LSTM(UNITS, **options)) is None
    assert recurrent._loop(recurrent.GRU(UNITS, **options)) is None
    assert recurrent._loop(recurrent.GRU(UNITS, reset_after=False)) is None
    assert recurrent._loop(recurrent.SimpleRNN(UNITS)) is None
