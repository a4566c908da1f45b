"""Where weights start: variances and orthogonality of every gate."""

from __future__ import annotations

import dataclasses

import keras
import numpy as np
import pytest
from keras import ops

import training.train
import zoo
from helpers import stand_in
from models import load_recipe
from zoo import checkpoint
from zoo.datasets import TextDataset
from zoo.fitting.choices import KERNEL_STARTS
from zoo.fitting.starts import draw_starts, set_forget_bias
from zoo.networks.bahdanau.backbone import BahdanauBackbone
from zoo.networks.recurrent.backbone import RecurrentBackbone
from zoo.networks.transformer.backbone import TransformerBackbone

DIM, UNITS = 96, 64
GATES = {"simple_rnn": 1, "lstm": 4, "gru": 3}


def numpy(tensor):
    return np.array(ops.convert_to_numpy(tensor))


def weights(model):
    return {variable.path: numpy(variable) for variable in model.weights}


def make_backbone(cell, **arguments):
    return RecurrentBackbone(
        vocabulary_size=50, embedding_dim=DIM, cell=cell, units=UNITS, **arguments
    )


def variance(start, inputs, outputs):
    family = start.partition("_")[0]
    return {"glorot": 2 / (inputs + outputs), "he": 2 / inputs, "lecun": 1 / inputs}[family]


@pytest.mark.parametrize("start", [name for name in KERNEL_STARTS if name != "orthogonal"])
@pytest.mark.parametrize("cell", GATES)
def test_every_gate_has_the_variance_of_its_own_shape(cell, start):
    backbone = make_backbone(cell, bidirectional=True)
    before = weights(backbone)
    draw_starts(backbone, kernel_start=start, recurrent_start=start, seed=4)
    blocks = []
    for name, value in weights(backbone).items():
        if not name.endswith("kernel"):
            np.testing.assert_array_equal(value, before[name])
            continue
        inputs = UNITS if name.endswith("recurrent_kernel") else DIM
        for gate in np.split(value, GATES[cell], axis=1):
            wanted = variance(start, inputs, UNITS)
            assert gate.var() == pytest.approx(wanted, rel=0.1) and abs(gate.mean()) < 0.01
            if start.endswith("uniform"):
                assert np.abs(gate).max() <= np.sqrt(3 * wanted) + 1e-6
            blocks.append(gate)
    assert len(blocks) == 4 * GATES[cell]
    # No two are alike, and the same seed gives the same.
    assert len({block.tobytes() for block in blocks}) == len(blocks)
    once = weights(backbone)
    draw_starts(backbone, kernel_start=start, recurrent_start=start, seed=4)
    assert all((value == once[name]).all() for name, value in weights(backbone).items())
    draw_starts(backbone, kernel_start=start, recurrent_start=start, seed=5)
    changed = [name for name, value in weights(backbone).items() if (value != once[name]).any()]
    assert changed == [name for name in once if name.endswith("kernel")]


@pytest.mark.parametrize("cell", GATES)
@pytest.mark.parametrize("start", ["orthogonal", "identity"])
def test_the_recurrent_kernel_of_every_gate_keeps_lengths(cell, start):
    backbone = make_backbone(cell, num_layers=2)
    before = weights(backbone)
    draw_starts(backbone, recurrent_start=start)
    after = weights(backbone)
    for name in before:
        if not name.endswith("recurrent_kernel"):
            np.testing.assert_array_equal(after[name], before[name])
            continue
        for gate in np.split(after[name], GATES[cell], axis=1):
            np.testing.assert_allclose(gate.T @ gate, np.eye(UNITS), atol=1e-5)
            assert np.array_equal(gate, np.eye(UNITS)) == (start == "identity")
        # What Keras draws is orthogonal as a whole, and a gate of several is not.
        if GATES[cell] > 1:
            whole = np.linalg.svd(before[name][:, :UNITS], compute_uv=False)
            assert whole.min() < 0.9


def test_the_gates_of_the_decoder_and_the_matrices_of_attention_are_told_apart():
    translator = BahdanauBackbone(
        source_vocabulary_size=50,
        vocabulary_size=50,
        embedding_dim=DIM,
        encoder_units=UNITS,
        decoder_units=UNITS,
        attention_units=48,
    )
    draw_starts(translator, kernel_start="he_normal", recurrent_start="orthogonal")
    found = weights(translator)
    for gate in np.split(found["decoder/recurrent_kernel"], 3, axis=1):
        np.testing.assert_allclose(gate.T @ gate, np.eye(UNITS), atol=1e-5)
    for name in ("decoder/kernel", "decoder/feed_kernel", "decoder/context_output_kernel"):
        assert found[name].var() == pytest.approx(2 / len(found[name]), rel=0.1)
    transformer = TransformerBackbone(
        vocabulary_size=50, embedding_dim=DIM, num_layers=1, num_heads=4, intermediate_dim=80
    )
    draw_starts(transformer, kernel_start="glorot_normal")
    for name, value in weights(transformer).items():
        if "attention_layer/" in name and name.endswith("kernel"):
            assert value.var() == pytest.approx(2 / (DIM + DIM), rel=0.1), name
        elif "intermediate_dense/kernel" in name:
            assert value.var() == pytest.approx(2 / (DIM + 80), rel=0.1)


def test_the_forget_bias_is_that_of_the_forget_gates_alone():
    backbone = make_backbone("lstm", bidirectional=True)
    before = weights(backbone)
    set_forget_bias(backbone, -2.0)
    for name, value in weights(backbone).items():
        expected = before[name].copy()
        if name.endswith("lstm_cell/bias"):
            expected[UNITS : 2 * UNITS] = -2.0
        np.testing.assert_array_equal(value, expected)
    gated = make_backbone("gru")
    before = weights(gated)
    set_forget_bias(gated, 5.0)
    assert all((value == before[name]).all() for name, value in weights(gated).items())


def test_another_start_is_refused():
    backbone = make_backbone("gru")
    with pytest.raises(zoo.InputError, match=r"kernel_start out of glorot_uniform.*'identity'"):
        draw_starts(backbone, kernel_start="identity")
    with pytest.raises(zoo.InputError, match=r"recurrent_start out of .*identity.*'ones'"):
        draw_starts(backbone, recurrent_start="ones")
    with pytest.raises(zoo.InputError, match=r"embedding_start out of uniform, normal.*'zeros'"):
        draw_starts(backbone, embedding_start="zeros")


def test_token_vectors_start_as_those_of_keras_do():
    backbone = make_backbone("lstm")
    before = weights(backbone)
    draw_starts(backbone, embedding_start="uniform", seed=1)
    (table,) = (name for name in before if name.endswith("embeddings"))
    default = keras.layers.Embedding(50, DIM)
    default.build()
    found, wanted = numpy(backbone.token_embedding.embeddings), numpy(default.embeddings)
    assert found.var() == pytest.approx(wanted.var(), rel=0.1)
    assert np.abs(found).max() == pytest.approx(np.abs(wanted).max(), rel=0.01)
    for name, value in weights(backbone).items():
        assert np.array_equal(value, before[name]) == (name != table)


@pytest.mark.slow
def test_recipes_start_as_they_say(tmp_path, monkeypatch):
    texts = [f"film {('dull', 'fine')[row % 2]} plot" for row in range(32)]
    labels = np.arange(32, dtype=np.int32) % 2
    stand_in(monkeypatch, "imdb_reviews", lambda split: TextDataset(texts, labels))
    recipe = dataclasses.replace(
        load_recipe("simple-rnn-imdb"),
        vocabulary_size=12,
        backbone={"cell": "simple_rnn", "embedding_dim": 4, "units": 6},
        teacher=None,
        epochs=1,
        learning_rate=1e-7,
        weight_decay=0.0,
        kernel_start="orthogonal",
        recurrent_start="identity",
        embedding_start="uniform",
    )
    training.train.train_recipe(recipe, tmp_path / "out")
    found = checkpoint.read(tmp_path / "out").tensors
    cell = "recurrent_0/simple_rnn_cell"
    np.testing.assert_allclose(found[f"{cell}/recurrent_kernel"], np.eye(6), atol=1e-3)
    kernel = found[f"{cell}/kernel"].astype(float)
    np.testing.assert_allclose(kernel @ kernel.T, np.eye(4), atol=5e-3)
    assert np.abs(found["token_embedding/embeddings"]).max() < 0.051  # the zoo's own go to 0.1
