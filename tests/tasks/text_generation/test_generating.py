"""What the Keras model of language models writes with KerasHub's samplers, and what it refuses."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path

import keras_answers
import keras_hub
import numpy as np
import pytest
import tensorflow as tf
from keras_answers import PROMPTS, answers
from language_equations import KINDS, reference

import zoo
from zoo.tasks.text_generation.testing import make_language_model


@pytest.fixture(scope="module", params=KINDS)
def path(request, tmp_path_factory):
    return make_language_model(tmp_path_factory.mktemp("language") / "tiny", **KINDS[request.param])


@pytest.fixture(scope="module")
def model(path):
    return zoo.load(path)


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
    several = words.generate(PROMPTS, max_length=12)
    for given in (np.array(PROMPTS), iter(PROMPTS), [prompt.encode() for prompt in PROMPTS]):
        assert words.generate(given, max_length=12) == several
    data = tf.data.Dataset.from_tensor_slices(PROMPTS).batch(3)
    assert words.generate(data, max_length=12) == several
    assert words.generate(PROMPTS[0].encode(), max_length=12) == several[0]


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
    assert received["losses"][-5:].mean() < received["losses"][:5].mean()
    np.testing.assert_allclose(received["losses"], expected["losses"], rtol=0.2)  # of dropout
    assert received["after"].startswith(PROMPTS[0])
