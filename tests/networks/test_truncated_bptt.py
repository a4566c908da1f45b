"""Training on streams in pieces with the state carried over."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import ops

import zoo
from helpers import small_backbone, to_numpy, weight_gradients
from streams import BATCH, MASK, TIME, WORDS, cut, draw_ids, features, make_head, values
from zoo.fitting.optimizer import make_optimizer
from zoo.fitting.truncated_bptt import TruncatedBPTT
from zoo.networks.recurrent.backbone import RecurrentBackbone
from zoo.networks.recurrent.stream import StreamModel

LOSS = "sparse_categorical_crossentropy"


def cross_entropy(outputs, targets, weights):
    """The weighted mean over the steps, in NumPy."""
    chosen = np.take_along_axis(outputs, targets[..., None], -1)[..., 0]
    return -np.sum(weights * np.log(chosen)) / weights.sum()


@pytest.mark.parametrize(("cell", "layers"), [("simple_rnn", 1), ("lstm", 2), ("gru", 1)])
def test_every_piece_is_a_step_along_its_own_gradient(cell, layers, request):
    if cell != "lstm":  # one of them is compiled
        request.getfixturevalue("eagerly")
    rate, steps = 0.5, 4
    stream = StreamModel(small_backbone(cell, layers), make_head())
    begin = values(stream)
    ids, targets = draw_ids(), draw_ids(1)
    weights = np.random.default_rng(2).uniform(0.2, 1, (BATCH, TIME)).astype("float32")
    trainer = TruncatedBPTT(stream, keras.optimizers.SGD(rate), LOSS, steps)
    loss, state = trainer.train_on_batch(features(ids, MASK), targets, None, weights)
    loss_2, _ = trainer.train_on_batch(features(ids, MASK), targets, state, weights)
    end = values(stream)

    # The same by hand: the state of each piece is a constant for the next.
    for variable, value in zip(stream.trainable_variables, begin, strict=True):
        variable.assign(value)
    held = [to_numpy(part) for part in stream.initial_state(BATCH)]
    counted = weights * MASK
    for expected in (loss, loss_2):
        total = 0.0
        for start in range(0, TIME, steps):
            piece = slice(start, start + steps)
            x = cut(features(ids, MASK), start, start + steps)
            w = counted[:, piece]

            def objective(x=x, w=w, piece=piece, held=held):
                outputs, _ = stream((x, held), training=True)
                one_hot = ops.one_hot(targets[:, piece], WORDS)
                log = ops.sum(one_hot * ops.log(outputs), -1)
                return -ops.sum(log * w) / w.sum()

            gradients = weight_gradients(stream.trainable_variables, objective)
            outputs, state = stream((x, held))
            total += w.sum() * cross_entropy(to_numpy(outputs), targets[:, piece], w)
            held = [to_numpy(part) for part in state]
            for variable, gradient in zip(stream.trainable_variables, gradients, strict=True):
                variable.assign(variable - rate * gradient)
        assert expected == pytest.approx(total / counted.sum(), rel=1e-5)
    for found, value in zip(end, values(stream), strict=True):
        np.testing.assert_allclose(found, value, atol=1e-6)


def test_the_loss_of_a_test_is_that_of_the_whole_and_moves_nothing():
    stream = StreamModel(small_backbone("lstm"), make_head(), masked=False)
    trainer = TruncatedBPTT(stream, keras.optimizers.SGD(0.1), LOSS, 4)
    before, ids, targets = values(stream), draw_ids(), draw_ids(1)
    loss, _ = trainer.test_on_batch(features(ids), targets, sample_weight=[1.0, 0.0, 3.0])
    outputs, _ = stream((features(ids), stream.initial_state(BATCH)))
    weights = np.repeat([[1.0], [0.0], [3.0]], TIME, axis=1)
    assert loss == pytest.approx(cross_entropy(to_numpy(outputs), targets, weights), rel=1e-5)
    for one, other in zip(before, values(stream), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.at_once
def test_padding_moves_no_weight_and_no_state():
    stream = StreamModel(small_backbone("lstm"), make_head())
    optimizer = keras.optimizers.Adam(0.1)
    trainer = TruncatedBPTT(stream, optimizer, LOSS, 2)
    ids, targets = draw_ids(), draw_ids(1)
    mask = np.arange(TIME) < np.array([[3], [2], [4]])  # the last two pieces are padding
    _, state = trainer.train_on_batch(features(ids, mask), targets)
    assert int(to_numpy(optimizer.iterations)) == 2
    once = values(stream)
    other = StreamModel(small_backbone("lstm"), make_head())
    shorter = TruncatedBPTT(other, keras.optimizers.Adam(0.1), LOSS, 2)
    _, expected = shorter.train_on_batch(features(ids[:, :4], mask[:, :4]), targets[:, :4])
    for one, value in zip(once, values(other), strict=True):
        np.testing.assert_allclose(one, value, atol=1e-6)
    for part, value in zip(state, expected, strict=True):
        np.testing.assert_allclose(to_numpy(part), to_numpy(value), atol=1e-6)


def test_pieces_of_one_length_compile_once_and_the_projects_optimiser_clips():
    traced = []

    def loss(targets, outputs):
        traced.append(tuple(outputs.shape))
        return keras.losses.sparse_categorical_crossentropy(targets, outputs)

    optimizer = make_optimizer(
        steps=40,
        learning_rate=0.01,
        warmup=0.1,
        final_rate=0.1,
        weight_decay=0.01,
        clipnorm=1e-3,
        clipvalue=1e-3,
        average_decay=0.9,
    )
    stream = StreamModel(small_backbone("gru"), make_head(), masked=False)
    trainer = TruncatedBPTT(stream, optimizer, loss, 2)
    state = None
    for seed in range(3):
        _, state = trainer.train_on_batch(features(draw_ids(seed)), draw_ids(seed + 1), state)
    if keras.backend.backend() != "torch":
        assert 2 <= len(traced) <= 4  # of two lengths, 2 and 1, and not of every piece
    assert int(to_numpy(optimizer.iterations)) == 15
    assert all(float(to_numpy(norm)) > 1e-3 for norm in optimizer.gradient_norms[1:])
    before = values(stream)
    optimizer.finalize_variable_values(stream.trainable_variables)
    assert any((a != b).any() for a, b in zip(before, values(stream), strict=True))


def test_regularisers_count_and_dropout_draws_anew():
    head = keras.layers.Dense(
        WORDS, activation="softmax", kernel_regularizer=keras.regularizers.L2(1)
    )
    stream = StreamModel(
        small_backbone(embedding_dropout=0.5, word_dropout=0.3), head, masked=False
    )
    trainer = TruncatedBPTT(stream, keras.optimizers.SGD(0.0), LOSS, TIME)
    losses = [trainer.train_on_batch(features(draw_ids()), draw_ids(1))[0] for _ in range(3)]
    assert len(set(losses)) == 3
    # Where nothing else has a gradient, what is left is the regulariser's: 2 * kernel.
    stream = StreamModel(small_backbone(), head, masked=False)
    before = to_numpy(head.kernel)
    trainer = TruncatedBPTT(
        stream, keras.optimizers.SGD(0.1), lambda y, outputs: 0.0 * ops.sum(outputs, -1), TIME
    )
    trainer.train_on_batch(features(draw_ids()), draw_ids(1))
    np.testing.assert_allclose(to_numpy(head.kernel), 0.8 * before, atol=1e-6)


def test_wrong_data_and_a_loss_that_is_not_finite_are_told():
    stream = StreamModel(small_backbone(), make_head(), masked=False)
    trainer = TruncatedBPTT(stream, keras.optimizers.SGD(0.1), LOSS, 3)
    with pytest.raises(zoo.InputError, match=r"same number of rows and steps.*\(3, 8\)"):
        trainer.train_on_batch(features(draw_ids()[:, :8]), draw_ids(1))
    broken = TruncatedBPTT(
        stream, keras.optimizers.SGD(0.1), lambda y, outputs: ops.sum(outputs, -1) * np.inf, 3
    )
    with pytest.raises(zoo.InputError, match="finite loss"):
        broken.test_on_batch(features(draw_ids()), draw_ids(1))


@pytest.mark.parametrize("scaling", ["dynamic", "fixed"])
def test_loss_scaling_changes_nothing_but_the_range_of_the_gradient(scaling, request):
    if scaling == "fixed":
        request.getfixturevalue("eagerly")
    plain = StreamModel(small_backbone(), make_head())
    scaled = StreamModel(small_backbone(), make_head())
    for variable, value in zip(scaled.variables, plain.variables, strict=True):
        variable.assign(value)
    begin, ids, targets = values(plain), draw_ids(), draw_ids(1)
    expected, _ = TruncatedBPTT(plain, keras.optimizers.SGD(0.5), LOSS, 4).train_on_batch(
        features(ids, MASK), targets
    )
    optimizer = (
        keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.5), initial_scale=1024.0)
        if scaling == "dynamic"
        else keras.optimizers.SGD(0.5, loss_scale_factor=1024.0)
    )
    trainer = TruncatedBPTT(scaled, optimizer, LOSS, 4)
    loss, _ = trainer.train_on_batch(features(ids, MASK), targets)
    assert loss == pytest.approx(expected, rel=1e-5)
    for first, one, other in zip(begin, values(plain), values(scaled), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)
        assert np.abs(other - first).max() > 1e-4


def test_weights_frozen_on_the_way_stay_and_are_trained_again_when_unfrozen():
    stream = StreamModel(small_backbone(), make_head(), masked=False)
    trainer = TruncatedBPTT(stream, keras.optimizers.Adam(0.1), LOSS, 3)
    embedding = stream.backbone.token_embedding.embeddings

    def moved():
        before = to_numpy(embedding).copy(), to_numpy(stream.head.kernel).copy()
        trainer.train_on_batch(features(draw_ids()), draw_ids(1))
        after = to_numpy(embedding), to_numpy(stream.head.kernel)
        return [bool(np.abs(a - b).max() > 1e-4) for a, b in zip(before, after, strict=True)]

    assert moved() == [True, True]
    stream.backbone.trainable = False
    assert moved() == [False, True]
    stream.backbone.trainable = True
    assert moved() == [True, True]
    stream.trainable = False
    with pytest.raises(zoo.InputError, match=r"trainable weights.*Received: none"):
        trainer.train_on_batch(features(draw_ids()), draw_ids(1))
    trainer.test_on_batch(features(draw_ids()), draw_ids(1))
    other = TruncatedBPTT(
        StreamModel(small_backbone(trainable=False), make_head()), keras.optimizers.SGD(), LOSS, 3
    )
    other.model.backbone.trainable = True
    with pytest.raises(zoo.InputError, match="frozen when it was made"):
        other.train_on_batch(features(draw_ids(), MASK), draw_ids(1))


def test_a_loss_that_is_not_finite_moves_nothing():
    stream = StreamModel(small_backbone(), make_head(), masked=False)
    trainer = TruncatedBPTT(
        stream, keras.optimizers.Adam(0.1), lambda y, outputs: ops.sum(outputs, -1) * np.inf, 3
    )
    before = values(stream)
    with pytest.raises(zoo.InputError, match=r"finite loss.*The weights are those from before"):
        trainer.train_on_batch(features(draw_ids()), draw_ids(1))
    for one, other in zip(before, values(stream), strict=True):
        np.testing.assert_array_equal(one, other)


def shifted(seed, length):
    """Random bits as token ids, and at every step the bit of the step before."""
    bits = np.random.default_rng(seed).integers(0, 2, (16, length + 1))
    return features(bits[:, 1:] + 4), bits[:, :-1]


@pytest.mark.parametrize("carried", [True, False])
def test_what_the_last_piece_ended_with_is_known_only_if_the_state_is_carried(carried):
    # At the first of every two steps the bit to tell came in the piece before: a network that
    # starts anew can do no better there than toss a coin.
    steps, bound = 2, np.log(2) / 2
    head = keras.layers.Dense(2, activation="softmax")
    keras.utils.set_random_seed(0)
    backbone = RecurrentBackbone(vocabulary_size=6, embedding_dim=4, cell="gru", units=12)
    stream = StreamModel(backbone, head, masked=False)
    optimizer = make_optimizer(
        steps=600,
        learning_rate=0.02,
        warmup=0.05,
        final_rate=0.05,
        weight_decay=0.0,
        clipnorm=1.0,
        average_decay=0.0,
    )
    trainer = TruncatedBPTT(stream, optimizer, LOSS, steps)
    x, y = shifted(0, 1200)
    unseen, truth = shifted(1, 400)
    if carried:
        trainer.train_on_batch(x, y)
        loss, _ = trainer.test_on_batch(unseen, truth)
        assert loss < 0.1 * bound
        return
    losses = []
    for start in range(0, 1200, steps):
        trainer.train_on_batch(cut(x, start, start + steps), y[:, start : start + steps])
    for start in range(0, 400, steps):
        piece = cut(unseen, start, start + steps)
        losses.append(trainer.test_on_batch(piece, truth[:, start : start + steps])[0])
    assert 0.9 * bound < np.mean(losses) < 1.3 * bound
