"""The Keras model of language models: what it computes, generates, learns and refuses."""

from __future__ import annotations

import copy
import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import keras
import keras_answers
import keras_hub
import numpy as np
import pytest
import tensorflow as tf
from keras_answers import PROMPTS, answers

import zoo
from helpers import checkpoint_files, edit_config, small_backbone
from zoo import checkpoint
from zoo.hub.stock import stock_files
from zoo.tasks.text_generation.model import RecurrentCausalLM
from zoo.tasks.text_generation.testing import TEXT, make_language_model

KINDS = {
    "lstm": {"cell": "lstm"},
    "gru": {"cell": "gru", "num_layers": 2, "unit": "characters"},
    "simple_rnn": {"cell": "simple_rnn", "tied": False},
    "projected": {"cell": "lstm", "num_layers": 2, "projected": True},
}


@pytest.fixture(scope="module", params=KINDS)
def path(request, tmp_path_factory):
    return make_language_model(tmp_path_factory.mktemp("language") / "tiny", **KINDS[request.param])


@pytest.fixture(scope="module")
def model(path):
    return zoo.load(path)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def step(cell, weights, x, state):
    """Return a layer's output and its state, by the equations of its cell."""
    kernel, recurrent, bias = weights
    if cell == "simple_rnn":
        h = np.tanh(x @ kernel + state[0] @ recurrent + bias)
        return h, [h]
    if cell == "lstm":
        i, f, c, o = np.split(x @ kernel + state[0] @ recurrent + bias, 4)
        carry = sigmoid(f) * state[1] + sigmoid(i) * np.tanh(c)
        h = sigmoid(o) * np.tanh(carry)
        return h, [h, carry]
    zi, ri, hi = np.split(x @ kernel + bias[0], 3)
    zr, rr, hr = np.split(state[0] @ recurrent + bias[1], 3)
    z = sigmoid(zi + zr)
    h = z * state[0] + (1 - z) * np.tanh(hi + sigmoid(ri + rr) * hr)
    return h, [h]


def reference(path, ids):
    """Return the logits after every token, of the equations and the weights of the file."""
    read = checkpoint.read(path)
    spec = read.backbone
    tensors = {name: value.astype(np.float64) for name, value in read.tensors.items()}
    states = [[np.zeros(spec.units)] * 2 for _ in range(spec.num_layers)]
    bias = tensors["logits/bias"].copy()
    bias[0] = -1e4
    rows = []
    for token in ids:
        x = tensors["token_embedding/embeddings"][token]
        for layer in range(spec.num_layers):
            parts = ("kernel", "recurrent_kernel", "bias")
            weights = [tensors[f"recurrent_{layer}/{spec.cell}_cell/{part}"] for part in parts]
            x, states[layer] = step(spec.cell, weights, x, states[layer])
        if "logits/kernel" in tensors:
            logits = x @ tensors["logits/kernel"]
        else:
            x = x @ tensors["projection/kernel"] if "projection/kernel" in tensors else x
            logits = x @ tensors["token_embedding/embeddings"].T
        rows.append(logits + bias)
    return np.array(rows)


def test_the_logits_are_those_of_the_equations(model, path):
    ids = np.array([2, *model.preprocessor.tokenizer(TEXT)[:15]])
    received = model({"token_ids": ids[None], "padding_mask": np.ones((1, len(ids)), bool)})
    np.testing.assert_allclose(np.array(received)[0], reference(path, ids), atol=2e-4)


def test_what_was_loaded_is_saved_byte_for_byte(model, path, tmp_path):
    zoo.save(model, tmp_path / "copy")
    assert checkpoint_files(tmp_path / "copy") == checkpoint_files(path)


def greedy(path, ids, count):
    """Return ids with the most probable ones after them, of the equations, in float64."""
    ids = [2, *ids]
    for _ in range(count):
        logits = reference(path, ids)[-1]
        logits[:2] = -np.inf
        ids.append(int(logits.argmax()))
    return ids[1:]


def test_greedy_takes_the_most_probable_token_at_every_step(model, path):
    model.compile(sampler="greedy")
    encoder = model.preprocessor.tokenizer.language()
    for given in (PROMPTS, PROMPTS[:1]):
        length = 40 if encoder.unit == "characters" else 14
        texts = model.generate(given, max_length=length)
        assert isinstance(texts, list) and len(texts) == len(given)
        for prompt, text in zip(given, texts, strict=True):
            ids = encoder.encode(prompt)
            expected = greedy(path, ids, length - 1 - len(ids))
            assert text.startswith(prompt)
            assert encoder.encode(text).tolist() == expected


@pytest.fixture(scope="module")
def words(tmp_path_factory):
    """A model that would write padding and the unknown word before all others."""
    path = make_language_model(tmp_path_factory.mktemp("words") / "tiny")
    model = zoo.load(path)
    bias = np.array(model.logits.bias)
    bias[:2] = 50.0
    model.logits.bias.assign(bias)
    return model


SAMPLERS = ("greedy", "top_k", "top_p", "random", "beam", "contrastive")


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_no_sampler_writes_padding_or_the_unknown_word(words, sampler):
    words.compile(sampler=sampler)
    encoder = words.preprocessor.tokenizer.language()
    texts = words.generate(PROMPTS, max_length=30, strip_prompt=True)
    for prompt, text in zip(PROMPTS, texts, strict=True):
        ids = encoder.encode(text)
        assert len(ids) == 29 - len(encoder.encode(prompt)) and ids.min() >= 2
        assert "<unk>" not in text and "[PAD]" not in text


def beams(path, ids, count, width):
    """Return the most probable continuation that a search with so many beams finds."""
    found = [(0.0, [2, *ids])]
    for _ in range(count):
        more = []
        for total, row in found:
            logits = reference(path, row)[-1][2:]
            logs = logits - np.log(np.exp(logits).sum())
            more += [(total + log, [*row, token + 2]) for token, log in enumerate(logs)]
        found = sorted(more, reverse=True)[:width]
    return found[0][1][1:]


@pytest.mark.parametrize("width", [1, 3])
def test_a_beam_search_is_that_of_each_prompt_alone(model, path, width):
    encoder = model.preprocessor.tokenizer.language()
    if encoder.unit == "characters":
        pytest.skip("one unit is enough of a slow reference")
    model.compile(sampler=keras_hub.samplers.BeamSampler(num_beams=width))
    for prompt, text in zip(PROMPTS, model.generate(PROMPTS, max_length=12), strict=True):
        ids = encoder.encode(prompt)
        assert encoder.encode(text).tolist() == beams(path, ids, 11 - len(ids), width)


def test_a_low_temperature_is_greedy_and_a_seed_gives_the_same_again(words):
    def written(sampler):
        words.compile(sampler=sampler)
        return words.generate(PROMPTS, max_length=20)

    random = keras_hub.samplers.RandomSampler
    assert written(random(temperature=1e-4, seed=1)) == written("greedy")
    assert written(random(seed=1)) == written(random(seed=1)) != written(random(seed=2))
    assert written(keras_hub.samplers.TopKSampler(k=1)) == written("greedy")


def test_tokens_are_drawn_as_often_as_they_are_probable(tmp_path):
    path = make_language_model(tmp_path / "tiny")
    model = zoo.load(path)
    model.compile(sampler=keras_hub.samplers.RandomSampler(temperature=2.0, seed=3))
    encoder = model.preprocessor.tokenizer.language()
    count = 3_000
    texts = model.generate(["the cat"] * count, max_length=4, strip_prompt=True)
    drawn = np.bincount([encoder.encode(text)[0] for text in texts], minlength=40) / count
    logits = reference(path, [2, *encoder.encode("the cat")])[-1] / 2
    expected = np.exp(logits[2:]) / np.exp(logits[2:]).sum()
    off = np.abs(drawn[2 : 2 + len(expected)] - expected)
    assert (off < 5 * np.sqrt(expected * (1 - expected) / count) + 1e-9).all()


def test_a_stop_token_ends_a_text(words):
    words.compile(sampler="greedy")
    encoder = words.preprocessor.tokenizer.language()
    whole = encoder.encode(words.generate("the cat", max_length=20)).tolist()
    stop = whole[6]
    cut = words.generate(["the cat"], max_length=20, stop_token_ids=[stop])
    ends = 1 + whole.index(stop, 2)  # the prompt has two words
    assert encoder.encode(cut[0]).tolist() == whole[:ends]


def test_the_prompt_stands_as_it_was_given(words):
    words.compile(sampler="greedy")
    with pytest.warns(UserWarning, match="1 of 3 words, such as 'Cow'"):
        text = words.generate("the  Cow\tsat ", max_length=8)
    assert text.startswith("the  Cow\tsat ") and text[13:14].strip()
    assert words.generate("the cat", max_length=3) == "the cat"
    assert isinstance(words.generate(np.array(["the cat"]), max_length=5), list)


def test_what_is_no_prompt_is_refused(words):
    words.compile(sampler="greedy")
    for given, match in (([], "at least one"), ([1], "strings"), ({"a": "b"}, "dict")):
        with pytest.raises(zoo.InputError, match=match):
            words.generate(given)
    with pytest.raises(zoo.InputError, match="UTF-8"):
        words.generate("\ud800")
    for length in (1, 10_001, 2.5, True):
        with pytest.raises(zoo.InputError, match="max_length from 2 to 10000"):
            words.generate("the cat", max_length=length)
    with pytest.raises(zoo.InputError, match=r"max_length=4 has room for.*5 tokens.*index 1"):
        words.generate(["the", "the cat saw the"], max_length=4)
    words.compile(sampler=keras_hub.samplers.TopKSampler(k=30))
    with pytest.raises(zoo.InputError, match="k of at most 15"):
        words.generate("the cat")
    words.compile(sampler=keras_hub.samplers.BeamSampler(return_all_beams=True))
    with pytest.raises(zoo.InputError, match="return_all_beams"):
        words.generate("the cat")


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
    model = zoo.load(make_language_model(tmp_path / "tiny"))
    model.compile(keras.optimizers.AdamW(0.02))
    lines = TEXT.splitlines(keepends=True)
    before, _ = model.log_likelihood(TEXT)
    history = model.fit(lines, epochs=12, batch_size=2, verbose=0).history
    assert history["perplexity"][-1] < history["perplexity"][0] / 2
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


@pytest.mark.slow
@pytest.mark.parametrize("path", ["gru"], indirect=True)
def test_jax_answers_as_tensorflow_does(path, tmp_path):
    file, root = Path(keras_answers.__file__), Path(__file__).parents[3]
    subprocess.run(
        [sys.executable, file, path, tmp_path / "answers"],
        check=True,
        env={
            **os.environ,
            "KERAS_BACKEND": "jax",
            "JAX_DISABLE_MOST_OPTIMIZATIONS": "1",
            "PYTHONPATH": str(root),
        },
        timeout=600,
    )
    received, expected = pickle.loads((tmp_path / "answers").read_bytes()), answers(path)
    for name in ("greedy", "beam", "contrastive", "stopped"):
        assert received[name] == expected[name]
    for prompt, text in zip(PROMPTS, received["drawn"], strict=True):
        assert text.startswith(prompt) and "<unk>" not in text and len(text) > len(prompt)
    for name in ("scores", "evaluated"):
        np.testing.assert_allclose(received[name], expected[name], rtol=1e-4)
    assert received["losses"][-1] < received["losses"][0]
    np.testing.assert_allclose(received["losses"], expected["losses"], rtol=0.2)  # of dropout
    assert received["after"].startswith(PROMPTS[0])
