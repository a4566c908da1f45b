"""Mixed precision: what computes in which type, that it learns, and what is written."""

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
from zoo.classes.probabilities import class_scores
from zoo.datasets import TextDataset
from zoo.fitting.building import in_float32
from zoo.fitting.precision import choose_precision
from zoo.pairs.batches import Pairs, SmoothedCrossEntropy
from zoo.tasks.text_classification.testing import OTHER_BACKBONES, make_checkpoint
from zoo.tasks.translation.testing import PAIRS, make_translator
from zoo.text.subwords import SubwordEncoder

TEXTS = ["a moving film", "a waste of time , so so", "beautifully acted"]


def numpy(tensor):
    return np.array(ops.convert_to_numpy(tensor))


def kind(tensor):
    return keras.backend.standardize_dtype(tensor.dtype)


# What is trained so is compiled: see below.
@pytest.mark.at_once
@pytest.mark.parametrize(
    "variant",
    [{"cell": "lstm", "bidirectional": True}, {"cell": "gru"}],
    ids=lambda variant: variant["cell"],
)
def test_a_classifier_computes_in_bfloat16_and_keeps_float32(tmp_path, variant):
    path = make_checkpoint(tmp_path / "tiny", **variant)
    plain = zoo.load(path)
    keras.backend.clear_session()  # which resets Keras' own policy
    mixed = zoo.load(path, precision="mixed_bfloat16")
    assert {kind(variable) for variable in mixed.weights} == {"float32"}
    for one, other in zip(mixed.weights, plain.weights, strict=True):
        np.testing.assert_array_equal(numpy(one), numpy(other))
    ids = np.array([[2, 5, 9, 7, 0, 0], [2, 5, 9, 7, 6, 4]])
    features = {"token_ids": ids, "padding_mask": ids != 0}
    assert kind(mixed.backbone(features)) == "bfloat16"
    assert kind(mixed.backbone(features, training=True)) == "bfloat16"
    assert kind(mixed(features)) == kind(plain.backbone(features)) == "float32"
    received, expected = mixed.predict(TEXTS), plain.predict(TEXTS)
    assert received.dtype == np.float32
    np.testing.assert_allclose(received.sum(axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(received, expected, atol=0.02)
    assert np.abs(received - expected).max() > 0  # it did compute with fewer digits
    for model in (mixed, plain):
        model.compile()
    losses = [model.evaluate(TEXTS, [0, 1, 2], verbose=0)[0] for model in (mixed, plain)]
    assert np.isfinite(losses).all() and losses[0] == pytest.approx(losses[1], rel=0.02)
    # What is written is the checkpoint that was read.
    zoo.save(mixed, tmp_path / "saved")
    assert (tmp_path / "saved" / "model.safetensors").read_bytes() == (
        path / "model.safetensors"
    ).read_bytes()
    assert zoo.info(tmp_path / "saved").files == zoo.info(path).files
    np.testing.assert_array_equal(in_float32(mixed).predict(TEXTS), expected)
    assert in_float32(plain) is plain


@pytest.mark.at_once
def test_a_translator_computes_in_bfloat16_and_its_loss_in_float32(tmp_path):
    path = make_translator(tmp_path / "tiny")
    losses = []
    for precision in ("float32", "mixed_bfloat16"):
        model = zoo.load(path, precision=precision)
        preprocessor, model.preprocessor = model.preprocessor, None
        read = SubwordEncoder(preprocessor.source_tokenizer.hf_tokenizer, 40)
        written = SubwordEncoder(preprocessor.tokenizer.hf_tokenizer, 20)
        pairs = Pairs(read(PAIRS[0]), written(PAIRS[1]), (20,))
        features, targets, weights = pairs.batch(np.arange(3))
        outputs = model.backbone(features)
        expected = "float32" if precision == "float32" else "bfloat16"
        assert {kind(output) for output in outputs.values()} == {expected}
        assert {kind(variable) for variable in model.weights} == {"float32"}
        logits = model(features)
        assert kind(logits) == "float32"
        losses.append(float(numpy(SmoothedCrossEntropy(0.1)(targets, logits, weights))))
        assert len(model.generate_step({**features}, stop_token_ids=(3,))) == 2
    assert np.isfinite(losses).all() and losses[1] == pytest.approx(losses[0], rel=0.02)


def test_auto_is_bfloat16_on_an_accelerator_alone(monkeypatch):
    assert choose_precision("auto") == "float32"  # of the machines that run the tests
    monkeypatch.setattr("zoo.fitting.precision._accelerated", lambda: True)
    assert choose_precision("auto") == "mixed_bfloat16"
    assert choose_precision("float32") == "float32"
    with pytest.raises(zoo.InputError, match=r"float32, mixed_bfloat16, auto.*'float16'"):
        zoo.load("lstm-imdb", precision="float16")


ROWS = [f"film {('dull waste', 'fine great')[row % 2]} plot number{row % 7}" for row in range(64)]
LABELS = np.arange(64, dtype=np.int32) % 2


def written(path):
    return {
        name: (value.shape, value.dtype) for name, value in checkpoint.read(path).tensors.items()
    }


@pytest.mark.slow
def test_recipes_learn_in_bfloat16_and_write_float32s_checkpoint(tmp_path, monkeypatch):
    stand_in(monkeypatch, "imdb_reviews", lambda split: TextDataset(ROWS, LABELS))
    recipe = dataclasses.replace(
        load_recipe("gru-imdb"),
        vocabulary_size=20,
        backbone={"cell": "gru", "embedding_dim": 6, "units": 8},
        teacher=None,
        batch_size=8,
        epochs=5,
        learning_rate=0.03,
        average_decay=0.5,
        precision="mixed_bfloat16",
    )
    path = tmp_path / "out"
    info = training.train.train_recipe(recipe, path)
    assert info.training.validation["accuracy"] == 1.0
    assert {value.dtype for value in checkpoint.read(path).tensors.values()} == {
        np.dtype("float16")
    }
    assert b"bfloat16" not in (path / "config.json").read_bytes()
    # The record says what everybody will see: the scores in float32.
    probabilities = zoo.load(path).predict(ROWS)
    scores = class_scores(probabilities, LABELS)
    assert info.training.validation["log_loss"] == pytest.approx(scores["log_loss"], abs=2e-6)


@pytest.mark.slow
def test_fine_tuning_in_bfloat16_writes_and_scores_float32(tmp_path):
    base = make_checkpoint(tmp_path / "base", num_classes=2, backbone=OTHER_BACKBONES["one width"])
    texts = [f"{row} number{index}" for index, row in enumerate(ROWS[:60])]
    labels = ["bad", "good"] * 30
    tuned = zoo.finetune(
        base,
        (texts, labels),
        output=tmp_path / "mine",
        epochs=2,
        strategy="full",
        precision="mixed_bfloat16",
        schedule="plateau",
        plateau_patience=1,
        clipvalue=0.5,
    )
    settings = tuned.info.training.settings
    assert settings["precision"] == "mixed_bfloat16" and settings["clipvalue"] == 0.5
    assert "--precision mixed_bfloat16" in tuned.info.training.command
    assert "--clip-value 0.5" in tuned.info.training.command
    assert written(tuned.path) == written(base)
    metric = {metric.name: metric.value for metric in tuned.info.metrics}
    assert 0 <= metric["accuracy"] <= 1
    with pytest.raises(zoo.InputError, match="plateau_patience below patience"):
        zoo.finetune(
            base, (texts, labels), output=tmp_path / "x", schedule="plateau", plateau_patience=90
        )
