"""The Keras model of language models: what it computes, learns, saves and refuses."""

from __future__ import annotations

import copy
import shutil
import warnings

import keras
import keras_hub
import numpy as np
import pytest
import tensorflow as tf
from keras_answers import PROMPTS
from language_equations import KINDS, reference

import zoo
from helpers import checkpoint_files, edit_config, small_backbone
from zoo import checkpoint
from zoo.hub.stock import stock_files
from zoo.tasks.text_generation.model import RecurrentCausalLM
from zoo.tasks.text_generation.testing import TEXT, make_language_model


@pytest.fixture(scope="module", params=KINDS)
def path(request, tmp_path_factory):
    return make_language_model(tmp_path_factory.mktemp("language") / "tiny", **KINDS[request.param])


@pytest.fixture(scope="module")
def model(path):
    return zoo.load(path)


def test_the_logits_are_those_of_the_equations(model, path):
    ids = np.array([2, *model.preprocessor.tokenizer(TEXT)[:15]])
    received = model({"token_ids": ids[None], "padding_mask": np.ones((1, len(ids)), bool)})
    np.testing.assert_allclose(np.array(received)[0], reference(path, ids), atol=2e-4)


def test_what_was_loaded_is_saved_byte_for_byte(model, path, tmp_path):
    zoo.save(model, tmp_path / "copy")
    assert checkpoint_files(tmp_path / "copy") == checkpoint_files(path)


@pytest.fixture(scope="module")
def words(tmp_path_factory):
    return zoo.load(make_language_model(tmp_path_factory.mktemp("words") / "tiny"))


def likelihood(path, ids):
    """Return the log-probability of every token, of the equations."""
    logits = reference(path, [2, *ids[:-1]])
    logs = logits - np.log(np.exp(logits - logits.max()).sum(axis=-1, keepdims=True)) - logits.max()
    return np.take_along_axis(logs, np.array(ids)[:, None], axis=-1)[:, 0]


def test_the_state_goes_through_a_whole_text(model, path):
    encoder = model.preprocessor.tokenizer.language()
    text = TEXT * 3
    nats, tokens = model.log_likelihood(text)
    expected = likelihood(path, encoder.encode(text))
    if encoder.unit == "characters":
        expected = expected[1:]
    assert tokens == len(expected) > 128  # more than a block
    assert nats == pytest.approx(expected.sum(), rel=1e-5)
    assert model.log_likelihood("") == (0.0, 0)


@pytest.mark.filterwarnings("error:Your input")
def test_the_loss_is_that_of_the_tokens_of_each_sequence(words, tmp_path):
    words.compile()
    texts = [TEXT, "the cat", ""]
    path = zoo.save(words, tmp_path / "copy")
    encode = words.preprocessor.tokenizer.language().encode
    logs = []
    for text in texts:
        ids = [2, *encode(text)]
        for start in range(0, len(ids) - 1, 16):
            told = ids[start + 1 : start + 17]
            logits = reference(path, ids[start : start + len(told)])
            logits -= np.log(np.exp(logits - logits.max()).sum(-1, keepdims=True)) + logits.max()
            logs += [row[token] for row, token in zip(logits, told, strict=True)]
    assert len(logs) == len(encode(TEXT)) + 2
    expected = -np.mean(logs)
    loss, perplexity, accuracy = words.evaluate(texts, batch_size=8, verbose=0)
    assert loss == pytest.approx(expected, rel=1e-4)
    assert perplexity == pytest.approx(np.exp(expected), rel=1e-3) and 0 <= accuracy <= 1
    # What batches hold of a data set is cut as well, though no two are read together.
    data = tf.data.Dataset.from_tensor_slices(texts).batch(1)
    assert words.evaluate(data, verbose=0)[1] == pytest.approx(perplexity, rel=1e-3)


def test_raw_texts_are_learnt(tmp_path):
    keras.utils.set_random_seed(1)
    model = zoo.load(make_language_model(tmp_path / "tiny"))
    model.compile(keras.optimizers.AdamW(0.02))
    lines = TEXT.splitlines(keepends=True)
    before, _ = model.log_likelihood(TEXT)
    history = model.fit(lines, epochs=12, batch_size=2, verbose=0).history
    assert history["perplexity"][-1] < 0.7 * history["perplexity"][0]
    assert model.log_likelihood(TEXT)[0] > before
    held = model.fit(TEXT * 4, validation_split=0.3, verbose=0).history
    assert held["val_perplexity"][0] < 20
    told = model.fit(lines, validation_data=lines, sample_weight=[1, 0, 0, 0, 0], verbose=0)
    assert "val_loss" in told.history
    data = tf.data.Dataset.from_tensor_slices(lines).batch(2)
    model.fit(data, validation_data=data, verbose=0)
    model.compile(sampler="greedy")
    texts = model.generate(["the cat", "an old"], max_length=12)
    zoo.save(model, tmp_path / "learnt")
    again = zoo.load(tmp_path / "learnt")
    again.compile(sampler="greedy")
    assert again.generate(["the cat", "an old"], max_length=12) == texts
    assert again.log_likelihood(TEXT) == pytest.approx(model.log_likelihood(TEXT), rel=1e-3)


def test_what_was_compiled_is_compiled_when_it_is_read_back(tmp_path):
    model = zoo.load(make_language_model(tmp_path / "tiny"))
    model.save(tmp_path / "untrained.keras")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        untrained = keras.saving.load_model(tmp_path / "untrained.keras")
    assert type(untrained.optimizer) is type(model.optimizer)
    sampler = keras_hub.samplers.TopKSampler(k=1, temperature=0.5)
    model.compile(keras.optimizers.AdamW(0.02), sampler=sampler)
    model.fit(TEXT.splitlines(keepends=True), batch_size=2, verbose=0)
    model.save(tmp_path / "model.keras")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        again = keras.saving.load_model(tmp_path / "model.keras")
    assert float(again.optimizer.learning_rate) == pytest.approx(0.02)
    assert int(again.optimizer.iterations) == int(model.optimizer.iterations) > 0
    assert again.sampler.get_config() == sampler.get_config()
    texts = ["the cat", "an old"]
    assert again.generate(texts, max_length=12) == model.generate(texts, max_length=12)
    assert again.evaluate(texts, verbose=0) == pytest.approx(model.evaluate(texts, verbose=0))


def test_padding_weighs_nothing_whatever_a_text_weighs(words):
    texts = ["the cat", "the"]
    _, follows, weights = words.preprocessor(texts, sample_weight=[2.0, 0.5])
    expected = np.asarray(follows != 0) * np.array([[2.0], [0.5]])
    assert expected.any() and not expected.all()
    np.testing.assert_array_equal(weights, expected)
    data = tf.data.Dataset.from_tensors((texts, [2.0, 0.5]))
    data = data.map(lambda x, w: words.preprocessor(x, sample_weight=w))
    np.testing.assert_array_equal(next(iter(data))[2], expected)


def test_what_is_no_text_to_learn_is_refused(words):
    words.compile()
    refused = {
        "y of type list": (["a"], [1]),
        "one weight a text": (["the cat"], None, None, [1, 2]),
        "with a token": (["", " "],),
        "strings": ([1],),
        "batches of texts": (tf.data.Dataset.from_tensor_slices([[1, 2]]),),
        "leaves sequences": (["the"], None, None, None, None, 0.5),
        "as they are": (tf.data.Dataset.from_tensor_slices(["a"]).batch(1), None, 3),
    }
    for match, given in refused.items():
        with pytest.raises(zoo.InputError, match=match):
            words.fit(*given, verbose=0)
    with pytest.raises(zoo.InputError, match="UTF-8"):
        words.fit(tf.data.Dataset.from_tensor_slices([b"\xff"]).batch(1), verbose=0)


def test_a_longer_text_is_cut_for_predict_and_that_is_told(words):
    with pytest.warns(UserWarning, match="1 of 2 texts are longer than the 16 tokens.*3 tokens"):
        x, y, weight = words.preprocessor(["the cat", "dog " * 19])
    assert weight.sum() == 18 and x["token_ids"].shape == y.shape == (2, 16)
    with pytest.warns(UserWarning, match="longer than the 16"):
        logits = words.predict(["dog " * 19], verbose=0)
    np.testing.assert_allclose(logits[0], np.array(words(x))[1], atol=1e-5)


def test_scores_are_those_of_kerashub(words):
    inputs = words.preprocessor.generate_preprocess(["the cat saw the dog", "the door"])
    ids, inside = inputs["token_ids"], inputs["padding_mask"]
    logits = words.score(ids, inside)
    np.testing.assert_allclose(logits, words(inputs), atol=1e-5)
    seen = []
    loss = words.score(ids, inside, "loss", lambda x, at: seen.append(at) or x, np.roll(ids, -1, 1))
    assert loss.shape == ids.shape and seen == [-1, 0]
    logs = np.array(logits) - np.log(np.exp(np.array(logits)).sum(-1, keepdims=True))
    np.testing.assert_allclose(loss[0, :5], -logs[0, range(5), ids[0, 1:6]], rtol=1e-4)
    texts = [TEXT, "the cat"]
    expected = [words.log_likelihood(text)[0] for text in texts]
    assert words.score(texts).tolist() == words.score(np.array(texts)).tolist() == expected
    assert words.score(TEXT).shape == (1,)
    with pytest.raises(zoo.InputError, match="UTF-8"):
        words.score(["the", "\ud800"])
    with pytest.raises(zoo.InputError, match="'logits' or 'loss'"):
        words.score(ids, scoring_mode="other")
    with pytest.raises(zoo.InputError, match="target_ids"):
        words.score(ids, scoring_mode="loss")


def same_answers(one, other):
    for model in (one, other):
        model.compile(sampler="greedy")
    assert one.generate(PROMPTS, max_length=30) == other.generate(PROMPTS, max_length=30)
    assert one.log_likelihood(TEXT) == other.log_likelihood(TEXT)


@pytest.mark.parametrize("path", ["simple_rnn", "projected"], indirect=True)
def test_other_readers_read_it_and_what_they_save(model, path, tmp_path):
    loaded = checkpoint.read(path)
    shutil.copytree(path, tmp_path / "stock")
    for name, data in stock_files(loaded, (path / "config.json").read_bytes()).items():
        (tmp_path / "stock" / name).write_bytes(data)
    found = keras_hub.models.CausalLM.from_preset(str(tmp_path / "stock"))
    same_answers(found, model)
    same_answers(keras.saving.load_model(tmp_path / "stock"), model)
    found.save_to_preset(str(tmp_path / "preset"))
    again = keras_hub.models.CausalLM.from_preset(str(tmp_path / "preset"))
    assert type(again) is type(model) and again.info == model.info
    same_answers(again, model)
    again.save(tmp_path / "model.keras")
    last = keras.saving.load_model(tmp_path / "model.keras")
    same_answers(last, model)
    same_answers(copy.deepcopy(last), model)
    zoo.save(last, tmp_path / "saved")
    assert checkpoint_files(tmp_path / "saved") == checkpoint_files(path)


@pytest.mark.parametrize(
    ("change", "match"),
    [({"bidirectional": True}, "reads in one direction"), ({"skip": True}, "states alone")],
)
def test_networks_that_cannot_tell_what_follows_are_refused(tmp_path, change, match):
    path = make_language_model(tmp_path / "tiny")
    edit_config(path, lambda part: part["config"].update(change), "backbone")
    for ask in (zoo.load, zoo.pipeline):
        with pytest.raises(zoo.CheckpointError, match=rf"config\.json: expected.*{match}"):
            ask(path)
    backbone = small_backbone(**change)
    with pytest.raises(zoo.InputError, match=rf"^Expected.*{match}"):
        RecurrentCausalLM(backbone)
    with pytest.raises(zoo.InputError, match="RecurrentBackbone"):
        RecurrentCausalLM(None)


@pytest.mark.parametrize("tied", [True, False])
def test_a_model_is_built_from_arguments(tied):
    model = RecurrentCausalLM(small_backbone(), tied=tied, dropout=0.2)
    ids = np.array([[2, 3, 4, 0]])
    inputs = {"token_ids": ids, "padding_mask": ids != 0}
    assert model(inputs).shape == (1, 4, model.backbone.spec.vocabulary_size)
    model.compile(sampler="greedy")
    whole = model.generate(inputs)
    assert whole["token_ids"][:, :3].tolist() == [[2, 3, 4]] and whole["token_ids"][0, 3] >= 2
    model.fit(inputs, np.array([[3, 4, 2, 0]]), verbose=0)
    with pytest.raises(zoo.InputError, match="with its preprocessor"):
        model.log_likelihood("the cat")


@pytest.mark.parametrize("path", ["projected"], indirect=True)
def test_weights_in_half_precision_compute_the_same(path):
    text = TEXT[:200]
    expected = zoo.load(path).log_likelihood(text)
    model = zoo.load(path, precision="mixed_bfloat16")
    assert model.logits.compute_dtype == "float32"
    nats, tokens = model.log_likelihood(text)
    assert tokens == expected[1] and nats == pytest.approx(expected[0], rel=0.02)
    model.compile(sampler="greedy")
    assert len(model.generate(["the cat"] * 2, max_length=20)) == 2


@pytest.mark.parametrize("path", ["lstm"], indirect=True)
def test_rounded_vectors_give_the_logits_too(path):
    model = zoo.load(path)
    before = model.log_likelihood(TEXT)[0]
    model.quantize("int8")
    after = model.log_likelihood(TEXT)[0]
    assert after != before and after == pytest.approx(before, rel=0.02)
    ids = np.array([[2, 3, 4]])
    inputs = {"token_ids": ids, "padding_mask": ids > 0}
    states = model.backbone(inputs)
    np.testing.assert_allclose(model(inputs), model.logits_of(states), atol=1e-5)
