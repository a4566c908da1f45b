"""Pretraining as a language model, against the full softmax and against what it should learn."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import zoo
from models.settings import PretrainingSettings
from training.pretraining import NextToken, pieces, pretrain
from zoo.architectures.recurrent import RecurrentBackbone
from zoo.text import START


def test_sampling_estimates_the_full_softmax():
    generator = np.random.default_rng(0)
    embedding = keras.layers.Embedding(30, 6)
    embedding.build()
    table = generator.normal(size=(30, 6)).astype(np.float32)
    embedding.embeddings.assign(table)
    layer = NextToken(embedding, samples=200_000, seed=1)
    states = generator.normal(size=(2, 4, 6)).astype(np.float32)
    tokens = np.array([[2, 5, 29, 3], [2, 7, 0, 0]])
    received = keras.ops.convert_to_numpy(layer(states, tokens))
    bias = generator.normal(size=30).astype(np.float32)
    layer.bias.assign(bias)
    biased = keras.ops.convert_to_numpy(layer(states, tokens))
    for values, added in ((received, 0), (biased, bias)):
        logits = states @ table.T + added
        log_p = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
        expected = [-np.mean([log_p[0, t, tokens[0, t + 1]] for t in range(3)]), -log_p[1, 0, 7]]
        np.testing.assert_allclose(values[:, 0], expected, atol=0.03)


def test_states_of_another_size_are_projected():
    embedding = keras.layers.Embedding(30, 6)
    embedding.build()
    layer = NextToken(embedding, samples=10)
    loss = layer(np.ones((2, 4, 5), np.float32), np.array([[2, 5, 9, 3], [2, 7, 0, 0]]))
    assert loss.shape == (2, 1) and layer.projection.shape == (5, 6)


@pytest.mark.parametrize("length", [1, 3, 100])
def test_pieces_hold_every_token_once(length):
    sequences = [np.arange(start, start + count) for start, count in ((0, 7), (9, 1), (20, 3))]
    cut = pieces(sequences, length)
    assert max(map(len, cut)) <= length and min(map(len, cut)) >= 1
    assert np.concatenate(cut).tolist() == np.concatenate(sequences).tolist()


def _texts(count, seed):
    """Return texts in which every token is followed by the next number, from 3 to 12."""
    starts = np.random.default_rng(seed).integers(0, 10, count)
    return [np.array([START, *(3 + (start + np.arange(20)) % 10)]) for start in starts]


@pytest.mark.parametrize("bidirectional", [False, True])
def test_it_learns_what_follows_what(tmp_path, bidirectional):
    keras.utils.set_random_seed(0)
    backbone = RecurrentBackbone(
        16, embedding_dim=8, cell="gru", units=16, bidirectional=bidirectional
    )
    settings = PretrainingSettings(
        epochs=8, samples=32, batch_size=8, learning_rate=0.02, average_decay=0.8
    )
    result = pretrain(
        backbone, _texts(160, 0), _texts(16, 1), settings, seed=1, work=tmp_path, identity={}
    )
    assert result.history[0]["log_loss"] > 2 * result.best["log_loss"]
    assert result.best["log_loss"] < 0.4  # of 20 guesses a text one, the first, is a guess among 10


def test_guessing_backwards_is_guessing_forwards_of_the_text_read_backwards():
    embedding = keras.layers.Embedding(30, 6)
    embedding.build()
    states = np.random.default_rng(0).normal(size=(2, 4, 6)).astype(np.float32)
    tokens = np.array([[2, 5, 9, 3], [2, 7, 4, 8]])
    forwards = NextToken(embedding, samples=1000, seed=1)(states, tokens)
    backwards = NextToken(embedding, samples=1000, backwards=True, seed=1)(
        states[:, ::-1].copy(), tokens[:, ::-1].copy()
    )
    np.testing.assert_allclose(forwards, backwards, atol=1e-5)


def test_a_backbone_that_sees_the_answer_is_refused(tmp_path):
    backbone = RecurrentBackbone(
        16, embedding_dim=8, cell="gru", units=4, num_layers=2, bidirectional=True
    )
    with pytest.raises(zoo.InputError, match="bidirectional"):
        pretrain(
            backbone, [], [], PretrainingSettings(epochs=1), seed=1, work=tmp_path, identity={}
        )
