"""What the command prints of what strangers say: on a terminal, into a pipe, as JSON, in errors."""

from __future__ import annotations

import io
import json
import sys
import warnings

import numpy as np
import pytest
from typer.testing import CliRunner

import zoo
from helpers import edit_record
from test_cli import spawn
from test_escape import HOSTILE, texts_of
from zoo import checkpoint, registry
from zoo.boards.record import summarize
from zoo.boards.run import record_events
from zoo.cli import main
from zoo.cli.errors import one_line_errors
from zoo.cli.main import app
from zoo.cli.output import print_json, print_table, progress_bars, say
from zoo.common.escape import terminal
from zoo.errors import InputError, shown
from zoo.tasks.text_classification.testing import make_checkpoint
from zoo.text.attribution import Attribution
from zoo.text.attribution_views import attribution_html, attribution_text

NASTY = "\x1b]0;t\x07\x1b[31mred\x9b2J\u202egnp\u2066\u200b\u2028\t\n\r\x00:bomb: [red]"


def run(*arguments):
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.stdout, result.stderr


def harmless(text):
    return [character for character in text if terminal(character) != character] == [
        character for character in text if character in "\n\t"
    ]


@pytest.fixture(scope="module")
def stranger(tmp_path_factory):
    return make_checkpoint(tmp_path_factory.mktemp("stranger") / "tiny")


@pytest.mark.parametrize("text", [NASTY, HOSTILE["cell"], HOSTILE["nothing"]])
@pytest.mark.parametrize("fine_tuned", [False, True])
def test_no_text_of_a_record_reaches_the_terminal_as_it_is(stranger, text, fine_tuned):
    edit_record(stranger, lambda record: texts_of(record, text, fine_tuned))
    label = f"0{text}"
    for command in ("info", "predict", "verify"):
        words = {"predict": ["a film", "--top-k", "3"], "verify": ["--hashes-only"]}
        code, stdout, stderr = run(command, stranger, *words.get(command, []))
        assert code == 0 and harmless(stdout + stderr)
        assert command == "verify" or terminal(label) in stdout
    assert json.loads(run("info", stranger, "--json")[1])["labels"][0] == label
    answers = json.loads(run("predict", stranger, "a", "--json", "--top-k", "3")[1])
    assert label in [answer["label"] for answer in answers[0]["labels"]]
    info = checkpoint.read_info(stranger)
    page = summarize(info)
    assert harmless(page) and page.count("\n| ") == len(page.splitlines()) - 4
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert record_events(registry.read(stranger))


@pytest.mark.parametrize(
    "change",
    [
        lambda record: record.update({NASTY: 1}),
        lambda record: record.update(task=NASTY),
        lambda record: record["files"].update({NASTY: {"sha256": "0" * 64, "size": 1}}),
    ],
    ids=["key", "task", "file"],
)
def test_no_error_quotes_text_as_it_is(tiny, change):
    edit_record(tiny, change)
    code, stdout, stderr = run("predict", tiny, "a film")
    assert code == 1 and stdout == "" and stderr.count("\n") == 1 and harmless(stderr)
    with pytest.raises(zoo.CheckpointError) as caught:
        registry.read(tiny)
    assert harmless(str(caught.value))


def test_foreign_text_in_messages_is_escaped(capsys):
    class Odd:
        def __repr__(self):
            return NASTY

    assert harmless(shown(NASTY)) and harmless(shown(Odd(), 200))
    with one_line_errors():
        warnings.warn(NASTY, stacklevel=1)
        zoo.hub.snapshot.logger.warning(NASTY)
        say(NASTY)
    out, err = capsys.readouterr()
    assert harmless(out + err) and err.count("\n") == 2 and "\\x1b[31mred" in err


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_table_on_a_terminal_shows_text_as_it_is(monkeypatch):
    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.setenv("TERM", "dumb")
    text = "\x1b[31mred\u202e\t:bomb: [red]"
    print_table((text, "b"), [(text, "1")], numbers="b")
    shown_lines = sys.stdout.getvalue().splitlines()
    assert len(shown_lines) == 2
    for line in shown_lines:
        assert terminal(text) in line and harmless(line)


def test_a_bar_shows_its_name_as_it_is(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setenv("COLUMNS", "300")
    with progress_bars() as update:
        update(NASTY, 1, 2)
    assert "[red]" in sys.stderr.getvalue() and "\x1b]0" not in sys.stderr.getvalue()


def test_an_attribution_is_shown_as_text():
    text = f"a {NASTY} <script>"
    attribution = Attribution(
        text=text,
        label=f"<b>{NASTY}",
        probability=0.5,
        log_odds=0.0,
        baseline=0.0,
        spans=[(0, 8), (len(text) - 8, len(text))],
        omitted=None,
        scores=np.array([0.5, -0.5]),
        method="integrated_gradients",
    )
    page = attribution_html(attribution)
    assert harmless(page.replace("\r", "").replace("\t", "")) and "<script" not in page
    assert "<b>" not in page
    assert harmless(attribution_text(attribution).plain)


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_json_is_json_in_every_encoding(monkeypatch, encoding):
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="backslashreplace")
    monkeypatch.setattr(sys, "stdout", stream)
    value = {"é映\U0001f600\u202e\x9b\x7f\ud800 \\": ["\u2028", 1.5, (float("nan"), -np.inf), None]}
    print_json(value)
    stream.flush()
    text = stream.buffer.getvalue().decode(encoding)
    expected = {key: ["\u2028", 1.5, [None, None], None] for key in value}
    assert json.loads(text, parse_constant=pytest.fail) == expected
    assert harmless(text) and ("é" in text) == (encoding != "ascii")


@pytest.mark.parametrize(
    ("error", "line", "code"),
    [
        (ValueError("a\n\x1bb"), "error: ValueError: a \\x1bb. This is a fault", 1),
        (RecursionError("deep"), "error: RecursionError: deep", 1),
        (MemoryError(), "error: There is not enough memory", 1),
        (FileNotFoundError(2, "No such file", "\x1b"), "error: No such file: \\x1b", 1),
        (InputError("Expected a. Received: \x1b"), "error: Expected a. Received: \\x1b", 2),
        (KeyboardInterrupt(), "error: interrupted", 130),
    ],
)
def test_any_exception_is_one_line_and_its_traceback_can_be_seen(monkeypatch, error, line, code):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr(zoo, "info", fail)
    received, stdout, stderr = run("info", "lstm-imdb")
    assert (received, stdout) == (code, "") and stderr.startswith(line)
    assert stderr.count("\n") == 1
    monkeypatch.setenv("ZOO_TRACEBACK", "1")
    received, stdout, stderr = run("info", "lstm-imdb")
    assert received == code and stderr.startswith("Traceback") and harmless(stderr)
    assert stderr.splitlines()[-1].startswith(line)


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["list"], ["list", "--json"]])
def test_a_full_disk_is_one_line_whatever_is_printed(arguments):
    code, stdout, stderr = spawn(*arguments, shell="> /dev/full")
    assert (code, stdout, stderr) == (1, "", "error: No space left on device\n")


def test_what_fails_before_a_command_begins_is_one_line(monkeypatch, capsys):
    monkeypatch.setattr(main, "app", lambda: int("x"))
    with pytest.raises(SystemExit, match="1"):
        main.main()
    assert capsys.readouterr().err.startswith("error: ValueError: invalid literal")
