"""What a language model writes and how likely it finds texts, beside a reference in NumPy."""

from __future__ import annotations

import functools
import pickle
import tempfile
import tracemalloc
import warnings
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import zoo
from zoo import checkpoint
from zoo.networks.recurrent.graph import state_sizes
from zoo.tasks.text_generation.testing import CASES, TEXT, make_language_model

few = settings(deadline=None, max_examples=15)
every_variant = pytest.mark.parametrize("variant", CASES.variants)
PROMPTS = ("the cat", "", "an old dog\n", "the door shut\nthe dog and")


@functools.cache
def tiny(variant="words"):
    return CASES.variants[variant](Path(tempfile.mkdtemp()) / "tiny")


@functools.cache
def pipeline_of(variant="words"):
    return zoo.pipeline(tiny(variant), threads=2)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def cell(kind, tensors, x, state):
    """Take a step of a cell as Keras defines it; return its states, of which the first goes on."""
    kernel, recurrent, bias = (tensors[part] for part in ("kernel", "recurrent_kernel", "bias"))
    h = state[0]
    if kind == "simple_rnn":
        return [np.tanh(x @ kernel + h @ recurrent + bias)]
    if kind == "lstm":
        i, f, c, o = np.split(x @ kernel + h @ recurrent + bias, 4)
        c = sigmoid(f) * state[1] + sigmoid(i) * np.tanh(c)
        return [sigmoid(o) * np.tanh(c), c]
    of_x, of_h = np.split(x @ kernel + bias[0], 3), np.split(h @ recurrent + bias[1], 3)
    z, r = (sigmoid(a + b) for a, b in zip(of_x[:2], of_h[:2], strict=True))
    return [z * h + (1 - z) * np.tanh(of_x[2] + r * of_h[2])]


def reference(path, ids):
    """Return the log-probabilities of all tokens in the place of each of some, float64."""
    source = checkpoint.read(path)
    spec, given = source.backbone, source.tensors
    tensors = {name: value.astype(np.float64) for name, value in given.items()}
    table = tensors["token_embedding/embeddings"]
    states = [[np.zeros(size) for size in parts] for parts in state_sizes(spec)]
    found = []
    for token in [2, *ids[:-1]]:
        x = table[token]
        for number in range(spec.num_layers):
            prefix = f"recurrent_{number}/{spec.cell}_cell/"
            own = {n.removeprefix(prefix): t for n, t in tensors.items() if n.startswith(prefix)}
            states[number] = cell(spec.cell, own, x, states[number])
            x = states[number][0]
        if source.head.tied:
            logits = x @ tensors.get("projection/kernel", np.eye(len(x))) @ table.T
        else:
            logits = x @ tensors["logits/kernel"]
        logits += tensors["logits/bias"]
        logits[0] = -1e4
        found.append(logits - np.log(np.exp(logits - logits.max()).sum()) - logits.max())
    return np.array(found)


@every_variant
@pytest.mark.parametrize("text", ["a cat and an xyzzy dog\nsat", "t", "\n"])
def test_scores_are_those_of_a_plain_network(variant, text):
    pipe = pipeline_of(variant)
    ids, scores = pipe.score_tokens(text)
    assert ids.dtype == np.int32 and ids.tolist() == pipe.encoder.encode(text).tolist()
    expected = reference(tiny(variant), ids)
    np.testing.assert_allclose(scores, expected[np.arange(len(ids)), ids], rtol=1e-5, atol=1e-5)
    (part, predicted), *rest = pipe.predictions(text)
    assert rest == [] and part.tolist() == ids.tolist() and predicted.shape == expected.shape
    np.testing.assert_allclose(predicted[:, 1:], expected[:, 1:], rtol=1e-5, atol=1e-5)
    assert (predicted[:, 0] < -5_000).all()
    counted = scores[1:] if variant == "characters" else scores
    assert pipe.log_likelihood(text) == (float(counted.sum()), len(counted))


@every_variant
def test_a_long_text_is_scored_as_the_network_reads_it(variant):
    pipe, text, told = pipeline_of(variant), TEXT * 20, []
    ids, scores = pipe.score_tokens(text, progress=lambda *how: told.append(how))
    assert len(ids) == len(pipe.encoder.encode(text)) > 900
    expected = reference(tiny(variant), ids)[np.arange(len(ids)), ids]
    np.testing.assert_allclose(scores, expected, rtol=1e-4, atol=1e-4)
    assert told[-1] == (len(ids), len(ids)) and [done for done, _ in told] == sorted(
        {done for done, _ in told}
    )


def test_an_empty_text_has_no_tokens():
    for variant in ("words", "characters"):
        assert pipeline_of(variant).log_likelihood("") == (0.0, 0)
        assert [len(part) for part in pipeline_of(variant).score_tokens("")] == [0, 0]


@few
@given(
    st.sampled_from(list(CASES.variants)),
    st.lists(st.integers(1, 16), min_size=1, max_size=60),
    st.lists(st.integers(0, 60), max_size=5).map(sorted),
)
def test_pieces_with_the_state_carried_come_to_the_whole(variant, tokens, cuts):
    pipe = pipeline_of(variant)
    ids = np.array([[2, *tokens]], np.int32)
    whole, last = pipe.read(ids)
    state, found = None, []
    for first, end in zip([0, *cuts], [*cuts, ids.shape[1]], strict=True):
        if first < min(end, ids.shape[1]):
            some, state = pipe.read(ids[:, first:end], state)
            found.append(some)
    np.testing.assert_allclose(np.concatenate(found, axis=1), whole, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(state, last, rtol=1e-5, atol=1e-5)
    # Texts side by side are read as each alone.
    both, after = pipe.read(np.concatenate([ids, ids[:, ::-1]]))
    np.testing.assert_allclose(both[:1], whole, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(after[:1], last, rtol=1e-5, atol=1e-5)


@every_variant
@pytest.mark.parametrize("prompt", PROMPTS)
def test_the_likeliest_token_is_that_of_a_plain_network(variant, prompt):
    pipe = pipeline_of(variant)
    (answer,) = pipe(prompt, max_new_tokens=6, temperature=0)
    assert answer["generated_text"].startswith(prompt)
    ids = pipe.encoder.encode(prompt).tolist()
    for _ in range(6):
        logits = reference(tiny(variant), [*ids, 0])[-1]
        ids.append(2 + int(logits[2:].argmax()))
    assert pipe.encoder.encode(answer["generated_text"]).tolist() == ids


@every_variant
@few
@given(st.data())
def test_what_is_drawn_depends_on_nothing_that_is_asked_beside_it(variant, data):
    """Neither on the order of prompts, nor on how many, nor on the threads."""
    pipe = pipeline_of(variant)
    how = {
        "max_new_tokens": data.draw(st.integers(0, 12)),
        "seed": data.draw(st.integers(0, 2**63 - 1)),
        "temperature": data.draw(st.sampled_from([0.3, 1.0, 3.0])),
        "top_k": data.draw(st.sampled_from([None, 1, 3, 500])),
        "top_p": data.draw(st.sampled_from([None, 0.5, 1.0])),
    }
    prompts = data.draw(st.permutations(PROMPTS))
    alone = [pipe(prompt, **how)[0] for prompt in prompts]
    assert pipe(prompts, **how) == [[one] for one in alone]
    several = zoo.pipeline(tiny(variant), threads=1)(prompts, **how, num_return_sequences=3)
    assert [some[0] for some in several] == alone
    for prompt, some in zip(prompts, several, strict=True):
        assert len(some) == 3
        assert all(one["generated_text"].startswith(prompt) for one in some)


def test_other_seeds_and_sequences_are_other_draws():
    pipe = pipeline_of()
    how = {"max_new_tokens": 12, "temperature": 2.0}
    texts = {pipe("the", seed=seed, **how)[0]["generated_text"] for seed in range(20)}
    assert len(texts) > 15
    several = pipe("the", seed=1, num_return_sequences=20, **how)
    assert len({one["generated_text"] for one in several}) > 15
    # Without a seed every prompt has its own, also the same prompt twice.
    drawn = pipe(["the"] * 20, **how)
    assert len({one[0]["generated_text"] for one in drawn}) > 15


@every_variant
@pytest.mark.parametrize("num_beams", [2, 5])
def test_a_search_finds_what_is_likelier_than_the_likeliest_token_each(variant, num_beams):
    pipe = pipeline_of(variant)
    for prompt in PROMPTS:
        ids = len(pipe.encoder.encode(prompt))

        def likelihood(text, ids=ids):
            return pipe.score_tokens(text)[1][ids:].sum()

        how = {"max_new_tokens": 4, "num_beams": num_beams}
        found = pipe(prompt, **how, num_return_sequences=num_beams)
        scores = [likelihood(one["generated_text"]) for one in found]
        assert len({one["generated_text"] for one in found}) == num_beams
        assert all(a >= b - 1e-4 for a, b in pairwise(scores))
        greedy = pipe(prompt, max_new_tokens=4, temperature=0)[0]["generated_text"]
        assert scores[0] >= likelihood(greedy) - 1e-4
        assert pipe(prompt, **how)[0] == found[0]


def test_the_prompt_stands_as_it_was_written():
    words, characters = pipeline_of("words"), pipeline_of("characters")
    how = {"max_new_tokens": 3, "temperature": 0}
    for pipe in (words, characters):
        for prompt in ("the  cat ", "the\tcat", "\n the cat\n", ""):
            (full,) = pipe(prompt, **how)
            (rest,) = pipe(prompt, return_full_text=False, **how)
            assert full["generated_text"] == prompt + rest["generated_text"]
    assert words("the cat", **how)[0]["generated_text"][7] in " \n"
    assert words("the cat ", **how)[0]["generated_text"][8] != " "
    assert words("", **how)[0]["generated_text"][0] != " "
    for pipe in (words, characters):
        assert pipe(["the", ""], max_new_tokens=0, num_return_sequences=2) == [
            [{"generated_text": "the"}] * 2,
            [{"generated_text": ""}] * 2,
        ]


def test_what_is_unknown_is_told_and_never_written():
    for variant, unknown in (("words", ["xyzzy", "{count}"]), ("characters", ["x", "{"])):
        pipe = pipeline_of(variant)
        with pytest.warns(UserWarning, match="that the model does not know") as caught:
            found = pipe(
                [f"the {unknown[0]} {unknown[1]}", "the cat"],
                max_new_tokens=300,
                temperature=50.0,
                seed=1,
            )
        (message,) = (str(one.message) for one in caught)
        assert all(repr(word) in message for word in unknown)
        for (one,), prompt in zip(
            found, (f"the {unknown[0]} {unknown[1]}", "the cat"), strict=True
        ):
            rest = one["generated_text"].removeprefix(prompt)
            ids = pipe.encoder.encode(rest)
            assert 1 not in ids and len(ids) >= 300 and "<unk>" not in rest and "\ufffd" not in rest
            assert len(set(ids.tolist())) == len(pipe.encoder.tokenizer.get_vocab()) - 2
        doubts = pipe.with_doubts(["the", f"a {unknown[0]}"], max_new_tokens=0)[1]
        (told,) = doubts.messages()
        assert told.startswith("1 of 2 texts") and "the first at index 1" in told
        assert [len(said) for said in doubts.alone()] == [0, 1]
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            pipe("the cat <unk>" if variant == "words" else "the cat", max_new_tokens=1)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"temperature": -0.1}, "temperature of at least 0"),
        ({"temperature": float("nan")}, "temperature"),
        ({"temperature": 1e300}, "at most 1,000,000"),
        ({"temperature": "warm"}, "temperature"),
        ({"top_k": 0}, "top_k from 1"),
        ({"top_k": 2.5}, "top_k from 1"),
        ({"top_p": 0}, "top_p above 0"),
        ({"top_p": 1.01}, "top_p above 0"),
        ({"top_p": float("nan")}, "top_p above 0"),
        ({"max_new_tokens": -1}, "max_new_tokens from 0"),
        ({"max_new_tokens": True}, "max_new_tokens from 0"),
        ({"max_new_tokens": 10**9}, "max_new_tokens from 0"),
        ({"seed": -1}, "seed from 0"),
        ({"seed": 2**63}, "seed from 0"),
        ({"num_beams": 0}, "num_beams from 1"),
        ({"num_return_sequences": 0}, "num_return_sequences from 1"),
        ({"return_full_text": "yes"}, "return_full_text True or False"),
        ({"num_beams": 3, "temperature": 0.5}, "draws nothing"),
        ({"num_beams": 3, "top_k": 5}, "draws nothing"),
        ({"num_beams": 3, "seed": 5}, "draws nothing"),
        ({"num_beams": 3, "num_return_sequences": 4}, "at most num_beams, 3"),
        ({"temperature": 0, "num_return_sequences": 2}, "always takes the likeliest"),
        ({"max_new_tokens": 1, "num_beams": 50, "num_return_sequences": 50}, "at most 15"),
    ],
)
def test_options_out_of_bounds_are_refused(options, words):
    with pytest.raises(zoo.InputError, match=words):
        pipeline_of()("the", **options)


@pytest.mark.parametrize(
    ("prompts", "words"),
    [
        (b"the \xff", "UTF-8"),
        (3, "int"),
        (None, "NoneType"),
        ([], "at least one"),
        (["the", b"cat \xff"], "UTF-8"),
        (["the", None, "cat"], "index 1"),
        ({"the": 1}, "dict"),
        ("\ud800", "UTF-8"),
        (["the", "a\udfff"], "UTF-8"),
        (np.array([["the"]]), "one-dimensional"),
    ],
)
def test_what_is_no_prompt_is_refused(prompts, words):
    with pytest.raises(zoo.InputError, match=words):
        pipeline_of()(prompts, max_new_tokens=2)
    if isinstance(prompts, str | bytes | int):
        for ask in ("log_likelihood", "score_tokens", "session"):
            with pytest.raises(zoo.InputError, match=words):
                getattr(pipeline_of(), ask)(prompts)


def test_a_megabyte_is_read_in_little_memory():
    pipe = pipeline_of("words")
    prompt = TEXT * 7_000
    pipe(TEXT * 20, max_new_tokens=1, seed=1)
    tracemalloc.start()
    try:
        (one,) = pipe(prompt, max_new_tokens=2, seed=1)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert one["generated_text"].startswith(prompt) and peak < 60e6
    # What was read long ago counts for nothing: as after its end alone.
    tail = TEXT * 90
    likeliest = {"max_new_tokens": 5, "temperature": 0, "return_full_text": False}
    assert pipe(prompt, **likeliest) == pipe(tail, **likeliest)


def test_bytes_are_texts_in_utf_8():
    how = {"max_new_tokens": 3, "seed": 1}
    assert pipeline_of()(b"the cat", **how) == pipeline_of()("the cat", **how)


def test_a_copy_answers_the_same():
    pipe = pipeline_of("two layers with a projection")
    copy = pickle.loads(pickle.dumps(pipe))
    assert copy("the cat", seed=4) == pipe("the cat", seed=4)
    assert "text-generation" in repr(pipe)


def test_ids_that_no_token_has_are_never_written(tmp_path):
    """A table may have more rows than there are tokens."""
    path = make_language_model(tmp_path / "tiny", vocabulary_size=40)
    pipe = zoo.pipeline(path)
    (one,) = pipe("the", max_new_tokens=500, temperature=100.0, seed=1)
    words = one["generated_text"].split()
    assert "<unk>" not in words and len(set(words)) == 14
