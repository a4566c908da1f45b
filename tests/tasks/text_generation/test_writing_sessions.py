"""Sessions that write: their states are values, and what follows is the same from each."""

from __future__ import annotations

import functools
import pickle
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import zoo
from serving_client import serving
from zoo.sessions.packing import pack, unpack
from zoo.tasks.text_generation.testing import CASES

few = settings(deadline=None, max_examples=12)
every_variant = pytest.mark.parametrize("variant", CASES.variants)
HOWS = st.fixed_dictionaries(
    {
        "temperature": st.sampled_from([0, 0.5, 1.0, 2.0]),
        "top_k": st.sampled_from([None, 2, 9]),
        "top_p": st.sampled_from([None, 0.6]),
        "seed": st.integers(0, 2**63 - 1),
    }
)
PROMPTS = st.sampled_from(["", "the cat", "the dog\n", "an old dog and "])


@functools.cache
def tiny(variant):
    return CASES.variants[variant](Path(tempfile.mkdtemp()) / "tiny")


@functools.cache
def pipeline_of(variant="words"):
    return zoo.pipeline(tiny(variant), threads=1)


def rest_of(session):
    return list(iter(session.step, None))


@every_variant
@few
@given(PROMPTS, HOWS, st.integers(0, 30))
def test_a_session_writes_what_the_pipeline_does(variant, prompt, how, count):
    pipe = pipeline_of(variant)
    session = pipe.session(prompt, max_new_tokens=count, **how)
    pieces = rest_of(session)
    assert len(pieces) == count and all(pieces) and session.step() is None
    (whole,) = pipe(prompt, max_new_tokens=count, return_full_text=False, **how)
    assert "".join(pieces) == whole["generated_text"]
    assert list(pipe.stream(prompt, max_new_tokens=count, **how)) == pieces
    session.reset()
    assert rest_of(session) == pieces


@every_variant
@few
@given(PROMPTS, HOWS, st.integers(0, 12), st.integers(0, 12))
def test_from_a_state_all_goes_on_alike(variant, prompt, how, before, after):
    pipe = pipeline_of(variant)
    session = pipe.session(prompt, max_new_tokens=before + after, **how)
    begun = [session.step() for _ in range(before)]
    branch, kept, data = session.fork(), session.state, session.to_bytes()
    expected = rest_of(session)
    assert len(begun) == before and len(expected) == after
    assert rest_of(branch) == expected
    branch.state = kept
    assert rest_of(branch) == expected
    other = zoo.pipeline(tiny(variant)).session("a cat", seed=1)
    other.restore(data)
    assert other.to_bytes() == data and rest_of(other) == expected
    copy = pickle.loads(pickle.dumps(session))
    copy.state = kept
    assert rest_of(copy) == expected
    with pytest.raises(ValueError, match="read-only"):
        kept.network[0] = 1


@few
@given(st.lists(st.tuples(PROMPTS, HOWS, st.integers(0, 9)), min_size=1, max_size=6))
def test_sessions_side_by_side_write_what_each_does_alone(given):
    pipe = pipeline_of("characters")
    made = [pipe.session(prompt, max_new_tokens=count, **how) for prompt, how, count in given]
    found = [pipe.step_sessions(made, [None] * len(made)) for _ in range(10)]
    for at, (prompt, how, count) in enumerate(given):
        alone = rest_of(pipe.session(prompt, max_new_tokens=count, **how))
        assert [pieces[at] for pieces in found] == alone + [None] * (10 - count)


def test_a_state_goes_on_with_another_seed_or_otherwise():
    pipe = pipeline_of()
    session = pipe.session("the", max_new_tokens=40, temperature=2.0, seed=1)
    for _ in range(5):
        session.step()
    state = session.state
    same = rest_of(pipe.session(state=state))
    assert same == rest_of(session) and len(same) == 35
    others = ["".join(rest_of(pipe.session(state=state, seed=seed))) for seed in range(20)]
    assert len({*others, "".join(same)}) > 15
    greedy = pipe.session(state=state, temperature=0, max_new_tokens=3)
    assert len(rest_of(greedy)) == 3 and greedy.state.written == 8
    with pytest.raises(zoo.InputError, match="a prompt or a state"):
        pipe.session("the", state=state)
    with pytest.raises(zoo.InputError, match="Expected a state of this network"):
        pipe.session(state=b"state")
    with pytest.raises(zoo.InputError, match="Expected a state of this network"):
        pipeline_of("two layers with a projection").session(state=state)


def test_without_a_seed_every_session_is_another():
    pipe = pipeline_of()
    texts = {"".join(pipe.stream("the", max_new_tokens=15, temperature=3.0)) for _ in range(20)}
    assert len(texts) > 15
    assert len(rest_of(pipe.session())) == 1_000


def test_threads_do_not_disturb_each_other():
    pipe = pipeline_of("two layers with a projection")

    def write(seed):
        return "".join(pipe.stream("the", max_new_tokens=40, temperature=2.0, seed=seed))

    alone = [write(seed) for seed in range(16)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(write, range(16))) == alone


@pytest.mark.parametrize(
    "change",
    [
        {"last": 0},
        {"last": 17},
        {"last": -1},
        {"last": "a"},
        {"written": -1},
        {"written": 41},
        {"most": 10**9},
        {"spaced": 2},
        {"network": np.zeros(11, np.float32)},
        {"network": np.zeros(12, np.float64)},
        {"network": np.full(12, np.nan, np.float32)},
        {"how": np.array([-1.0, 0, 0])},
        {"how": np.array([np.nan, 0, 0])},
        {"how": np.array([1.0, 0.5, 0])},
        {"how": np.array([1.0, np.inf, 0])},
        {"how": np.array([1.0, -3, 0])},
        {"how": np.array([1.0, 0, 1.5])},
        {"how": np.array([1, 0, 0])},
        {"how": np.zeros(2)},
        {"key": np.array([-1, 0, 0])},
        {"key": np.array([1, 0])},
        {"key": np.array([1.0, 0, 0])},
        {"key": None},
    ],
)
def test_bytes_of_a_state_that_cannot_be_are_refused(change):
    pipe = pipeline_of()
    session = pipe.session("the", max_new_tokens=40, seed=1)
    session.step()
    kept = session.to_bytes()
    model = pipe._stream.model
    parts = {**unpack(kept, model), **change}
    parts = {name: part for name, part in parts.items() if part is not None}
    with pytest.raises(zoo.InputError, match="one that it cannot be in"):
        session.restore(pack(model, parts))
    assert session.to_bytes() == kept


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"temperature": -1}, "temperature"),
        ({"top_k": 0}, "top_k"),
        ({"top_p": 0}, "top_p"),
        ({"max_new_tokens": -1}, "max_new_tokens"),
        ({"max_new_tokens": 100_001}, "max_new_tokens from 0 to 100000"),
        ({"seed": 2**63}, "seed"),
        ({"num_beams": 2}, "searches no further"),
        ({"prompt": ["the"]}, "one text"),
        ({"prompt": None}, "one text"),
    ],
)
def test_what_no_session_begins_with_is_refused(given, words):
    with pytest.raises(zoo.InputError, match=words):
        pipeline_of().session(**given)


def test_unknown_words_are_told_where_a_session_begins():
    with pytest.warns(UserWarning, match="1 of 2 words, such as 'xyzzy'"):
        pipeline_of().session("the xyzzy")


def test_over_a_network_a_session_takes_the_options():
    pipe = pipeline_of()
    given = {"temperature": 0.7, "top_p": 0.9, "seed": 5, "max_new_tokens": 12}

    async def ask(client, service):
        base = f"/v1/models/{pipe.info.name}"
        body = {"input": "the cat", **given}
        whole = (await client.post(f"{base}/predict", json=body)).json()["output"]
        events = (await client.post(f"{base}/stream", json=body)).text.split("\n\n")
        opened = (await client.post(f"{base}/sessions", json=body)).json()["session"]
        steps = []
        while (await_ := (await client.post(f"{base}/sessions/{opened}/step")).json())["output"]:
            steps.append(await_["output"])
        several = {"input": "the", "num_return_sequences": 2, "max_new_tokens": 2, "top_k": 3}
        two = (await client.post(f"{base}/predict", json=several)).json()["output"]
        refused = [
            (await client.post(f"{base}/{place}", json={"input": "the", **one})).status_code
            for place in ("predict", "sessions", "stream")
            for one in ({"top_p": 0}, {"top_p": 1.1}, {"temperature": -0.5}, {"top_k": 0})
        ]
        beams = await client.post(f"{base}/sessions", json={**body, "num_beams": 2})
        much = {"inputs": ["the"] * 20, "num_return_sequences": 20, "max_new_tokens": 51}
        many = await client.post(f"{base}/predict", json=much)
        unknown = (await client.post(f"{base}/sessions", json={"input": "xyzzy"})).json()
        return whole, events, steps, two, refused, beams.status_code, many, unknown

    whole, events, steps, two, refused, beams, many, unknown = serving([pipe], ask)
    expected = pipe("the cat", **given)[0]["generated_text"]
    assert whole == {"generated_text": expected}
    assert "the cat" + "".join(steps) == expected and len(steps) == 12
    streamed = [msgspec.json.decode(one.partition("data: ")[2])["output"] for one in events[:-2]]
    assert streamed == steps
    assert len(two["generated_text"]) == 2
    assert set(refused) == {422} and beams == 422
    expected = "max_new_tokens of at most 50 for 20 inputs at once and num_return_sequences of 20"
    assert many.status_code == 422 and expected in many.json()["detail"]
    assert "xyzzy" in unknown["warnings"][0]
