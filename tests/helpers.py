"""Small checkpoints for the tests."""

from __future__ import annotations

import dataclasses
import functools
import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import numpy as np
import pytest
import safetensors.numpy
from typer.testing import CliRunner

import zoo
from zoo import checkpoint, registry
from zoo.cli.main import app
from zoo.datasets import (
    KNOWN,
    DataSet,
    SeriesDataset,
    TextDataset,
    dataset_named,
    load_dataset,
)
from zoo.errors import DataError
from zoo.schema import DatasetInfo


@functools.cache
def _dataset(name: str, split: str) -> TextDataset | DataError:
    try:
        return load_dataset(name, split, download=False)
    except DataError as error:
        return error


def dataset_or_skip(name: str, split: str) -> TextDataset:
    """Load a split of a data set, or skip the test where it is absent; it is not fetched."""
    data = _dataset(name, split)
    if isinstance(data, DataError):
        pytest.skip(f"the data set is not at hand: {data}")
    return data


def checkpoint_files(path: Path) -> dict[str, bytes]:
    """Return the content of every file of a directory by its relative name."""
    return {
        file.relative_to(path).as_posix(): file.read_bytes()
        for file in sorted(path.rglob("*"))
        if file.is_file()
    }


def rewrite(path: Path, name: str, data: bytes) -> None:
    """Replace a file and its fingerprint, so that the check behind the hash is what fires."""
    (path / name).write_bytes(data)
    fingerprint = msgspec.to_builtins(checkpoint.fingerprint(data))
    edit_record(path, lambda record: record["files"].update({name: fingerprint}))


def edit_record(path: Path, change) -> None:
    record = json.loads((path / "zoo.json").read_text())
    change(record)
    (path / "zoo.json").write_text(json.dumps(record))


def edit_json(path: Path, name: str, change) -> None:
    content = json.loads((path / name).read_text())
    change(content)
    rewrite(path, name, json.dumps(content).encode())


def edit_config(path: Path, change, *parts: str) -> None:
    """Change `config.json`, or the object of one of its parts, such as "backbone"."""

    def edit(content):
        for part in parts:
            content = content["config"][part]
        change(content)

    edit_json(path, "config.json", edit)


def edit_tensors(path: Path, change) -> None:
    tensors = safetensors.numpy.load((path / "model.safetensors").read_bytes())
    change(tensors)
    rewrite(path, "model.safetensors", safetensors.numpy.save(tensors))


@functools.cache
def _series(name: str, split: str) -> SeriesDataset | DataError:
    try:
        return load_dataset(name, split, download=False)
    except DataError as error:
        return error


def series_or_skip(name: str, split: str) -> SeriesDataset:
    """Load a split of a data set of series, or skip the test where it is absent."""
    data = _series(name, split)
    if isinstance(data, DataError):
        pytest.skip(f"the data set is not at hand: {data}")
    return data


def zoo_command(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the `zoo` command in this process and return what it printed."""
    done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return subprocess.CompletedProcess(arguments, done.exit_code, done.stdout, done.stderr)


def weight_gradients(variables, compute):
    """Return the gradients of a scalar with respect to variables, as arrays, on any backend.

    Args:
        variables: Keras variables.
        compute: a function of no arguments from them to the scalar.
    """
    import keras

    backend = keras.backend.backend()
    values = [variable.value for variable in variables]
    if backend == "tensorflow":
        import tensorflow as tf

        with tf.GradientTape() as tape:
            loss = compute()
        found = tape.gradient(loss, values, unconnected_gradients="zero")
    elif backend == "jax":
        import jax

        def loss_of(values):
            with keras.StatelessScope(zip(variables, values, strict=True)):
                return compute()

        found = jax.grad(loss_of)(values)
    else:
        import torch

        found = torch.autograd.grad(compute(), values, allow_unused=True, materialize_grads=True)
    return [to_numpy(gradient) for gradient in found]


def to_numpy(tensor):
    """Return a tensor of any backend as an array."""
    import keras

    return np.array(keras.ops.convert_to_numpy(tensor))


def small_backbone(cell="gru", num_layers=1, **arguments):
    """A recurrent backbone over 20 words, with the same weights at every call."""
    import keras

    from zoo.networks.recurrent.backbone import RecurrentBackbone

    keras.utils.set_random_seed(3)
    return RecurrentBackbone(
        vocabulary_size=20, embedding_dim=5, cell=cell, units=4, num_layers=num_layers, **arguments
    )


def stand_in(monkeypatch, name, load) -> None:
    """Let a data set of any name be what `load` returns for a split."""
    known = dataset_named(name)
    info = known.info if known else DatasetInfo(name=name, title=name, url="https://", splits={})
    made = DataSet(info=info, terms="", load=lambda split, download: load(split))
    if known is not None:
        made = dataclasses.replace(known, load=made.load)
    monkeypatch.setitem(KNOWN, name, made)


@functools.cache
def _kind(name: str) -> tuple[str, type]:
    loaded = checkpoint.read(registry.resolve(name))
    return loaded.info.task, type(loaded.backbone)


def one_of_a_kind(task: str | None = None) -> list[str]:
    """Return the smallest entry of every kind of network and task: the deep checks are theirs."""
    smallest: dict[tuple[str, type], str] = {}
    for name in sorted(zoo.list_models(task=task), key=lambda name: zoo.info(name).size):
        smallest.setdefault(_kind(name), name)
    return sorted(smallest.values())


@contextmanager
def at_once() -> Iterator[None]:
    """Have TensorFlow compute within as it reads: a few small steps take longer to compile.

    For what is not about what is computed. That all of it can be compiled is tested of every task
    and every family of networks: what answers in `suite/test_models.py`, what learns in
    `suite/test_learning.py` and `test_training.py`, gradients in `test_gradients.py` and
    `test_attribution.py`.
    """
    import tensorflow as tf

    before = tf.config.functions_run_eagerly()
    tf.config.run_functions_eagerly(True)
    try:
        yield
    finally:
        tf.config.run_functions_eagerly(before)
