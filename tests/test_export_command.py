"""What `zoo export` refuses, and that nothing is left of what fails."""

from __future__ import annotations

import errno

import pytest
from typer.testing import CliRunner

import zoo
from suite.cases import one_entry_of
from zoo.cli.main import app
from zoo.exporting import checking, onnx_graphs

FORECASTER = "time-series-forecasting"


@pytest.fixture
def light(monkeypatch):
    """Do as an installation without Keras does: it is sooner done."""
    monkeypatch.setattr(checking, "has_keras", lambda: False)


def run(*arguments):
    result = CliRunner().invoke(app, ["export", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.stdout, result.stderr


def test_the_command_tells_what_it_wrote(light, tmp_path):
    name = one_entry_of(FORECASTER)
    code, stdout, stderr = run(name, "--output", tmp_path / "out")
    assert code == 0 and f"Wrote {tmp_path / 'out'}" in stdout
    assert "Largest difference from the pipeline on" in stdout
    assert "Writing" in stderr and "model.onnx" in stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--format", "torch"], "onnx, keras, saved-model, litert, web. Received: 'torch'"),
        (["--quantize", "int4"], "Received: 'int4'"),
        (["--force"], "force without quantize"),
        (["--format", "keras", "--quantize", "int8"], "quantize=None with the format keras"),
        (["--quantize", "int8"], "the readout of a reservoir weighs small"),
    ],
)
def test_what_there_is_not_is_refused_in_a_line(arguments, words, tmp_path):
    code, stdout, stderr = run(one_entry_of(FORECASTER), "--output", tmp_path / "out", *arguments)
    assert code == 2 and stdout == "" and words in stderr
    assert stderr.startswith("error: ") and stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_only_an_earlier_export_is_replaced(light, tmp_path):
    name, place = one_entry_of(FORECASTER), tmp_path / "out"
    place.mkdir()
    (place / "zoo.json").write_text("{}", encoding="utf-8")  # as a checkpoint of one's own
    for overwrite in (False, True):
        with pytest.raises(zoo.InputError, match="does not exist yet"):
            zoo.export(name, place, overwrite=overwrite)
    assert [path.name for path in place.iterdir()] == ["zoo.json"]
    (place / "zoo.json").unlink()
    zoo.export(name, place)
    with pytest.raises(zoo.InputError, match=r"--overwrite.* to replace an earlier export"):
        zoo.export(name, place)
    (place / "mine.txt").write_text("", encoding="utf-8")
    zoo.export(name, place, overwrite=True)
    assert not (place / "mine.txt").exists()


def test_a_full_disk_leaves_nothing(light, tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(onnx_graphs.os, "fsync", full)
    with pytest.raises(zoo.OutputError, match=r"No space left.*Free some space"):
        zoo.export(one_entry_of(FORECASTER), tmp_path / "out")
    assert list(tmp_path.iterdir()) == []
