"""What is peculiar to copies for other readers; `suite/test_readers.py` tests that they read."""

from __future__ import annotations

import io

import h5py
import keras
import keras_hub
import numpy as np
import onnxruntime
import pytest

import zoo
from suite.cases import tiny as tiny_of
from zoo import checkpoint
from zoo.files import write_directory
from zoo.hub.onnx_files import onnx_files
from zoo.hub.staging import stage
from zoo.hub.stock import stock_files
from zoo.series.arrays import pad_series

TEXTS = ["A moving, beautifully acted film.", "Don't bother; it is a waste of time.", "so so " * 90]


def series_of(model) -> list[np.ndarray]:
    scaling = model.backbone.scaling
    mean, scale = (keras.ops.convert_to_numpy(x) for x in (scaling.mean, scaling.scale))
    draw = np.random.default_rng(0)
    return [draw.normal(mean, scale, (length, len(mean))) for length in (1, 7, 30)]


def answers(model) -> list[np.ndarray]:
    return list(model.predict(TEXTS, verbose=0))


def same(one, other, atol=0.0):
    assert len(one) == len(other)
    for left, right in zip(one, other, strict=True):
        np.testing.assert_allclose(left, right, rtol=0, atol=atol)


def directory(source, path, repo_id=None):
    write_directory(path, stage(source, repo_id).files)
    return path


@pytest.mark.parametrize("task", ["time-series-forecasting", "time-series-classification"])
def test_graphs_of_series_take_padded_and_cut_ones(task):
    """Series of different lengths, padded together, and a series cut in two."""
    loaded, model = checkpoint.read(tiny_of(task)), zoo.load(tiny_of(task))
    (file,) = onnx_files(loaded)
    session = onnxruntime.InferenceSession(file.content)
    series = series_of(model)
    padded, mask = pad_series(series)
    feed = {"series": padded.astype(np.float32)}
    if model.task == "time-series-classification":
        lengths = mask.sum(axis=1).astype(np.int32)
        (output,) = session.run(None, {**feed, "lengths": lengths})
        same(output, model.predict(series), 1e-5)
        return
    state = np.zeros((len(series), loaded.backbone.units), np.float32)
    whole, end = session.run(None, {**feed, "state": state})
    same([y[: len(x)] for x, y in zip(series, whole, strict=True)], model.predict(series), 1e-5)
    first, state = session.run(None, {"series": feed["series"][:, :4], "state": state})
    second, state = session.run(None, {"series": feed["series"][:, 4:], "state": state})
    same(np.concatenate([first, second], axis=1), whole, 1e-6)
    same(state, end, 1e-6)


def test_a_new_head_comes_over_the_body_of_a_preset(tiny, tmp_path):
    path = directory(tiny, tmp_path / "staged")
    model = keras_hub.models.TextClassifier.from_preset(str(path), num_classes=7)
    body = zoo.load(tiny).backbone.get_weights()
    same(model.backbone.get_weights(), body)
    assert model.predict(TEXTS, verbose=0).shape == (3, 7)


def test_what_a_stock_reader_saves_keeps_its_vocabulary(tiny, tmp_path):
    model = keras.saving.load_model(directory(tiny, tmp_path / "staged"))
    expected = answers(model)
    model.save(tmp_path / "model.keras")
    same(answers(keras.saving.load_model(tmp_path / "model.keras")), expected)
    model.save_to_preset(str(tmp_path / "preset"))
    same(answers(keras_hub.models.TextClassifier.from_preset(str(tmp_path / "preset"))), expected)


def test_weights_are_stored_once_and_as_narrow_as_in_the_checkpoint(tiny):
    data = stock_files(checkpoint.read(tiny), (tiny / "config.json").read_bytes())
    paths: dict[int, set[str]] = {}
    with h5py.File(io.BytesIO(data["model.weights.h5"])) as file:
        names: list[str] = []
        file.visititems_links(lambda name, link: names.append(name))
        for name in names:
            link, item = file.get(name, getlink=True), file[name]
            if isinstance(item, h5py.Dataset) and item.ndim:  # not the optimizer's
                assert isinstance(link, h5py.HardLink) and item.dtype == np.float16
                paths.setdefault(h5py.h5o.get_info(item.id).addr, set()).add(name)

    weights = len(checkpoint.read(tiny).tensors)
    assert len(paths) == weights
    assert sum(len(names) == 2 for names in paths.values()) == weights - 2  # all but the head's
