"""The command with a tiny checkpoint of every task: what it answers, shows, and refuses."""

from __future__ import annotations

import inspect
import json

import pytest
from typer.testing import CliRunner

import zoo
from event_files import read_events
from suite.cases import TASKS, cases_of, needs, same, tiny
from zoo.cli.main import app
from zoo.common.testing import NotApplicable
from zoo.explaining.asking import able
from zoo.task import Task, task_named

pytestmark = pytest.mark.at_once
every_task = pytest.mark.parametrize("task", TASKS)


def run(*arguments):
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.stdout, result.stderr


def succeed(*arguments):
    code, stdout, stderr = run(*arguments)
    assert code == 0, stderr
    return stdout


def refuse(words, *arguments):
    code, stdout, stderr = run(*arguments)
    assert code != 0 and stdout == "" and words in stderr
    assert stderr.startswith("error: ") and stderr.count("\n") == 1


def flat(value):
    """Return texts and lists of numbers as one list of what can be compared."""
    return [value] if isinstance(value, str | float | int) else list(value)


@every_task
def test_predict_writes_what_the_pipeline_answers(task, tmp_path):
    arguments, answer = cases_of(task).command(tmp_path)
    expected = answer(zoo.pipeline(tiny(task)))
    rows = json.loads(succeed("predict", tiny(task), *arguments, "--json"))
    assert len(rows) == len(expected)
    for row, answers in zip(rows, expected, strict=True):
        assert set(answers) <= set(row)
        for name, value in answers.items():
            same(flat(row[name]), flat(value), 1e-6)
    assert succeed("predict", tiny(task), *arguments).strip()


@every_task
def test_what_it_cannot_do_is_refused_in_a_line(task, tmp_path):
    arguments, _ = cases_of(task).command(tmp_path)
    refuse("no-such-option", "predict", tiny(task), *arguments, "--no-such-option")
    refuse("nowhere", "evaluate", tiny(task), tmp_path / "nowhere")
    refuse("Received", "predict", tmp_path, *arguments)


@every_task
def test_a_call_says_what_it_takes(task):
    pipeline = zoo.pipeline(tiny(task))
    parameters = inspect.signature(pipeline.__call__).parameters
    needed = [one for one in parameters.values() if one.default is one.empty]
    names = "called with: " + ", ".join(parameters)
    with pytest.raises(zoo.InputError, match=f"{names}. Received: .*argument 'foo'"):
        pipeline(*[None for _ in needed], foo=1)
    with pytest.raises(zoo.InputError, match=f"{names}. Received: missing.*'{needed[0].name}'"):
        pipeline()


@every_task
def test_info_and_verify_tell_the_record(task):
    info = zoo.info(tiny(task))
    record = json.loads(succeed("info", tiny(task), "--json"))
    assert (record["name"], record["task"]) == (info.name, task)
    told = dict(line.split("\t") for line in succeed("info", tiny(task)).splitlines())
    assert told["task"] == task and told["parameters"] == f"{info.parameters:,}"
    assert f"{len(info.files)} files are as the record says" in succeed("verify", tiny(task))


@every_task
def test_explain_says_why_or_that_it_does_not(task, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # where a picture goes that no name was given to
    given = cases_of(task).explained
    if isinstance(given, NotApplicable):
        refuse(task, "explain", tiny(task), "a text")
        assert list(tmp_path.iterdir()) == []
        return
    text = given(tmp_path) if callable(given) else given
    found = []

    def explained(*given, **options):
        """Explain once: that the same is shown otherwise the second time is what is tested."""
        found[:] = found or [explain(*given, **options)]
        return found[0]

    explain = zoo.explain
    monkeypatch.setattr(zoo, "explain", explained)
    assert succeed("explain", tiny(task), text)
    drawn = {path.name: path.read_bytes() for path in tmp_path.glob("*.png")}
    succeed("explain", tiny(task), text)
    again = {path.name for path in tmp_path.glob("*.png")}
    assert again == {*drawn, *(name.replace(".png", "-2.png") for name in drawn)}
    assert all((tmp_path / name).read_bytes() == content for name, content in drawn.items())
    succeed("explain", tiny(task), text, "--output", "why.png")
    assert (tmp_path / "why.png").read_bytes().startswith(b"\x89PNG")


@every_task
@pytest.mark.parametrize("command", ["explain", "inspect"])
def test_a_task_that_does_not_say_how_is_refused(task, command, monkeypatch):
    monkeypatch.setattr(type(task_named(task)), command, getattr(Task, command))
    others = [other.name for other in able(command)]
    assert task not in others
    for given in ("a text", "nowhere.csv"):
        code, stdout, stderr = run(command, tiny(task), given)
        assert code == 2 and stdout == "" and stderr.count("\n") == 1
        assert f"an entry of the task {' or '.join(others)}. " in stderr
        assert f"Received: {tiny(task)}, of the task {task}\n" in stderr


@every_task
def test_inspect_shows_states_or_says_that_it_does_not(task, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    given = cases_of(task).inspected
    if isinstance(given, NotApplicable):
        refuse(task, "inspect", tiny(task), "a text")
        assert list(tmp_path.iterdir()) == []
        return
    text = given(tmp_path) if callable(given) else given
    assert succeed("inspect", tiny(task), text)
    assert any(path.read_bytes().startswith(b"\x89PNG") for path in tmp_path.rglob("*.png"))


def tags(run):
    return {tag for tag, _, _ in read_events(run)}


@pytest.mark.slow
@every_task
def test_a_run_shows_the_record_and_what_the_task_says(task, tmp_path):
    run = zoo.write_tensorboard(tiny(task), tmp_path / "run")
    found = tags(run)
    assert "summary" in found and any(tag.startswith("weights/") for tag in found)
    for beginning in needs(cases_of(task).board):
        assert any(tag.startswith(beginning) for tag in found), beginning
