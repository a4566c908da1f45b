"""The commands of `training` fail as `zoo` does: in one line, with its exit codes."""

from __future__ import annotations

import importlib
import sys

import pytest

from zoo.cli.errors import run_script

SCRIPTS = (
    "card",
    "evaluate",
    "history",
    "pictures",
    "publish",
    "search_reservoirs",
    "train",
    "words",
)


def run(script, arguments, monkeypatch, capsys):
    module = importlib.import_module(f"training.{script}")
    monkeypatch.setattr(sys, "argv", [script, *arguments])
    with pytest.raises(SystemExit) as stop:
        run_script(module.app, f"training.{script}")
    return stop.value.code or 0, capsys.readouterr()


@pytest.mark.parametrize("script", SCRIPTS)
def test_wrong_use_of_a_script_is_told_in_one_line(script, monkeypatch, capsys):
    code, told = run(script, ["--nowhere"], monkeypatch, capsys)
    assert code == 2 and not told.out
    assert told.err == (
        "error: Expected an option that it has. Received: --nowhere. "
        f"Run: python -m training.{script} --help\n"
    )
    code, told = run(script, ["--help"], monkeypatch, capsys)
    assert code == 0 and f"python -m training.{script}" in told.out and not told.err


def test_errors_of_a_script_are_one_line_too(monkeypatch, capsys):
    code, told = run("train", ["nothing-of-the-kind"], monkeypatch, capsys)
    assert code == 2 and told.err.startswith("error: Expected the name of a recipe")
    assert told.err.count("\n") == 1
    code, told = run("train", ["lstm-imdb", "--seed", "x"], monkeypatch, capsys)
    assert code == 2 and "a whole number for --seed. Received: 'x'" in told.err
