"""The start of a new head: the logistic regression of scikit-learn over the frozen body."""

from __future__ import annotations

import keras
import msgspec
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

import zoo
from zoo import checkpoint
from zoo.classes.probabilities import class_scores
from zoo.fitting.loop import Examples
from zoo.tasks.text_classification.probe import start_head
from zoo.tasks.text_classification.testing import VARIANTS, make_checkpoint

pytestmark = pytest.mark.at_once


def _examples(count, classes, seed, weighted=False):
    generator = np.random.default_rng(seed)
    sequences = [
        np.concatenate([[2], generator.integers(3, 55, length)]).astype(np.int32)
        for length in generator.integers(1, 12, count)
    ]
    targets = np.array([int(ids[-1]) % classes for ids in sequences], np.int32)
    weights = generator.uniform(0.5, 2.0, count).astype(np.float32) if weighted else None
    return Examples(sequences, targets, weights)


def _told_by_the_body(model, examples, classes):
    """The same texts, of classes that a line between the body's features tells apart."""
    features = _features(model, examples)
    directions = np.random.default_rng(9).normal(size=(features.shape[1], classes))
    scores = features / np.sqrt(np.mean(features**2, axis=0)) @ directions
    targets = (scores - scores.mean(axis=0)).argmax(axis=1).astype(np.int32)
    return Examples(examples.sequences, targets, examples.weights)


def _load(path, classes):
    model = zoo.load(path, labels=[f"class {number}" for number in range(classes)])
    model.preprocessor = None
    return model


def _features(model, examples):
    """What the head reads: the mean and the maximum of the states, padding left out."""
    token_ids = np.zeros((len(examples.sequences), 16), np.int32)
    for row, ids in zip(token_ids, examples.sequences, strict=True):
        row[: len(ids)] = ids
    inputs = {"token_ids": token_ids, "padding_mask": token_ids != 0}
    states = np.asarray(model.backbone(inputs), np.float64)
    rows = []
    for state, ids in zip(states, examples.sequences, strict=True):
        read = state[: len(ids)]
        rows.append(np.concatenate([read.mean(axis=0), read.max(axis=0)]))
    return np.array(rows)


@pytest.mark.parametrize(("classes", "weighted"), [(2, False), (4, True)])
def test_it_is_the_logistic_regression_that_cross_validation_chooses(tmp_path, classes, weighted):
    model = _load(make_checkpoint(tmp_path / "tiny"), classes)
    train, held = _examples(300, classes, 1, weighted), _examples(40, classes, 2)
    train = _told_by_the_body(model, train, classes)
    strength = start_head(model, train, classes)
    features = _features(model, train)
    size = np.sqrt(np.mean(features**2, axis=0))
    solver = LogisticRegression(C=strength, max_iter=500)
    solver.fit(features / size, train.targets, train.weights)
    expected = solver.predict_proba(_features(model, held) / size)
    found = model.predict_on_batch(held.batch(np.arange(40))[0])
    np.testing.assert_allclose(found, expected, atol=1e-3)
    # Without dropout and with plenty of texts, what cross-validation finds best is the weakest.
    assert strength == 1.0


def test_dropout_asks_for_a_stronger_penalty(tmp_path):
    path = make_checkpoint(tmp_path / "tiny")
    train, chosen = _told_by_the_body(_load(path, 3), _examples(300, 3, 1), 3), {}
    for dropout in (0.0, 0.5):
        model = _load(path, 3)
        model.spec = msgspec.structs.replace(model.spec, dropout=dropout)
        chosen[dropout] = start_head(model, train, 3)
    assert chosen[0.5] < chosen[0.0]


def test_a_class_without_a_text_is_not_what_any_text_is_taken_for(tmp_path):
    model = _load(make_checkpoint(tmp_path / "tiny"), 4)
    train, held = _examples(60, 3, 1), _examples(30, 3, 2)
    start_head(model, train, 4)
    probabilities = model.predict_on_batch(held.batch(np.arange(30))[0])
    assert (probabilities.argmax(axis=1) < 3).all() and (probabilities[:, 3] < 0.1).all()


@pytest.mark.slow
@pytest.mark.parametrize("variant", ["gru of 1", "one width", "blocks", "n-grams"])
def test_every_kind_of_body_has_features(tmp_path, variant):
    path = make_checkpoint(tmp_path / "tiny", **VARIANTS[variant])
    model = _load(path, 3)
    train = _examples(60, 3, 1)
    before = class_scores(_predict(model, train), train.targets)["log_loss"]
    body = [np.array(weight) for weight in model.backbone.get_weights()]
    start_head(model, train, 3)
    assert class_scores(_predict(model, train), train.targets)["log_loss"] < before
    for old, new in zip(body, model.backbone.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def _predict(model, examples):
    return model.predict_on_batch(examples.batch(np.arange(len(examples.sequences)))[0])


@pytest.mark.slow
def test_only_a_new_head_starts_there(tmp_path):
    texts = ["moving film", "awful plot"] * 20
    texts = [f"{text} number{row}" for row, text in enumerate(texts)]
    path = make_checkpoint(tmp_path / "tiny", num_classes=2, **VARIANTS["one width"])
    common = {"strategy": "head", "epochs": 1, "learning_rate": 1e-9, "batch_size": 8}

    def heads(labels, name, **settings):
        tuned = zoo.finetune(path, (texts, labels), output=tmp_path / name, **common, **settings)
        told = "started at the linear classifier" in tuned.info.training.method
        assert told == (name == "probed")
        return checkpoint.read(tuned.path).tensors["logits/kernel"]

    kept = heads(["label 0", "label 1"] * 20, "kept")
    before = checkpoint.read(path).tensors["logits/kernel"]
    np.testing.assert_allclose(kept, before, atol=1e-3)
    probed = heads(["good", "bad"] * 20, "probed")
    # Two columns that mirror each other are the solver's: those drawn at random do not.
    np.testing.assert_allclose(probed[:, 0], -probed[:, 1], atol=1e-3)
    drawn = heads(["good", "bad"] * 20, "drawn", linear_probe=False)
    assert np.abs(drawn[:, 0] + drawn[:, 1]).max() > 0.01


def test_a_head_of_very_many_classes_is_not_solved_for(tiny):
    """It would take hours."""
    model = zoo.load(tiny, num_classes=3_000)
    before = np.array(keras.ops.convert_to_numpy(model.logits.kernel))
    targets = np.arange(9_000, dtype=np.int32) % 3_000
    examples = Examples([np.array([1, 4], np.int32)] * 9_000, targets)
    assert start_head(model, examples, 3_000) is None
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(model.logits.kernel), before)
