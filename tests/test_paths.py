"""Paths and other arguments that are not what they should be."""

from __future__ import annotations

from pathlib import Path

import pytest

import zoo
from zoo.errors import CheckpointError, InputError
from zoo.loading import load, save
from zoo.text.attribution_views import plot_attribution


@pytest.mark.parametrize("name", [".", "./", "../tiny", "../tiny/."])
def test_a_checkpoint_is_found_from_within(tiny, monkeypatch, name):
    monkeypatch.chdir(tiny)
    assert zoo.info(name).name == "tiny"
    assert zoo.pipeline(Path(name))("A moving film.")[0]["label"]


def test_the_root_is_no_checkpoint():
    with pytest.raises(CheckpointError, match=r"no such file, .*/zoo.json"):
        zoo.info("/")


@pytest.mark.parametrize("output", [".", "..", "/", "", None, b"mine"])
def test_outputs_that_are_no_new_directory_are_refused(tiny, monkeypatch, output):
    monkeypatch.chdir(tiny)
    before = sorted(Path.cwd().iterdir())
    for make in (
        lambda: zoo.finetune(tiny, "reviews.csv", output=output),
        lambda: zoo.pull("hf://user/tiny", b"" if output is None else output, overwrite=True),
    ):
        with pytest.raises(InputError, match=r"Expected (a path, such as|the path of a directory)"):
            make()
    assert sorted(Path.cwd().iterdir()) == before


def test_something_else_than_a_checkpoint_is_not_replaced(tmp_path):
    (tmp_path / "notes.txt").touch()
    with pytest.raises(InputError, match=r"which holds something else. Choose another path$"):
        zoo.pull("hf://user/tiny", tmp_path, overwrite=True)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: load("lstm-imdb", labels=5), "a list of labels.* Received: 5"),
        (lambda: zoo.list_models(["*"]), r"a text for pattern.* Received: \['\*'\]"),
        (lambda: zoo.list_models(task=3), "a text for task.* Received: 3"),
        (lambda: save(None, None), "Expected a path.* Received: None"),
        (lambda: save(None, ""), "Expected a path.* Received: ''"),
        (lambda: plot_attribution(None, "a.png"), "what zoo.explain returns. Received: None"),
        (lambda: zoo.plot_states(3, "a.png"), "what zoo.inspect returns. Received: 3"),
        (lambda: zoo.plot_alignment(None, "a.png"), "what model.attention returns"),
    ],
)
def test_arguments_of_a_wrong_type_are_refused(call, words):
    with pytest.raises(InputError, match=words):
        call()
