"""Labels of every kind that losses read, and batches from every container."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

import zoo
from helpers import to_numpy
from zoo.tasks.text_classification.testing import OTHER_BACKBONES, make_checkpoint

pytestmark = pytest.mark.at_once
TEXTS = ["a moving film", "a waste of time", "beautifully acted", "so so plot"]
LABELS = [1, 0, 1, 2]
ONE_HOT = np.eye(3)[LABELS]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("targets") / "model"
    return zoo.load(make_checkpoint(path, backbone=OTHER_BACKBONES["one width"]))


def test_one_hot_labels_are_scored_as_class_numbers_are(model):
    model.compile()
    expected = model.evaluate(TEXTS, LABELS, verbose=0)
    model.compile(loss=keras.losses.CategoricalCrossentropy())
    for labels in (ONE_HOT, ONE_HOT.tolist()):
        assert model.evaluate(TEXTS, labels, verbose=0) == pytest.approx(expected, rel=1e-5)
    data = tf.data.Dataset.from_tensor_slices((TEXTS, ONE_HOT)).batch(2)
    assert model.evaluate(data, verbose=0) == pytest.approx(expected, rel=1e-5)


def test_soft_labels_and_smoothing_train(model):
    model.compile(
        optimizer=keras.optimizers.Adam(0.02),
        loss=keras.losses.CategoricalCrossentropy(label_smoothing=0.1),
    )
    soft = 0.8 * ONE_HOT + 0.2 / 3
    history = model.fit(TEXTS, soft, epochs=20, validation_data=(TEXTS, ONE_HOT), verbose=0)
    losses = history.history["loss"]
    assert losses[-1] < losses[0] and "val_categorical_accuracy" in history.history


@pytest.mark.parametrize(
    ("loss", "labels", "words"),
    [
        ("auto", ONE_HOT, r"class numbers.*\(4, 3\).*categorical_crossentropy"),
        ("categorical_crossentropy", LABELS, r"share of every class.*to_categorical"),
        ("kl_divergence", ONE_HOT[:3], r"one row of labels a text: 4. Received: 3"),
        ("categorical_crossentropy", 2 * ONE_HOT, "shares from 0 to 1"),
        ("categorical_crossentropy", ONE_HOT * np.nan, "shares from 0 to 1"),
        (lambda y, p: keras.ops.sum(p, -1), [0, 1, 2, 3], "whole numbers from 0 to 2"),
    ],
)
def test_labels_that_the_loss_does_not_read_are_refused(model, loss, labels, words):
    model.compile(loss=loss)
    with pytest.raises(zoo.InputError, match=words):
        model.fit(TEXTS, labels, verbose=0)
    with pytest.raises(zoo.InputError, match=words):
        model.evaluate(TEXTS, labels, verbose=0)


class Batches(keras.utils.PyDataset):
    def __init__(self, *parts):
        super().__init__()
        self.parts, self.epochs = parts, 0

    def __len__(self):
        return 2

    def __getitem__(self, index):
        rows = slice(2 * index, 2 * index + 2)
        return tuple(part[rows] for part in self.parts)

    def on_epoch_end(self):
        self.epochs += 1


def test_generators_and_py_datasets_give_what_lists_give(model):
    model.compile(optimizer=keras.optimizers.SGD(0.1))
    # The seeds of dropout are among the variables.
    start = [to_numpy(variable) for variable in model.variables]

    def trained(x, y=None, **arguments):
        for variable, value in zip(model.variables, start, strict=True):
            variable.assign(value)
        model.fit(x, y, shuffle=False, verbose=0, **arguments)
        return model.get_weights(), model.evaluate(TEXTS, LABELS, verbose=0)

    expected, scores = trained(TEXTS, LABELS, batch_size=2, epochs=2)
    batches = Batches(TEXTS, LABELS)
    received, again = trained(batches, epochs=2, validation_data=Batches(TEXTS, LABELS))
    assert batches.epochs >= 2 and again == pytest.approx(scores)
    for one, other in zip(expected, received, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)

    def endless():
        while True:
            yield from (batches[0], batches[1])

    received, _ = trained(endless(), steps_per_epoch=2, epochs=2)
    for one, other in zip(expected, received, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)
    weights = np.array([1.0, 0.0, 2.0, 1.0], "float32")
    assert model.evaluate(Batches(TEXTS, LABELS, weights), verbose=0)[0] == pytest.approx(
        model.evaluate(TEXTS, LABELS, batch_size=2, sample_weight=weights, verbose=0)[0], rel=1e-5
    )


@pytest.mark.parametrize(
    ("batches", "words"),
    [
        (iter([]), "at least one batch"),
        (iter([TEXTS]), r"batches of \(texts, labels\)"),
        (iter([([1, 2], [0, 1])]), "Expected only strings"),
        (iter([(TEXTS, [7, 0, 0, 0])]), "whole numbers from 0 to 2"),
        ({1, 2}, r"Received: set. Give its batches with: iter"),
    ],
)
def test_other_containers_and_batches_are_refused_in_one_line(model, batches, words):
    model.compile()
    with pytest.raises(zoo.InputError, match=words):
        model.fit(batches, verbose=0)


def test_low_rank_adaptation_is_saved_as_part_of_the_weights(model, tmp_path):
    adapted = zoo.load(make_checkpoint(tmp_path / "model", cell="gru"))
    adapted.backbone.token_embedding.enable_lora(2)
    adapted.logits.enable_lora(2)
    generator = np.random.default_rng(0)
    for weight in adapted.weights:
        if "lora" in weight.name:
            weight.assign(generator.normal(size=weight.shape))
    expected = adapted.predict(TEXTS, verbose=0)
    zoo.save(adapted, tmp_path / "adapted")
    assert zoo.info(tmp_path / "adapted").base_model.name == "tiny"
    received = zoo.pipeline(tmp_path / "adapted").predict_proba(TEXTS)
    np.testing.assert_allclose(received, expected, atol=1e-5)
    before = zoo.pipeline(tmp_path / "model").predict_proba(TEXTS)
    assert np.abs(before - expected).max() > 1e-3
