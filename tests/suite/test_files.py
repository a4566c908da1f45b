"""A whole file, or a folder of files, answered by a tiny checkpoint of every task."""

from __future__ import annotations

import csv
import json

import pytest
from pyarrow import parquet
from typer.testing import CliRunner

import zoo
from suite.cases import TASKS, cases_of, same, tiny
from zoo.cli.main import app
from zoo.task import task_named

every_task = pytest.mark.parametrize("task", TASKS)
# Of what the tiny models know too little of.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def command_line(options):
    return [
        part for key, value in options.items() for part in (f"--{key.replace('_', '-')}", value)
    ]


@every_task
def test_a_file_is_answered_as_the_pipeline_answers(task, tmp_path):
    data, options, answer = cases_of(task).file(tmp_path)
    output = tmp_path / "answers.jsonl"
    arguments = ["--data", data, *command_line(options), "--output", output]
    run = CliRunner().invoke(app, ["predict", *map(str, [tiny(task), *arguments])])
    assert run.exit_code == 0, run.stderr
    assert f"Wrote {output}" in run.stdout
    pipeline = zoo.pipeline(tiny(task))
    expected = answer(pipeline)
    rows = [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]
    assert len(rows) == len(expected)
    for row, answers in zip(rows, expected, strict=True):
        nested = [name for name, value in answers.items() if isinstance(value, list)]
        assert [row[name] for name in nested] == [answers[name] for name in nested]
        plain = [name for name in answers if name not in nested]
        same([row[name] for name in plain], [answers[name] for name in plain], 1e-6)
    # What is kept stands before it, and all forms hold the same.
    kept = list(rows[0])[: len(rows[0]) - len(expected[0])]
    assert kept == (["file"] if data.is_dir() else kept) and len(kept) > 0
    for form in ("csv", "parquet"):
        zoo.predict_file(pipeline, data, tmp_path / f"answers.{form}", **options)
    # What is nested is JSON where a cell holds a text or a number alone.
    columns = parquet.read_table(tmp_path / "answers.parquet").select(list(expected[0])).to_pylist()
    for row, own in zip(columns, rows, strict=True):
        cells = {name: json.loads(row[name]) if name in nested else row[name] for name in row}
        assert cells == {name: own[name] for name in expected[0]}
    with open(tmp_path / "answers.csv", newline="", encoding="utf-8") as file:
        for row, own in zip(csv.DictReader(file), rows, strict=True):
            # A flag is written as JSON writes it.
            cells = [str(own[name]) for name in plain]
            cells = [{"True": "true", "False": "false"}.get(cell, cell) for cell in cells]
            assert [row[name] for name in plain] == cells
            assert [json.loads(row[name]) for name in nested] == [own[name] for name in nested]


@every_task
def test_what_was_stopped_goes_on_to_the_same_bytes(task, tmp_path, monkeypatch):
    data, options, _ = cases_of(task).file(tmp_path)
    monkeypatch.setattr(type(task_named(task)), "at_once", 1)
    pipeline = zoo.pipeline(tiny(task))
    output, whole = tmp_path / "answers.csv", tmp_path / "whole.csv"
    zoo.predict_file(pipeline, data, whole, **options)
    calls = []

    def stop_after_two(what, done, total):
        calls.append(done)
        if len(calls) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt, match=r"answers to 2 .*--resume"):
        zoo.predict_file(pipeline, data, output, progress=stop_after_two, **options)
    assert not output.exists()
    with pytest.raises(zoo.InputError, match="--resume to go on"):
        zoo.predict_file(pipeline, data, output, **options)
    answered = zoo.predict_file(pipeline, data, output, resume=True, **options)
    assert output.read_bytes() == whole.read_bytes() and answered.inputs > 2
    assert sorted(path.name for path in tmp_path.iterdir() if "answers" in path.name) == [
        "answers.csv"
    ]
