"""What is exported of every task stands for itself: others read it, and its README is true."""

from __future__ import annotations

import contextlib
import io
import json
import re

import onnx
import pytest

import zoo
from helpers import checkpoint_files
from suite.cases import TASKS, tiny
from zoo.exporting import checking, export
from zoo.exporting.formats import format_named
from zoo.exporting.onnx_graphs import session_function

every_task = pytest.mark.parametrize("task", TASKS)


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

    again = zoo.export(source, tmp_path / "out", overwrite=True)
    assert checkpoint_files(again.path) == files


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
