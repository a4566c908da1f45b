"""Checkpoint directories: what is written is read, and whatever was damaged is refused."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given, settings
from hypothesis import strategies as st

import zoo
import zoo.files
from helpers import edit_config, edit_json, edit_record, edit_tensors, rewrite
from zoo import checkpoint
from zoo.task import task_named
from zoo.tasks.text_classification.testing import make_checkpoint

FILES = sorted(task_named("text-classification").format.files)


def snapshot(path):
    return {file.relative_to(path): file.read_bytes() for file in path.rglob("*") if file.is_file()}


def refused(path, *words):
    with pytest.raises(zoo.CheckpointError) as caught:
        checkpoint.read(path)
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize("cell", ["simple_rnn", "lstm", "gru"])
def test_what_was_read_is_written_byte_for_byte(tmp_path, cell):
    source = make_checkpoint(tmp_path / "a", cell=cell, bidirectional=True, num_layers=2)
    loaded = checkpoint.read(source)
    checkpoint.write(
        tmp_path / "b",
        info=loaded.info,
        backbone=loaded.backbone,
        head=loaded.head,
        preprocessor=loaded.preprocessor,
        assets=loaded.assets,
        weights=checkpoint.serialize_tensors(loaded.tensors),
    )
    assert snapshot(tmp_path / "b") == snapshot(source)


@pytest.mark.parametrize("name", [*FILES, "zoo.json"])
def test_a_missing_file_is_named(tiny, name):
    (tiny / name).unlink()
    refused(tiny, name, "no such file")


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("damage", ["truncated", "changed", "longer"])
def test_a_damaged_file_is_named(tiny, name, damage):
    data = bytearray((tiny / name).read_bytes())
    if damage == "truncated":
        data = data[:-1]
    elif damage == "changed":
        data[len(data) // 2] ^= 1
    else:
        data += b" "
    (tiny / name).write_bytes(bytes(data))
    refused(tiny, name, "Expected:", "Received:")


@pytest.mark.parametrize("name", ["notes.txt", "assets/extra.json", "assets/deep/model.pkl"])
def test_an_extra_file_is_named(tiny, name):
    (tiny / name).parent.mkdir(exist_ok=True)
    (tiny / name).write_text("extra")
    refused(tiny, name, "does not list")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "not valid JSON"),
        ("[]", "zoo.json"),
        ('{"name": "a", "name": "b"}', "twice"),
        ('{"name": NaN}', "NaN"),
        ("[" * 100_000, "not valid JSON"),
        ('{"format_version": 2}', "pip install --upgrade rnn-zoo"),
        ('{"format_version": "1"}', "zoo.json"),
        ('{"parameters": ' + "1" * 5000 + "}", "not valid JSON"),
        ("\x00\xff", "zoo.json"),
    ],
)
def test_a_record_that_is_none_is_refused(tiny, text, word):
    (tiny / "zoo.json").write_bytes(text.encode("latin-1"))
    refused(tiny, word)


@pytest.mark.parametrize(
    "change",
    [
        lambda record: record.update(surprise=1),
        lambda record: record.update(name="Not A Name"),
        lambda record: record.update(parameters=-1),
        lambda record: record.update(parameters=record["parameters"] + 1),
        lambda record: record.update(labels=["a", "b"]),
        lambda record: record.update(labels=["a", "a", "b"]),
        lambda record: record.update(format_version=0),
        lambda record: record.update(format_version=-1),
        lambda record: record.update({"\ud800": 1}),
        lambda record: record.update(labels=["a", "b", "\ud800"]),  # cannot be printed
        lambda record: record["files"].pop("config.json"),
        lambda record: record["files"].update({"../evil": {"sha256": "0" * 64, "size": 1}}),
        lambda record: record["files"]["config.json"].update(sha256="0" * 63),
        lambda record: record["files"]["config.json"].update(size=10**30),
    ],
)
def test_a_record_out_of_its_schema_is_refused(tiny, change):
    edit_record(tiny, change)
    refused(tiny, "zoo.json")


def update(**arguments):
    return lambda content: content["config"].update(arguments)


@pytest.mark.parametrize(
    ("parts", "change", "word"),
    [
        ("backbone", update(units=10**9), "units"),
        ("backbone", update(embedding_dim=0), "embedding_dim"),
        ("backbone", update(cell="elman"), "cell"),
        ("backbone", update(cell="\ud800"), "config.json"),
        ("backbone", update(surprise=1), "surprise"),
        ("backbone", update(dtype="mixed_float16"), "dtype"),
        ("backbone", update(name="other"), "'name': backbone"),
        ("backbone", lambda c: c["config"].pop("name"), "'name': backbone"),
        ("backbone", lambda c: c["config"].pop("units"), "units"),
        ("backbone", update(word_dropout=1.0), "word_dropout"),
        ("backbone", update(vocabulary_size=10**6, units=8192, embedding_dim=4096), "134,217,728"),
        ("backbone", lambda c: c.update(class_name="Lambda"), "RecurrentBackbone"),
        ("backbone", lambda c: c.update(class_name="TransformerBackbone"), "RecurrentBackbone"),
        ("backbone", lambda c: c.update(module="os"), "does not name its class"),
        ("backbone", lambda c: c.update(registered_name="os>system"), "Received"),
        ("backbone", lambda c: c.update(config=[]), "as an object"),
        ("", lambda c: c.update(build_config={"input_shape": None}), "does not name its class"),
        ("", lambda c: c.update(class_name="Functional"), "RecurrentTextClassifier"),
        ("", lambda c: c.update(registered_name=None), "does not name its class"),
        ("", lambda c: c["config"].pop("backbone"), "does not load"),
        ("", update(backbone=[]), "does not load"),
        ("", update(preprocessor=None), "does not load"),
        ("", update(name="model"), "'name': text_classification"),
        ("", update(pooling=[]), "pooling"),
        ("", update(pooling=["mean", "mean"]), "pooling"),
        ("", update(num_classes=1), "num_classes"),
        ("", update(activation="relu"), "activation"),
        ("preprocessor", update(head_length=-1), "head_length"),
        ("preprocessor", lambda c: c.update(config=None), "config.json"),
        ("preprocessor", update(tokenizer=None), "'tokenizer'"),
        ("preprocessor tokenizer", update(config_file="../../secret.json"), "'tokenizer'"),
        ("preprocessor tokenizer", update(vocabulary_size=2**40), "'tokenizer'"),
        ("preprocessor tokenizer", lambda c: c.update(class_name="Lambda"), "'tokenizer'"),
    ],
)
def test_a_configuration_out_of_bounds_is_refused(tiny, parts, change, word):
    edit_config(tiny, change, *parts.split())
    refused(tiny, word, "config.json")


def test_an_infinite_figure_is_refused(tiny):
    """JSON has no infinity, yet 1e999 becomes one, and `zoo info --json` would print it."""
    figures = {"minutes": 5e250, "seed": 1, "epochs": 1, "best_epoch": 1, "validation": {}}
    words = dict.fromkeys(("recipe", "command", "commit", "backend", "hardware"), "x")
    training = {**figures, **words, "packages": {}}
    edit_record(tiny, lambda record: record.update(training=training))
    assert checkpoint.read(tiny).info.training.minutes == 5e250
    record = (tiny / "zoo.json").read_text()
    (tiny / "zoo.json").write_text(record.replace("5e+250", "5e+999"))
    refused(tiny, "zoo.json")


NAME = "recurrent_0/lstm_cell/kernel"


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda t: t.update({NAME: t[NAME].T.copy()}), "shape"),
        (lambda t: t.update({NAME: t[NAME].astype("int8")}), "int8"),
        (lambda t: t.update({NAME: t[NAME].astype("float64")}), "float64"),
        (lambda t: t.pop(NAME), "lacks the tensor"),
        (lambda t: t.update(other=t[NAME]), "'other'"),
        (lambda t: t.update({NAME: np.full_like(t[NAME], np.nan)}), "160 NaN"),
        (lambda t: t.update({NAME: np.full_like(t[NAME], np.inf)}), "infinite"),
    ],
)
def test_weights_that_do_not_fit_are_refused(tiny, change, word):
    edit_tensors(tiny, change)
    refused(tiny, word, "model.safetensors")


def test_a_file_that_is_no_safetensors_is_refused(tiny):
    rewrite(tiny, "model.safetensors", b"\xff" * 64)
    refused(tiny, "not a safetensors file")


@settings(deadline=None, max_examples=60)
@given(st.sampled_from([*FILES, "zoo.json"]), st.data())
def test_changed_bytes_are_refused_or_harmless(tmp_path_factory, name, data):
    path = tmp_path_factory.mktemp("fuzz") / "tiny"
    make_checkpoint(path)
    content = bytearray((path / name).read_bytes())
    before = bytes(content)
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    if data.draw(st.booleans()) and name != "zoo.json":
        rewrite(path, name, bytes(content))  # a forger would fix the hash as well
    else:
        (path / name).write_bytes(bytes(content))
        if name != "zoo.json" and content != before:
            refused(path, name)
    try:
        zoo.pipeline(path)(["a film"])
    except zoo.ZooError as error:
        assert str(error)
    shutil.rmtree(path)


def places(value):
    """Return every (container, key) of a JSON document."""
    if not isinstance(value, dict | list):
        return []
    pairs = list(value.items() if isinstance(value, dict) else enumerate(value))
    return [(value, key) for key, _ in pairs] + [p for _, part in pairs for p in places(part)]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda part: st.lists(part, max_size=3) | st.dictionaries(st.text(max_size=8), part),
    max_leaves=4,
)


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(["zoo.json", "config.json"]), st.data())
def test_changed_values_are_refused_or_harmless(tmp_path_factory, name, data):
    path = make_checkpoint(tmp_path_factory.mktemp("fuzz") / "tiny")

    def change(content):
        container, key = data.draw(st.sampled_from(places(content)))
        container[key] = data.draw(VALUES)

    if name == "zoo.json":
        edit_record(path, change)
    else:
        edit_json(path, name, change)
    try:
        checkpoint.read(path)
    except zoo.ZooError as error:
        assert str(error)
    shutil.rmtree(path)


@pytest.mark.parametrize("kind", ["checkpoint", "file", "folder", "link"])
def test_an_existing_place_is_left_alone(tiny, tmp_path, kind):
    target = tmp_path / "target"
    if kind == "file":
        target.write_text("mine")
    elif kind == "folder":
        target.mkdir()
        (target / "notes.txt").write_text("mine")
    elif kind == "link":
        target.symlink_to(tiny)
    model = zoo.load(tiny)
    before = snapshot(tmp_path)
    with pytest.raises(zoo.InputError, match="does not exist yet"):
        # Only a checkpoint directory may be replaced, whatever the caller asks for.
        zoo.save(model, tiny if kind == "checkpoint" else target, overwrite=kind != "checkpoint")
    assert snapshot(tmp_path) == before


def test_a_place_that_cannot_be_made_is_told(tiny, tmp_path):
    before = snapshot(tmp_path)
    with pytest.raises(zoo.OutputError, match="could not be written"):
        make_checkpoint(tiny / "zoo.json" / "new")  # below a file
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize("failing", [1, 2, 3])
def test_a_directory_that_cannot_be_moved_loses_nothing(tiny, tmp_path, monkeypatch, failing):
    """A mount point, for one, cannot be renamed; nothing may be left beside it."""
    model, before, rename, calls = zoo.load(tiny), snapshot(tmp_path), Path.rename, []

    def busy(source, target):
        calls.append(source)
        if len(calls) == failing:
            raise OSError(errno.EBUSY, "Device or resource busy")
        rename(source, target)

    def no_exchange(one, other):
        raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(Path, "rename", busy)
    monkeypatch.setattr("zoo.common.atomic.exchange", no_exchange)
    with pytest.raises(zoo.OutputError, match="busy"):
        zoo.save(model, tiny, overwrite=True)
    assert snapshot(tmp_path) == before
    assert sorted(file.name for file in tmp_path.iterdir()) == ["tiny"]


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_full_disk_loses_nothing(tiny, tmp_path, monkeypatch, overwrite):
    model = zoo.load(tiny)
    calls = []

    def full(path, data):
        calls.append(path)
        if len(calls) == 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        path.write_bytes(data)

    monkeypatch.setattr(zoo.files, "_write_file", full)
    before = snapshot(tmp_path)
    target = tiny if overwrite else tmp_path / "new"
    with pytest.raises(zoo.OutputError, match="No space left"):
        zoo.save(model, target, overwrite=overwrite)
    assert snapshot(tmp_path) == before
    assert sorted(file.name for file in tmp_path.iterdir()) == ["tiny"]


def test_overwriting_replaces_the_whole(tiny, tmp_path):
    model = zoo.load(make_checkpoint(tmp_path / "other", cell="gru", seed=3))
    zoo.save(model, tiny, overwrite=True)
    assert snapshot(tiny) == snapshot(tmp_path / "other")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["other", "tiny"]


def test_half_precision_is_used_only_when_nothing_is_lost():
    exact = {"a": np.array([0.5, 1.0], np.float32)}
    for extra, dtype in (({}, "float16"), ({"b": np.array([0.1], np.float32)}, "float32")):
        data = checkpoint.serialize_tensors({**exact, **extra})
        assert data == checkpoint.serialize_tensors({**extra, **exact})
        loaded = safetensors.numpy.load(data)
        assert {value.dtype.name for value in loaded.values()} == {dtype}
    transposed = np.arange(6, dtype=np.float32).reshape(2, 3).T
    stored = safetensors.numpy.load(checkpoint.serialize_tensors({"a": transposed}))["a"]
    np.testing.assert_array_equal(stored, transposed)
    with pytest.raises(zoo.InputError, match="finite"):
        checkpoint.serialize_tensors({"a": np.array([np.nan])})
