"""The `zoo` command, as a user meets it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from typer.testing import CliRunner

import zoo
from zoo.cli.main import app

ROOT = Path(__file__).parent.parent
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


def run(*arguments, stdin=""):
    """Run the command in this process; return exit code, standard output and error."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], input=stdin)
    assert "Traceback" not in result.output
    return result.exit_code, result.stdout, result.stderr


def fails(code, *words, arguments, stdin=""):
    received, stdout, stderr = run(*arguments, stdin=stdin)
    assert (received, stdout) == (code, ""), stderr
    assert stderr.startswith("error: ") and stderr.count("\n") == 1
    for word in words:
        assert word in stderr


def spawn(*arguments, shell="", stdin=b"", **environment):
    """Run the command as a process of its own; return exit code, standard output and error."""
    command = [sys.executable, "-m", "zoo.cli.main", *map(str, arguments)]
    if shell:
        command = ["sh", "-c", f'exec "$@" {shell}', "sh", *command]
    done = subprocess.run(
        command, input=stdin, capture_output=True, cwd=ROOT, env={**ENVIRONMENT, **environment}
    )
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_version_and_help():
    assert run("--version")[1] == f"rnn-zoo {zoo.__version__}\n"
    for command in ("list", "info", "predict", "evaluate", "verify"):
        code, stdout, _ = run(command, "--help")
        assert code == 0 and "Examples" in stdout and f"zoo {command}" in stdout


def test_list_and_info(tiny):
    code, stdout, _ = run("list", "--json")
    assert code == 0 and [entry["name"] for entry in json.loads(stdout)] == zoo.list_models()
    assert run("list")[1].splitlines()[0].split("\t")[0] == zoo.list_models()[0]
    assert json.loads(run("info", tiny, "--json")[1])["name"] == "tiny"
    assert "name\ttiny" in run("info", tiny)[1]
    fails(
        2, "text-classification", "Received: 'nonsense'", arguments=["list", "--task", "nonsense"]
    )
    some = ["bilstm-imdb", "lstm-imdb", "stacked-lstm-imdb"]
    assert [line.split("\t")[0] for line in run("list", "*lstm-imdb")[1].splitlines()] == some
    assert zoo.list_models("*lstm-imdb", "bilstm") == some[:1]
    assert zoo.list_models("translation") == zoo.list_models(task="translation")
    fails(2, "such as '*lstm*'", "Entries: ", arguments=["list", "*bert*"])


def test_near_names_alone_are_suggested():
    for given, near in {
        "LSTM_imbd": "Did you mean lstm-imdb",
        "gru": "Did you mean gru-imdb or gru-nab or gru-names or ngram-gru-imdb",
        "mackey-glass": "Did you mean esn-mackey-glass",
        "imdb": "Entries: ",
        "bert-base": "Entries: ",
        "qwerty": "Entries: ",
    }.items():
        with pytest.raises(zoo.UnknownModelError, match=near):
            zoo.info(given)


@pytest.mark.parametrize("name", zoo.list_models())
def test_every_entry_is_described(name):
    code, stdout, _ = run("info", name, "--json")
    assert code == 0 and json.loads(stdout)["name"] == name


def test_predict_from_arguments(tiny):
    code, stdout, _ = run("predict", tiny, "a film", "so\tso\x07")
    assert code == 0
    label, score, text = stdout.splitlines()[0].split("\t")
    assert label.startswith("label ") and 0 < float(score) < 1 and text == "a film"
    assert len(stdout.splitlines()) == 2 and stdout.count("\t") == 4
    answers = json.loads(run("predict", tiny, "a film", "--json")[1])
    assert answers[0]["label"] == label and answers[0]["score"] == pytest.approx(
        float(score), abs=1e-4
    )
    assert run("predict", tiny, "a film", "--top-k", "3")[1].count("\n") == 3


def test_predict_from_a_file(tiny, tmp_path, monkeypatch):
    (tmp_path / "a.csv").write_text("id,review\n1,a film\n2,waste of time\n")
    (tmp_path / "a.txt").write_text("a film\nwaste of time\n")
    (tmp_path / "film").write_text("")
    expected = run("predict", tiny, "a film", "waste of time")[1]
    monkeypatch.chdir(tmp_path)
    for arguments in (["a.csv", "--text-column", "review"], ["a.txt"]):
        assert run("predict", tiny, "--file", *arguments) == (0, expected, "")
    fails(2, "--data a.csv --text-column", "< a.csv", arguments=["predict", tiny, "a.csv"])
    fails(2, "--data alone", arguments=["predict", tiny, "--file", "a.csv", "a film"])
    code, stdout, stderr = run("predict", tiny, "film", "models", "x" * 5_000)
    assert code == 0 and stdout.count("\n") == 3 and "there is a file of that name" in stderr


@pytest.mark.parametrize("arguments", [[], ["-"]])
def test_predict_from_standard_input(tiny, arguments):
    code, stdout, _ = run("predict", tiny, *arguments, stdin="a film\r\nwaste of time\n")
    assert code == 0
    assert [line.split("\t")[2] for line in stdout.splitlines()] == ["a film", "waste of time"]


def test_a_megabyte_of_text_is_answered(tiny):
    code, stdout, _ = run("predict", tiny, stdin="so " * 350_000)
    assert code == 0 and len(stdout) < 200


def test_wrong_input_is_told_in_one_line(tiny):
    fails(2, "at least one word", "''", arguments=["predict", tiny, "a film", ""])
    fails(2, "Received: nothing", arguments=["predict", tiny])
    fails(2, "line 1", "0xff", arguments=["predict", tiny], stdin=b"b\xff\na\n")
    fails(2, "--top-k", arguments=["predict", tiny, "a", "--top-k", "0"])
    fails(2, "Did you mean lstm-imdb", arguments=["predict", "lstm-imbd", "a film"])
    fails(2, "'no/such/place'", arguments=["info", "no/such/place"])
    fails(2, "Received a file", arguments=["info", tiny / "zoo.json"])


def test_an_option_of_another_task_is_refused(tiny):
    fails(
        2,
        "--num-beams with an entry of the task text-generation or text2text-generation or "
        "translation only",
        "of the task text-classification",
        arguments=["predict", tiny, "a", "--num-beams", "2"],
    )
    fails(2, "a model of numeric series", arguments=["predict", tiny, "a", "--fill", "linear"])


@pytest.mark.filterwarnings("default:.*hold no word")
@pytest.mark.parametrize("text", ["\x07", "\u200b", "\u00ad \u3000"])
def test_an_argument_that_shows_nothing_is_refused_and_a_line_is_answered(tiny, text):
    fails(2, "at least one word", "argument 2", arguments=["predict", tiny, "a film", text])
    fails(2, "at least one word", arguments=["explain", tiny, text])
    code, stdout, stderr = run("predict", tiny, stdin=f"a film\n{text}\n")
    assert code == 0 and len(stdout.splitlines()) == 2
    assert stderr.startswith("warning: 1 of 2 texts hold no word (the first in line 2)")


@pytest.mark.filterwarnings("default:.*hold no word")
def test_a_row_without_a_text_is_answered_and_told(tiny, tmp_path):
    file = tmp_path / "a.jsonl"
    file.write_text('{"text": "a film"}\n{"text": null}\n{"text": ""}\n')
    code, stdout, stderr = run("predict", tiny, "--file", file)
    assert code == 0 and len(stdout.splitlines()) == 3
    assert "1 of 3 rows have no text (the first in line 2)" in stderr
    assert "2 of 3 texts hold no word" in stderr
    (tmp_path / "a.txt").write_text("a film\n\nso so\n")
    code, stdout, stderr = run("predict", tiny, "--file", tmp_path / "a.txt")
    assert code == 0 and len(stdout.splitlines()) == 3
    assert "1 of 3 texts hold no word (the first in text 2)" in stderr


def test_a_text_that_is_cut_is_told(tiny):
    classify, text = zoo.pipeline(tiny), "so " * 31
    with pytest.warns(UserWarning, match=r"1 of 2 texts are longer than the 31 tokens.* index 1"):
        classify([text, text + "so"])
    with pytest.warns(UserWarning, match=r"1 of 1 texts are longer"):
        classify("so " * 90_000)


def test_real_streams(tiny):
    # A byte order mark is no part of the first text.
    stdin = "\ufeffa film\r\n \t\na café film\n".encode()
    code, stdout, stderr = spawn("predict", tiny, "-", stdin=stdin)
    assert code == 0 and stderr.count("\n") == 1
    assert stderr.startswith("warning: 1 of 3 texts hold no word (the first in line 2)")
    lines = [line.split("\t") for line in stdout.splitlines()]
    assert [line[2] for line in lines] == ["a film", " ", "a café film"]
    assert float(lines[0][1]) == pytest.approx(zoo.pipeline(tiny)("a film")[0]["score"], abs=1e-4)


def test_what_stands_before_a_bad_line_is_answered(tiny):
    code, stdout, stderr = spawn("predict", tiny, stdin=b"a film\n\xff\n")
    assert (code, stderr.count("\n")) == (2, 1) and "line 2" in stderr
    assert stdout.endswith("\ta film\n")
    code, stdout, _ = spawn("predict", tiny, "--json", stdin=b"a film\nso so\n\xff\n")
    assert code == 2 and [answer["text"] for answer in json.loads(stdout)] == ["a film", "so so"]


def test_answers_come_as_lines_arrive(tiny):
    command = [sys.executable, "-m", "zoo.cli.main", "predict", str(tiny)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, env=ENVIRONMENT, cwd=ROOT, **pipes) as process:
        watchdog = threading.Timer(120, process.kill)  # were it to wait for the end of the input
        watchdog.start()
        for text in (b"a film", b"so so"):
            process.stdin.write(text + b"\n")
            process.stdin.flush()
            assert process.stdout.readline().endswith(b"\t" + text + b"\n")
        process.stdin.close()
        watchdog.cancel()


def test_a_full_disk_is_told_in_one_line(tiny):
    code, _, stderr = spawn("predict", tiny, "a film", shell="> /dev/full")
    assert (code, stderr) == (1, "error: No space left on device\n")


def test_a_closed_standard_input_is_told_in_one_line(tiny):
    code, stdout, stderr = spawn("predict", tiny, shell="<&-")
    assert (code, stdout, stderr.count("\n")) == (2, "", 1) and stderr.startswith("error: ")


def test_a_closed_standard_output_is_told_in_one_line(tiny):
    code, _, stderr = spawn("predict", tiny, "a film", shell=">&-")
    assert (code, stderr.count("\n")) == (1, 1) and stderr.startswith("error: ")


def test_a_text_outside_the_encoding_of_the_output_is_no_crash(tiny):
    """Pipes on Windows are often cp1252: a text in another script must not end in a traceback."""
    code, stdout, stderr = spawn("predict", tiny, "a film, 映画", PYTHONIOENCODING="ascii")
    assert code == 0 and "a film" in stdout and "Traceback" not in stderr


def test_a_damaged_checkpoint_is_a_failure(tiny):
    (tiny / "model.safetensors").write_bytes(b"")
    fails(1, "model.safetensors", arguments=["predict", tiny, "a film"])


def write_csv(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return path


ROWS = 'text,label\n"a film, moving",label 0\nwaste,label 1\n"so\nso",label 2\n'


def test_evaluate_a_file(tiny, tmp_path):
    own = write_csv(tmp_path / "own.csv", ROWS)
    code, stdout, _ = run("evaluate", tiny, "--data", own, "--json")
    assert code == 0
    metrics = {metric["name"]: metric for metric in json.loads(stdout)}
    assert list(metrics) == ["accuracy", "precision", "recall", "f1", "auc"]
    assert metrics["accuracy"]["num_examples"] == 3 and metrics["accuracy"]["split"] == "own.csv"
    table = write_csv(tmp_path / "own.tsv", "review\tstars\na film\t0\nwaste\t1\nso\t2\n")
    code, stdout, _ = run(
        "evaluate", tiny, "--data", table, "--text-column", "review", "--label-column", "stars"
    )
    assert code == 0 and stdout.splitlines()[0].startswith("accuracy\t")
    bare = write_csv(tmp_path / "bare.txt", "1#a film\n1#waste\n")
    options = ["--text-column", 2, "--label-column", 1, "--no-header", "--delimiter", "#"]
    code, stdout, stderr = run("evaluate", tiny, "--data", bare, *options)
    assert code == 0 and stdout.count("\n") == 1 and stdout.startswith("accuracy\t")
    assert "one class" in stderr


def test_evaluate_warns_in_one_line(tiny, tmp_path):
    own = write_csv(tmp_path / "own.csv", "text,label\na film,0\nso so,1\n,2\n")
    code, _, stderr = spawn("evaluate", tiny, "--data", own)
    lines = stderr.splitlines()
    assert code == 0 and [line.split(" ")[0] for line in lines] == ["warning:", "warning:"]
    assert "hold no word" in lines[0] and "3 examples are too few" in lines[1]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("review,label\na,0\n", ["'text'", "review, label"]),
        ("text,label\na,9\n", ["line 2", "'9'"]),
        ("text,label\na\n", ["line 2", "expected 2 columns"]),
        ("text,label\n", ["at least one row"]),
        ("", ["at least one row"]),
        ("text,label\na,label 0\nb,1\n", ["line 3", "'1'"]),
        ('text,label\n"a,0\n', ["line"]),
    ],
)
def test_a_file_that_does_not_fit_is_told_in_one_line(tiny, tmp_path, content, words):
    own = write_csv(tmp_path / "own.csv", content)
    fails(1, *words, arguments=["evaluate", tiny, "--data", own])


def test_files_that_cannot_be_read(tiny, tmp_path):
    fails(1, "No such file", arguments=["evaluate", tiny, "--data", tmp_path / "none.csv"])
    latin = write_csv(tmp_path / "latin.csv", "text,label\ncafé,0\nso,1\n", "latin-1")
    told = ["line 2", "0xe9", "--encoding"]
    fails(1, *told, arguments=["evaluate", tiny, "--data", latin, "--encoding", "utf-8"])
    told = ["such as utf-8", "'klingon'"]
    fails(2, *told, arguments=["evaluate", tiny, "--data", latin, "--encoding", "klingon"])
    fails(1, "names none", arguments=["evaluate", tiny])


def test_the_fast_path_imports_no_framework_and_one_task(tiny):
    code = (
        "import sys, zoo, zoo.cli.main\n"
        "zoo.list_models(); zoo.info(sys.argv[1])\n"
        "zoo.cli.main.app(['predict', sys.argv[1], 'a film'], standalone_mode=False)\n"
        "folders = {name.split('.')[2] for name in sys.modules if name[:10] == 'zoo.tasks.'}\n"
        "assert folders == {'text_classification'}, folders\n"
        "heavy = {'keras', 'tensorflow', 'jax', 'torch', 'keras_hub', 'onnx'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", code, tiny], check=True, env=ENVIRONMENT, cwd=ROOT)


def test_a_reader_that_leaves_early_is_no_error(tiny):
    command = [sys.executable, "-m", "zoo.cli.main", "predict", str(tiny)]
    process = subprocess.Popen(
        command,
        env=ENVIRONMENT,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    process.stdout.close()
    with contextlib.suppress(BrokenPipeError):  # it need not read what nobody wants answered
        process.stdin.write(b"a film\n" * 20_000)
        process.stdin.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    process.wait(timeout=600)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["predic"], "a command out of list, info, .*Received: 'predic'. Did you mean predict"),
        (["predict"], "a value for NAME. Received: none. Run: zoo predict --help"),
        (["predict", "esn-lorenz", "--horizon", "x"], "a whole number for --horizon. .* 'x'"),
        (["list", "--taks", "x"], "an option that it has. Received: --taks. Did you mean --task"),
        (["info", "a", "b"], "no more arguments. Received: b. Run: zoo info --help"),
        (["finetune", "lstm-imdb"], "the option --train"),
        (["predict", "lstm-imdb", "a", "--horizon"], "a value for --horizon. Received: none"),
    ],
)
def test_wrong_use_is_told_in_one_line(arguments, words):
    code, stdout, stderr = run(*arguments)
    assert (code, stdout, stderr.count("\n")) == (2, "", 1)
    assert re.match(f"error: Expected {words}", stderr), stderr


def test_a_backend_that_is_not_installed_is_told_in_one_line(tiny):
    spawned = spawn("explain", tiny, "a film", KERAS_BACKEND="nope")
    assert spawned[:2] == (2, "") and spawned[2].count("\n") == 1
    assert spawned[2].startswith("error: Expected KERAS_BACKEND tensorflow")
    assert "Received: 'nope'" in spawned[2]


def test_a_fixed_file_is_not_replaced_unless_told(monkeypatch, capsys):
    from training import split_films

    monkeypatch.setattr("sys.argv", ["split_films"])
    with pytest.raises(SystemExit, match="2"):
        split_films.main()
    assert "give --overwrite" in capsys.readouterr().err


def test_every_public_name_is_importable():
    assert {getattr(zoo, name) is not None for name in zoo.__all__} == {True}
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = zoo.no_such_name
