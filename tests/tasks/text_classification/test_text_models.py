"""The Keras models, on tensorflow here and on jax in a process of its own."""

from __future__ import annotations

import keras
import keras_hub
import numpy as np
import pytest
import tensorflow as tf

import zoo
from zoo import checkpoint
from zoo.fitting.building import build_task, tensor_variables
from zoo.layers.pooling import SequencePooling
from zoo.layers.word_dropout import WordDropout
from zoo.networks.recurrent.backbone import RecurrentBackbone
from zoo.tasks.text_classification.testing import VARIANTS, make_checkpoint

AT_ONCE = pytest.mark.at_once


# By the loop of recipes all of them learn compiled: see `test_training.py`.
@pytest.mark.parametrize(
    "variant",
    [
        "lstm of 1",
        *(pytest.param(name, marks=AT_ONCE) for name in ("widths", "one block", "bigrams")),
    ],
)
def test_a_model_of_every_family_learns(tmp_path, variant):
    model = zoo.load(make_checkpoint(tmp_path / "model", **VARIANTS[variant]), num_classes=2)
    model.compile(optimizer=keras.optimizers.Adam(0.05))
    texts, labels = ["a moving film", "a waste of time"] * 2, [1, 0] * 2
    model.fit(texts, labels, epochs=8, verbose=0)
    assert (model.predict(texts, verbose=0).argmax(axis=1) == labels).all()


@pytest.mark.parametrize("mode", ["mean", "max", "last", "sqrtn"])
@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_a_row_of_padding_alone_has_zeros_and_no_gradient(mode, dtype):
    layer, mask = SequencePooling([mode], dtype=dtype), np.array([[True, False], [False, False]])
    x = tf.ones((2, 2, 3), dtype)
    with tf.GradientTape() as tape:
        tape.watch(x)
        pooled = layer(x, mask)
        # What is not a number stays so, even with a weight of 0 in the loss.
        loss = tf.reduce_sum(pooled * tf.constant([[1.0], [0.0]], dtype))
    gradient = tf.convert_to_tensor(tape.gradient(loss, x)).numpy()
    np.testing.assert_array_equal(pooled.numpy(), [[1, 1, 1], [0, 0, 0]])
    np.testing.assert_array_equal(gradient, [[[1] * 3, [0] * 3], [[0] * 3] * 2])


@AT_ONCE
def test_a_row_of_padding_trains_no_weight_to_nan(tmp_path):
    model = zoo.load(make_checkpoint(tmp_path / "model", pooling=("mean", "max", "last", "sqrtn")))
    model.preprocessor = None
    ids = np.array([[2, 5, 6], [0, 0, 0]])
    weight = np.array([1.0, 0.0])
    features = {"token_ids": ids, "padding_mask": ids != 0}
    model.fit(features, np.array([1, 0]), sample_weight=weight, verbose=0)
    assert all(np.isfinite(weight).all() for weight in model.get_weights())


@pytest.fixture
def tiny(tmp_path):
    """A network that compiles sooner than a recurrent one; what is tested does not know which."""
    return make_checkpoint(tmp_path / "tiny", **VARIANTS["one width"])


@pytest.fixture
def model(tiny):
    return zoo.load(tiny)


def test_it_is_a_keras_hub_classifier(model):
    assert isinstance(model, keras_hub.models.TextClassifier)
    assert isinstance(model.backbone, keras_hub.models.Backbone)


@AT_ONCE
@pytest.mark.parametrize("container", [list, tuple, np.array, lambda x: np.array(x, dtype=object)])
def test_predict_takes_any_container_of_texts(model, container):
    texts = ["a film", "so so", "waste"]
    expected = model.predict(texts, verbose=0)
    np.testing.assert_allclose(model.predict(container(texts), verbose=0), expected, atol=1e-6)


@AT_ONCE
def test_predict_takes_a_tf_dataset_and_a_single_text(model):
    texts = ["a film", "so so", "waste"]
    expected = model.predict(texts, verbose=0)
    data = tf.data.Dataset.from_tensor_slices(texts).batch(2)
    np.testing.assert_allclose(model.predict(data, verbose=0), expected, atol=1e-6)
    np.testing.assert_allclose(model.predict("a film", verbose=0), expected[:1], atol=1e-6)


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        ([], "at least one text"),
        (["a", 3], "index 1"),
        ([None], "only strings"),
        ([["a", "b"]], "only strings"),
        (np.array([["a"]]), "one-dimensional"),
        (["\ud800"], "valid UTF-8"),
    ],
)
def test_predict_refuses_what_is_no_text(model, tiny, texts, words):
    with pytest.raises(zoo.InputError, match=words):
        model.predict(texts, verbose=0)
    with pytest.raises(zoo.InputError, match=words):
        zoo.pipeline(tiny)(texts)


GOOD, BAD = "moving beautifully acted film", "waste of time bother"


@pytest.mark.parametrize("kind", [pytest.param("numpy", marks=AT_ONCE), "tf.data"])
def test_fit_learns_from_raw_texts(model, kind):
    keras.utils.set_random_seed(0)
    texts, labels = [GOOD, BAD] * 8, [0, 1] * 8
    model.compile(optimizer=keras.optimizers.Adam(0.05))
    if kind == "tf.data":
        data = tf.data.Dataset.from_tensor_slices((texts, labels)).batch(8)
        model.fit(data, epochs=6, verbose=0)
        _, accuracy = model.evaluate(data, verbose=0)
    else:
        history = model.fit(
            np.array(texts),
            np.array(labels),
            batch_size=4,
            epochs=6,
            validation_split=0.25,
            verbose=0,
        )
        assert len(history.history["val_loss"]) == 6
        _, accuracy = model.evaluate(texts, labels, verbose=0)
    assert accuracy == 1.0


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ([0, 1], "Received: 2 labels"),
        ([0, 1, 3], "Received: 3 at index 2"),
        ([0, 1, -1], "Received: -1 at index 2"),
        ([0, 1, 0.5], "whole numbers"),
        (["a", "b", "c"], "whole numbers"),
        (None, "Received: y=None"),
    ],
)
def test_fit_refuses_labels_that_do_not_fit(model, labels, words):
    before = [keras.ops.convert_to_numpy(weight).copy() for weight in model.weights]
    with pytest.raises(zoo.InputError, match=words):
        model.fit(["a", "b", "c"], labels, verbose=0)
    for old, new in zip(before, model.weights, strict=True):
        np.testing.assert_array_equal(old, keras.ops.convert_to_numpy(new))


@AT_ONCE
def test_fit_refuses_labels_of_a_dataset_that_do_not_fit(model):
    data = tf.data.Dataset.from_tensor_slices((["a", "b"], [0, 7])).batch(2)
    with pytest.raises(zoo.InputError, match="Received: 7"):
        model.fit(data, verbose=0)


@AT_ONCE
def test_a_new_head_keeps_the_body(tiny):
    old, new = zoo.load(tiny), zoo.load(tiny, num_classes=5)
    assert new.predict(["a film"], verbose=0).shape == (1, 5)
    for a, b in zip(old.backbone.weights, new.backbone.weights, strict=True):
        np.testing.assert_array_equal(keras.ops.convert_to_numpy(a), keras.ops.convert_to_numpy(b))
    assert zoo.load(tiny, labels=["x", "y"]).info.labels == ("x", "y")


@pytest.mark.parametrize("number", [1, 0, -3, 2.5, True, "two", 10**9])
def test_a_head_of_a_wrong_size_is_refused(tiny, number):
    with pytest.raises(zoo.InputError, match="num_classes"):
        zoo.load(tiny, num_classes=number)


@AT_ONCE
def test_a_changed_model_loses_its_record_and_names_its_origin(tiny, tmp_path):
    model = zoo.load(tiny, labels=["bad", "good"])
    model.fit([GOOD, BAD] * 4, [1, 0] * 4, verbose=0)
    zoo.save(model, tmp_path / "Mine_2")
    info = zoo.info(tmp_path / "Mine_2")
    assert (info.name, info.labels) == ("mine-2", ("bad", "good"))
    assert info.metrics == () and info.training is None
    assert info.base_model is not None and info.base_model.name == zoo.info(tiny).name
    np.testing.assert_allclose(
        zoo.load(tmp_path / "Mine_2").predict([GOOD, BAD], verbose=0),
        model.predict([GOOD, BAD], verbose=0),
        atol=1e-6,
    )


def test_weights_are_not_drawn_to_be_overwritten(tmp_path, monkeypatch):
    path = make_checkpoint(tmp_path / "tiny", cell="gru", bidirectional=True)
    for kind in (keras.initializers.Orthogonal, keras.initializers.RandomUniform):
        monkeypatch.setattr(kind, "__call__", lambda *_, **__: pytest.fail("drawn"))
    loaded, weights = checkpoint.read(path), tensor_variables(zoo.load(path))
    for name, value in loaded.tensors.items():
        np.testing.assert_array_equal(keras.ops.convert_to_numpy(weights[name]), value)
    with pytest.raises(pytest.fail.Exception, match="drawn"):
        build_task(loaded.info.task, loaded.backbone, loaded.head)


def test_saving_over_something_else_is_refused(model, tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(zoo.InputError, match="does not exist yet"):
        zoo.save(model, tmp_path / "file", overwrite=True)
    assert (tmp_path / "file").read_text() == "mine"
    with pytest.raises(zoo.InputError, match=r"as zoo\.load returns it"):
        zoo.save(keras.Sequential(), tmp_path / "other")


@pytest.mark.parametrize("bad", [{"units": 0}, {"cell": "elman"}, {"units": 10**9}, {"units": 2.5}])
def test_a_backbone_out_of_bounds_is_refused(bad):
    good = {"vocabulary_size": 9, "embedding_dim": 2, "cell": "lstm", "units": 3}
    with pytest.raises(zoo.InputError, match="RecurrentBackbone"):
        RecurrentBackbone(**{**good, **bad})


def test_word_dropout_replaces_words_and_never_padding():
    layer = WordDropout(0.5, unknown_id=1, seed=0)
    tokens = np.array([[7] * 400 + [0] * 100], "int32")
    kept = keras.ops.convert_to_numpy(layer(tokens, training=True))
    assert 120 < (kept == 1).sum() < 280 and (kept[0, 400:] == 0).all()
    assert set(np.unique(kept)) == {0, 1, 7}
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(layer(tokens)), tokens)


def test_pooling_ignores_what_is_outside_the_mask():
    generator = np.random.default_rng(0)
    states = generator.normal(size=(2, 5, 3)).astype("float32")
    mask = np.array([[True] * 3 + [False] * 2, [True] + [False] * 4])
    pooled = SequencePooling(["mean", "max", "last"])(states, mask)
    for row, length in enumerate((3, 1)):
        inside = states[row, :length]
        expected = np.concatenate([inside.mean(axis=0), inside.max(axis=0), inside[-1]])
        np.testing.assert_allclose(pooled[row], expected, atol=1e-6)
