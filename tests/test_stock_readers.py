"""What is pushed, read by others: stock Keras, KerasHub and ONNX Runtime answer as the zoo does."""

from __future__ import annotations

import ast
import io
import re
import subprocess
import sys
from pathlib import Path

import h5py
import huggingface_hub
import keras
import keras_hub
import numpy as np
import onnx
import onnxruntime
import pytest

import zoo
from helpers import one_of_a_kind, series_or_skip
from test_series_checkpoint import classifier, forecaster  # noqa: F401
from zoo import checkpoint
from zoo.files import write_directory
from zoo.hub.onnx_files import onnx_files
from zoo.hub.staging import stage
from zoo.hub.stock import stock_files
from zoo.series.arrays import pad_series
from zoo.tasks.text_classification.testing import VARIANTS, make_checkpoint
from zoo.tasks.translation.testing import make_translator

TEXTS = ["A moving, beautifully acted film.", "Don't bother; it is a waste of time.", "so so " * 90]
SENTENCES = {
    "de": ["Ein Mann fährt Rad.", "Zwei Hunde spielen im Schnee."],
    "en": ["A man is riding a bike.", "Two dogs are playing in the snow."],
}


@pytest.fixture(autouse=True)
def login(hub, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_writer")


def series_of(model) -> list[np.ndarray]:
    scaling = model.backbone.scaling
    mean, scale = (keras.ops.convert_to_numpy(x) for x in (scaling.mean, scaling.scale))
    draw = np.random.default_rng(0)
    return [draw.normal(mean, scale, (length, len(mean))) for length in (1, 7, 30)]


def answers(model) -> list[np.ndarray] | list[str]:
    if model.task == "text-classification":
        return list(model.predict(TEXTS, verbose=0))
    if model.task == "translation":
        return model.generate([*SENTENCES["de"], *SENTENCES["en"]])
    return list(model.predict(series_of(model)))


def same(one, other, atol=0.0):
    assert len(one) == len(other)
    for left, right in zip(one, other, strict=True):
        if isinstance(left, str):
            assert left == right
        else:
            np.testing.assert_allclose(left, right, rtol=0, atol=atol)


def read_by_kerashub(task, address):
    if task == "text-classification":
        return keras_hub.models.TextClassifier.from_preset(address)
    if task == "translation":
        return keras_hub.models.Seq2SeqLM.from_preset(address)
    # KerasHub has no base class for these tasks; the class itself reads its presets.
    return type_of(task).from_preset(address)


def type_of(task):
    name = {"forecasting": "EchoStateForecaster", "classification": "EchoStateSequenceClassifier"}
    return keras.saving.get_registered_object(f"zoo>{name[task.rpartition('-')[2]]}")


def run_snippet(folder: Path, monkeypatch):
    """Run what the card shows of ONNX Runtime, and return the value of its last line."""
    card = (folder / "README.md").read_text("utf-8")
    blocks = re.findall(r"```python\n(.*?)```", card.partition("## Other readers")[2], re.DOTALL)
    (code,) = [block for block in blocks if "onnxruntime" in block]
    tree = ast.parse(code)
    monkeypatch.chdir(folder)
    names: dict = {}
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "card", "exec"), names)
    if last is None:
        return names
    return eval(compile(ast.Expression(last.value), "card", "eval"), names)


def check_onnx(loaded: checkpoint.Checkpoint, folder: Path, monkeypatch):
    """The card documents every input and output, and its snippet gives the zoo's answer."""
    card = (folder / "README.md").read_text("utf-8")
    for file in onnx_files(loaded):
        assert (folder / file.name).read_bytes() == file.content
        onnx.checker.check_model(onnx.load_from_string(file.content), full_check=True)
        graph = onnx.load_from_string(file.content).graph
        declared = [value.name for value in (*graph.input, *graph.output)]
        assert declared == [tensor.name for tensor in (*file.inputs, *file.outputs)]
        for tensor in (*file.inputs, *file.outputs):
            shape = ", ".join(map(str, tensor.shape))
            assert f"| `{tensor.name}` | {tensor.type} | ({shape}) | {tensor.meaning} |" in card
    answer, pipeline = run_snippet(folder, monkeypatch), zoo.pipeline(folder)
    task = loaded.info.task
    if task == "text-classification":
        same(answer[0], pipeline.predict_proba(TEXTS[:1]), 1e-6)
    elif task == "translation":
        (sentence,) = re.findall(r'encode\("(.*?)"\)', card)
        assert answer == pipeline([sentence], num_beams=1)[0]["translation_text"]
    elif task == "time-series-forecasting":
        start = np.zeros((1000, loaded.backbone.channels))
        forecast = pipeline(start, horizon=11)[-1]
        scale = loaded.tensors["scaling/scale"]
        np.testing.assert_allclose(answer["forecasts"][0, -1] / scale, forecast / scale, atol=1e-3)
    else:
        zeros = np.zeros((20, loaded.backbone.channels))
        same(answer[0], pipeline.predict_proba([zeros]), 1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("name", one_of_a_kind())
def test_an_entry_on_the_hub_answers_as_the_bundled_one(name, hub, monkeypatch):
    info = zoo.info(name)
    if info.task == "time-series-classification":
        series_or_skip(info.dataset.name, "test")  # the card shows what it answers to two of them
    pushed = zoo.push(name, f"user/{name}")
    address = f"hf://user/{name}"
    model = zoo.load(name)
    expected = answers(model)
    same(answers(keras.saving.load_model(address)), expected)
    same(answers(read_by_kerashub(model.task, address)), expected)
    same(answers(zoo.load(address, revision=pushed.revision)), expected)
    folder = Path(huggingface_hub.snapshot_download(f"user/{name}", revision=pushed.revision))
    check_onnx(checkpoint.read(folder), folder, monkeypatch)


def directory(source, path, repo_id=None):
    write_directory(path, stage(source, repo_id).files)
    return path


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_kind_of_text_classifier_is_read(tmp_path, variant, monkeypatch):
    source = make_checkpoint(tmp_path / "tiny", **VARIANTS[variant])
    path = directory(source, tmp_path / "staged")
    expected = answers(zoo.load(source))
    same(answers(keras.saving.load_model(path)), expected)
    same(answers(keras_hub.models.TextClassifier.from_preset(str(path))), expected)
    same(answers(zoo.load(path)), expected)
    check_onnx(checkpoint.read(source), path, monkeypatch)


@pytest.mark.parametrize("layers", [1, 2])
def test_translators_are_read(tmp_path, layers, monkeypatch):
    source = make_translator(tmp_path / "tiny", encoder_layers=layers)
    path = directory(source, tmp_path / "staged")
    expected = answers(zoo.load(source))
    same(answers(keras.saving.load_model(path)), expected)
    same(answers(keras_hub.models.Seq2SeqLM.from_preset(str(path))), expected)
    check_onnx(checkpoint.read(source), path, monkeypatch)


@pytest.mark.parametrize("kind", ["forecaster", "classifier"])
def test_models_of_series_are_read(tmp_path, kind, request, monkeypatch):
    source = request.getfixturevalue(kind)
    path = directory(source, tmp_path / "staged")
    model = zoo.load(source)
    same(answers(keras.saving.load_model(path)), answers(model))
    same(answers(type(model).from_preset(str(path))), answers(model))
    check_onnx(checkpoint.read(source), path, monkeypatch)
    check_series_graph(checkpoint.read(source), model)


def check_series_graph(loaded, model):
    """Series of different lengths, padded together, and a series cut in two."""
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


def test_the_same_checkpoint_gives_the_same_bytes_in_another_process(tiny, tmp_path):
    code = (
        "import sys, keras, zoo\n"
        "from pathlib import Path\n"
        "from zoo.files import write_directory\n"
        "from zoo.hub.staging import stage\n"
        "keras.layers.Dense(3, name=None)\n"  # moves on what Keras counts
        "write_directory(Path(sys.argv[2]), stage(sys.argv[1], 'user/tiny').files)\n"
    )
    target = tmp_path / "other"
    subprocess.run([sys.executable, "-c", code, tiny, target], check=True, timeout=300)
    staged = stage(tiny, "user/tiny").files
    assert staged == stage(tiny, "user/tiny").files
    other = {str(f.relative_to(target)): f.read_bytes() for f in target.rglob("*") if f.is_file()}
    assert other == staged
