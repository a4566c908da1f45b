"""What is exported of every task stands for itself: others read it, and its README is true."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import subprocess
import sys

import msgspec
import onnx
import pytest

import zoo
from helpers import checkpoint_files
from suite.cases import TASKS, cases_of, tiny
from zoo import checkpoint
from zoo.exporting import checking, export, rounding
from zoo.exporting.formats import Job, format_named
from zoo.exporting.keras_file import keras_archive
from zoo.exporting.onnx_graphs import session_function
from zoo.task import exporting_of, task_named

every_task = pytest.mark.parametrize("task", TASKS)
# One that ONNX Runtime answers for, and whose weights may be rounded.
ROUNDED = next(task for task in TASKS if task_named(task).engines)


def run_snippet(folder, monkeypatch):
    """Run what a README.md shows; return what it prints."""
    readme = (folder / "README.md").read_text("utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    with monkeypatch.context() as inside, contextlib.redirect_stdout(io.StringIO()) as printed:
        inside.chdir(folder)
        exec(compile(code, "README.md", "exec"), {})
    return printed.getvalue()


@every_task
def test_onnx_graphs_stand_for_themselves(task, tmp_path, monkeypatch):
    source, told = tiny(task), []
    exported = zoo.export(source, tmp_path / "out", tell=told.append)
    assert told[0].startswith("Writing") and told[-1].startswith("Comparing with Keras")
    assert exported.difference.compared == "Keras" and exported.difference.largest <= 1e-5
    files = checkpoint_files(exported.path)
    assert {name: len(data) for name, data in files.items()} == exported.files
    info, readme = zoo.info(source), files["README.md"].decode("utf-8")
    assert zoo.info(exported.path) == info
    assert run_snippet(exported.path, monkeypatch).strip()

    for name in (name for name in files if name.endswith(".onnx")):
        model = onnx.load_from_string(files[name])
        onnx.checker.check_model(model, full_check=True)
        metadata = {entry.key: entry.value for entry in model.metadata_props}
        assert (metadata["name"], metadata["task"]) == (info.name, task)
        assert (model.producer_name, model.producer_version) == ("rnn-zoo", zoo.__version__)
        if info.labels:
            assert json.loads(metadata["labels"]) == list(info.labels)
            assert json.loads(files["labels.json"]) == list(info.labels)
        for value in (*model.graph.input, *model.graph.output):
            assert value.doc_string and f"| `{value.name}` |" in readme
            assert f"| {value.doc_string} |" in readme

    monkeypatch.setattr(checking, "has_keras", lambda: False)
    again = checkpoint_files(zoo.export(source, tmp_path / "out", overwrite=True).path)
    same = [name for name in files if name not in ("README.md", "export.json")]
    assert {name: again[name] for name in same} == {name: files[name] for name in same}


@every_task
def test_without_keras_the_pipeline_is_compared_with(task, tmp_path, monkeypatch):
    monkeypatch.setattr(checking, "has_keras", lambda: False)
    monkeypatch.setattr(export, "has_keras", lambda: False)
    exported = zoo.export(tiny(task), tmp_path / "out")
    assert exported.difference.compared == "the pipeline"
    assert "largest difference from the pipeline" in (exported.path / "README.md").read_text(
        "utf-8"
    )
    with pytest.raises(zoo.InputError, match=r"package keras.*pip install"):
        zoo.export(tiny(task), tmp_path / "other", format="keras")
    assert not (tmp_path / "other").exists()


@every_task
def test_what_does_not_answer_as_the_model_does_is_not_left(task, tmp_path, monkeypatch):
    def wrong(content):
        run = session_function(content)
        return lambda **arrays: {name: value + 1e-3 for name, value in run(**arrays).items()}

    monkeypatch.setattr(checking, "has_keras", lambda: False)
    monkeypatch.setattr("zoo.exporting.onnx_graphs.session_function", wrong)
    with pytest.raises(zoo.OutputError, match="does not answer as the pipeline does"):
        zoo.export(tiny(task), tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["onnx", "keras", "saved-model", "litert"])
def test_every_format_says_what_it_is(name):
    assert format_named(name).title and format_named(name).runs


def export_by_keras(task, form, folder, monkeypatch):
    exported = zoo.export(tiny(task), folder, format=form)
    assert exported.difference.largest <= 1e-5 and exported.difference.compared == "Keras"
    names = set(exported.files)
    assert {"README.md", "zoo.json"} < names and any(name.startswith("model") for name in names)
    assert run_snippet(exported.path, monkeypatch).strip()
    return exported


@pytest.mark.slow
@every_task
def test_litert_answers_as_the_model(task, tmp_path, monkeypatch):
    export_by_keras(task, "litert", tmp_path / "out", monkeypatch)


@pytest.mark.slow
def test_a_keras_file_takes_raw_input(tmp_path, monkeypatch):
    """Of every task what it is made of is read in `test_readers.py`."""
    exported = export_by_keras(ROUNDED, "keras", tmp_path / "out", monkeypatch)
    job = Job(checkpoint.read(tiny(ROUNDED)), None, lambda: None)
    assert keras_archive(job) == (exported.path / "model.keras").read_bytes()


@pytest.mark.slow
def test_a_saved_model_is_served_without_keras_and_the_zoo(tmp_path, monkeypatch):
    exported = export_by_keras(ROUNDED, "saved-model", tmp_path / "out", monkeypatch)
    code = (
        "import sys\n"
        "sys.modules.update(keras=None, zoo=None)\n"
        "import numpy as np, tensorflow as tf\n"
        "run = tf.saved_model.load('model').signatures['serving_default']\n"
        "feed = {}\n"
        "for name, spec in run.structured_input_signature[1].items():\n"
        "    assert spec.shape[0] is None\n"
        "    feed[name] = tf.ones([2, 3][: len(spec.shape)], spec.dtype)\n"
        "assert all(np.isfinite(value).all() for value in run(**feed).values())\n"
    )
    environment = {**os.environ, "PYTHONPATH": "", "TF_CPP_MIN_LOG_LEVEL": "3"}
    subprocess.run(
        [sys.executable, "-c", code], cwd=exported.path, env=environment, check=True, timeout=600
    )


@pytest.mark.parametrize("measured", [True, False])
def test_weights_that_lose_too_much_are_refused(measured, tmp_path, monkeypatch):
    """The figures on the test split, before and after; without data nobody knows."""
    task = ROUNDED
    cases, source = cases_of(task), tiny(task)
    monkeypatch.setattr(checking, "has_keras", lambda: False)
    rounded_model = rounding.round_graph
    monkeypatch.setattr(rounding, "round_graph", lambda content: rounded_model(content, least=8))
    monkeypatch.setattr(rounding, "_test_split", lambda job: cases.data() if measured else None)
    figure = rounding.evaluate

    def worse(pipeline, data, **how):
        first, *rest = figure(pipeline, data, **how)
        lost = 0.0031 if pipeline._source.graphs else 0.0
        return msgspec.structs.replace(first, value=0.9 - lost), *rest

    monkeypatch.setattr(rounding, "evaluate", worse)
    words = "at most 0.3 points.*from 0.9000 to 0.8969" if measured else "not at hand"
    with pytest.raises(zoo.InputError, match=f"{words}.*--force"):
        zoo.export(source, tmp_path / "out", quantize="int8")
    assert list(tmp_path.iterdir()) == []
    exported = zoo.export(source, tmp_path / "out", quantize="int8", force=True)
    readme = (exported.path / "README.md").read_text("utf-8")
    if measured:
        assert exported.rounded.after[0].value == pytest.approx(0.8969)
        assert "| 0.9000 | 0.8969 |" in readme
    else:
        assert exported.rounded.after == () and "was not measured" in readme


def test_models_whose_weights_must_be_exact_are_not_rounded(tmp_path):
    exact = {
        task: reason
        for task in TASKS
        if (reason := exporting_of(task).exact(checkpoint.read(tiny(task))))
    }
    assert exact
    for task, reason in exact.items():
        with pytest.raises(zoo.InputError, match=re.escape(reason)):
            zoo.export(tiny(task), tmp_path / "out", quantize="int8")
    assert list(tmp_path.iterdir()) == []
