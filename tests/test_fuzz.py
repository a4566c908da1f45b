"""Whatever bytes a checkpoint's files hold, they are read or refused with the zoo's own error."""

from __future__ import annotations

import math
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import zoo
from fuzzing import contents_of, enlarged, inputs, parse, spoil_bytes, spoil_json
from zoo import checkpoint
from zoo.checkpoint.configuration import parse_config
from zoo.checkpoint.sizes import check_plan
from zoo.task import task_named

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


LARGE = st.integers(0, 24).flatmap(lambda bits: st.integers(1 << bits >> 1, 1 << bits))


@fuzz
@given(st.sampled_from(sorted({source for source, _ in inputs()})), st.data())
def test_large_arguments_are_refused_or_cost_what_a_machine_has(source, data):
    """Whatever numbers a configuration holds: what is accepted is bounded, and small it answers."""
    contents = contents_of(source)
    info = checkpoint.parse_info(contents["zoo.json"], Path("zoo.json"))
    form = checkpoint.format_of(info, Path(source))
    config = enlarged(contents["config.json"], lambda: data.draw(LARGE))
    try:
        backbone, head, preprocessor = parse_config(config, Path("config.json"), info.task, form)
    except zoo.CheckpointError:
        return
    shapes = form.shapes(backbone, head)
    parameters = sum(map(math.prod, shapes.values()))
    labels = tuple(map(str, range(getattr(head, "num_classes", 0))))
    info = msgspec.structs.replace(info, parameters=parameters, labels=labels)
    cost = form.cost(shapes, backbone, head, preprocessor)
    try:
        plan = check_plan(info, config, Path(source), form)
    except zoo.CheckpointError as error:
        assert "larger model" in str(error)
        return
    assert plan.shapes == shapes and parameters <= 1 << 27
    assert max(map(math.prod, shapes.values())) <= 1 << 27
    assert cost.activations <= 1 << 27
    if preprocessor is not None and source != "translation":
        longest = preprocessor.head_length + preprocessor.tail_length
        assert longest * backbone.features <= 1 << 27
        if source == "transformer":
            assert backbone.num_heads * longest**2 <= 1 << 27


def test_the_large_arguments_that_are_drawn_fall_on_both_sides():
    generator = np.random.default_rng(0)
    name = "text-classification"
    form = task_named(name).format
    outcomes = set()
    for _ in range(100):
        config = enlarged(
            contents_of("text")["config.json"], lambda: int(2 ** generator.uniform(0, 24))
        )
        try:
            parts = parse_config(config, Path("config.json"), name, form)
            outcomes.add(form.cost(form.shapes(*parts[:2]), *parts).excess() is None)
        except zoo.CheckpointError:
            outcomes.add(None)
    assert outcomes == {True, False, None}
