"""Whatever bytes a checkpoint's files hold, they are read or refused with the zoo's own error."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from fuzzing import contents_of, inputs, parse, spoil_bytes, spoil_json

NUMBERS = st.integers() | st.sampled_from([2**31, 2**32, 2**53, 2**63, 2**64, 10**30, -1, 0])
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.floats() | st.text(max_size=8),
    lambda part: st.lists(part, max_size=3) | st.dictionaries(st.text(max_size=8), part),
    max_leaves=4,
)
JSON = [(source, name) for source, name in inputs() if name.endswith(".json")]
fuzz = settings(
    deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


def drawing(data):
    return lambda limit: data.draw(st.integers(0, limit - 1))


@pytest.mark.parametrize("source", sorted({source for source, _ in inputs()}))
def test_what_is_good_is_read(source):
    for name, data in contents_of(source).items():
        assert parse(source, name, data) is None


@fuzz
@given(st.sampled_from(inputs()), st.data())
def test_spoilt_bytes_are_refused_or_read(place, data):
    source, name = place
    parse(source, name, spoil_bytes(contents_of(source)[name], drawing(data)))


@fuzz
@given(st.sampled_from(inputs()), st.binary(max_size=200))
@example(("text", "config.json"), b"")
@example(("text", "model.safetensors"), b"\x02\0\0\0\0\0\0\0{}")
def test_bytes_out_of_nothing_are_refused(place, data):
    assert parse(*place, data) is not None


@fuzz
@given(st.sampled_from(JSON), st.data(), VALUES)
def test_spoilt_documents_are_refused_or_read(place, data, value):
    source, name = place
    parse(source, name, spoil_json(contents_of(source)[name], drawing(data), value))


@fuzz
@given(st.data(), VALUES)
def test_spoilt_headers_of_weights_are_refused_or_read(data, value):
    source = data.draw(st.sampled_from(["text", "ngrams", "forecasting"]))
    weights = contents_of(source)["model.safetensors"]
    length = int.from_bytes(weights[:8], "little")
    header = spoil_json(weights[8 : 8 + length], drawing(data), value)
    spoilt = len(header).to_bytes(8, "little") + header + weights[8 + length :]
    parse(source, "model.safetensors", spoilt)
