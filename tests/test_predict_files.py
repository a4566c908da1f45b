"""Files of texts answered into files: stops and kills at any moment, doubts, bad input."""

from __future__ import annotations

import errno
import gzip
import json
import os
import pickle
import re
import signal
import subprocess
import sys
import warnings

import msgspec
import pyarrow
import pytest
from pyarrow import parquet
from typer.testing import CliRunner

import zoo
from answer_files import HOSTILE, left, read, written
from zoo.cli.main import app
from zoo.predicting import partial
from zoo.predicting.parts import compute_part
from zoo.predicting.plan import Plan
from zoo.tables.reading import open_table, table_chunks
from zoo.task import task_named
from zoo.tasks.text_classification.testing import make_checkpoint

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

TEXT = type(task_named("text-classification"))


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return zoo.pipeline(make_checkpoint(tmp_path_factory.mktemp("model") / "tiny"))


@pytest.fixture
def in_twos(monkeypatch):
    monkeypatch.setattr(TEXT, "at_once", 2)


@pytest.fixture
def reviews(tmp_path):
    return written(tmp_path / "reviews.csv", HOSTILE)


class KilledError(BaseException):
    """What nothing handles."""


def test_killed_at_any_step_it_goes_on_to_the_same_bytes(
    model, reviews, tmp_path, in_twos, monkeypatch
):
    output, whole = tmp_path / "out.parquet", tmp_path / "whole.parquet"
    zoo.predict_file(model, reviews, whole)
    replace, steps = os.replace, []

    def replace_or_die(old, new):
        steps.append(new)
        if len(steps) == dies_at:
            raise KilledError
        replace(old, new)
        if len(steps) == -dies_at:
            raise KilledError

    monkeypatch.setattr(os, "replace", replace_or_die)
    died = set()
    for dies_at in [*range(1, 12), *range(-11, 0)]:
        steps.clear()
        try:
            zoo.predict_file(model, reviews, output)
        except KilledError:
            died.add(dies_at)
            steps.extend([None] * 99)
            assert output.exists() <= (dies_at == -9)  # after the last step alone
            zoo.predict_file(model, reviews, output, resume=True)
        assert output.read_bytes() == whole.read_bytes()
        assert left(tmp_path) == ["out.parquet", "whole.parquet"]
        output.unlink()
    # The plan, three parts with a record each, the digest of the whole, and the whole.
    assert died == {*range(1, 10), *range(-9, 0)}


def test_a_killed_process_goes_on(model, tmp_path):
    data = written(tmp_path / "reviews.csv", [["text"], *([f"film {i}"] for i in range(9))])
    checkpoint = make_checkpoint(tmp_path / "reviews")
    code = (
        "import os, signal, sys, zoo\n"
        "from zoo.task import task_named\n"
        "type(task_named('text-classification')).at_once = 2\n"
        "def kill(what, done, total):\n"
        "    if done > 5: os.kill(os.getpid(), signal.SIGKILL)\n"
        "zoo.predict_file(sys.argv[1], sys.argv[2], sys.argv[3], progress=kill)\n"
    )
    command = [sys.executable, "-c", code, str(checkpoint), str(data), str(tmp_path / "out.csv")]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    assert left(tmp_path) == ["out.csv.partial"]
    done = []
    answered = zoo.predict_file(
        checkpoint, data, tmp_path / "out.csv", resume=True, progress=lambda *how: done.append(how)
    )
    zoo.predict_file(checkpoint, data, tmp_path / "whole.csv")
    assert len(done) == 5  # by the plan of the run that was begun
    names, *rows = read(tmp_path / "out.csv")
    assert answered.rows == len(rows) == 9 and names == ["text", "label", "score"]
    assert [row[:2] for row in rows] == [row[:2] for row in read(tmp_path / "whole.csv")[1:]]


def test_parts_are_computed_by_any_process_in_any_order(model, reviews, tmp_path, in_twos):
    output = tmp_path / "out.jsonl"

    def stop(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        zoo.predict_file(model, reviews, output, progress=stop)
    plan = msgspec.json.decode(
        (tmp_path / "out.jsonl.partial" / "plan.json").read_bytes(), type=Plan
    )
    chunks = list(enumerate(table_chunks(open_table(plan.path, "text"), plan.rows)))
    for number, chunk in reversed(chunks[1:]):
        work = pickle.dumps((plan, output, model, number, chunk))
        assert compute_part(*pickle.loads(work)).inputs == len(chunk.inputs)
    made = {path: path.stat().st_mtime_ns for path in partial.Partial(output).path.iterdir()}
    assert len(made) == 7
    with pytest.raises(KeyboardInterrupt):
        zoo.predict_file(model, reviews, output, resume=True, progress=stop)
    assert {path: path.stat().st_mtime_ns for path in made} == made  # computed once
    zoo.predict_file(model, reviews, output, resume=True)
    zoo.predict_file(model, reviews, tmp_path / "whole.jsonl")
    assert output.read_bytes() == (tmp_path / "whole.jsonl").read_bytes()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_keep_whole_parts(model, reviews, tmp_path, in_twos, number):
    output = tmp_path / "out.csv"

    def stop(*_):
        signal.raise_signal(number)

    with pytest.raises(KeyboardInterrupt, match=r"answers to 2 rows .*--resume") as stopped:
        zoo.predict_file(model, reviews, output, progress=stop)
    assert stopped.value.signal == number
    assert zoo.predict_file(model, reviews, output, resume=True).rows == 5


def test_it_goes_on_with_the_same_alone(model, reviews, tmp_path, in_twos, monkeypatch):
    output = tmp_path / "out.csv"
    rows = [*HOSTILE[:4], ["4", "a film"], HOSTILE[5]]
    written(reviews, rows)
    with pytest.raises(
        zoo.DataError, match=r"line 7: expected 4 columns.*2 rows are kept.*--resume"
    ):
        zoo.predict_file(model, reviews, output)
    monkeypatch.setattr(TEXT, "at_once", 3)  # the plan says how many
    for options, words in (
        ({"top_k": 2}, r"--top-k, None there and 2 now"),
        ({"text_column": "note"}, "the columns of the input, or how it is read"),
    ):
        with pytest.raises(zoo.InputError, match=words):
            zoo.predict_file(model, reviews, output, resume=True, **options)
    other = make_checkpoint(tmp_path / "reviews-model", seed=1)
    with pytest.raises(zoo.InputError, match="the model, tiny there"):
        zoo.predict_file(other, reviews, output, resume=True)
    written(reviews, [HOSTILE[0], ["1", "another film", "", ""], *HOSTILE[2:]])
    with pytest.raises(zoo.InputError, match="differs, from row 1 to 2"):
        zoo.predict_file(model, reviews, output, resume=True)
    assert left(tmp_path) == ["out.csv.partial"]
    # The row that was wrong is corrected: those before it are not computed again.
    written(reviews, HOSTILE)
    monkeypatch.setattr(TEXT, "at_once", 2)
    zoo.predict_file(model, reviews, tmp_path / "whole.csv")
    zoo.predict_file(model, reviews, output, resume=True)
    assert output.read_bytes() == (tmp_path / "whole.csv").read_bytes()


def test_a_row_of_json_is_corrected_where_types_do_not_stand_in_the_output(
    model, tmp_path, in_twos
):
    data = tmp_path / "reviews.jsonl"
    rows = [{"text": "a film", "n": 1}] * 3
    for end, words in (("csv", None), ("parquet", "the columns of the input")):
        data.write_text("".join(f"{json.dumps(row)}\n" for row in [*rows, {"text": 3}]))
        with pytest.raises(zoo.DataError, match=r"line 4: expected a text.*2 rows are kept"):
            zoo.predict_file(model, data, tmp_path / f"out.{end}")
        data.write_text("".join(f"{json.dumps(row)}\n" for row in [*rows, {"text": "x", "n": "y"}]))
        if words is None:
            zoo.predict_file(model, data, tmp_path / "out.csv", resume=True)
            assert [row[:2] for row in read(tmp_path / "out.csv")][3:] == [
                ["a film", "1"],
                ["x", "y"],
            ]
        else:
            with pytest.raises(zoo.InputError, match=words):
                zoo.predict_file(model, data, tmp_path / "out.parquet", resume=True)


def test_the_command_says_what_it_wrote(model, reviews, tmp_path):
    checkpoint = str(make_checkpoint(tmp_path / "tiny"))

    def run(*arguments):
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            result = CliRunner().invoke(app, ["predict", checkpoint, *map(str, arguments)])
        return result.exit_code, result.stdout, result.stderr

    output = tmp_path / "out.csv"
    code, stdout, stderr = run("--file", reviews, "--output", output)
    assert code == 0 and "1 of 5 texts hold no word (the first in row 3)" in stderr
    assert stdout == (
        "Answered 5 rows, 1 of them without any text: all there are.\n"
        f"Wrote {output}: 5 rows of id, text, label, note, predicted_label, score.\n"
    )
    code, stdout, _ = run("--data", reviews, "--output", output, "--overwrite", "--json")
    told = json.loads(stdout)
    assert (code, told["path"], told["rows"], told["empty"]) == (0, str(output), 5, 1)
    for arguments, words in (
        (["--data", reviews, "--output", output], "--overwrite to replace it"),
        (["--output", output], "Received: no --data"),
        (["a film", "--resume"], "Expected --resume with --output"),
        (["a film", "--data", reviews], "Expected --data alone"),
        (
            ["--data", reviews, "--output", output, "--horizon", "3"],
            "Expected --horizon",
        ),
    ):
        code, stdout, stderr = run(*arguments)
        assert code == 2 and stdout == "" and stderr.count("\n") == 1
        assert re.search(words, stderr), stderr


def test_doubts_are_counted_over_all_parts(model, tmp_path, in_twos):
    rows = [{"text": text} for text in ("a film", None, "so", None, "", "a", " ")]
    (tmp_path / "a.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    answered = zoo.predict_file(model, tmp_path / "a.jsonl", tmp_path / "b.csv")
    told = " ".join(answered.told)
    assert "2 of 7 rows have no text (the first in row 2)" in told
    assert "4 of 7 texts hold no word (the first in row 2)" in told
    assert answered.empty == 4 and len(answered.told) == 2


FAULTS = {
    "no column": ("a.csv", b"a,b\n1,2\n", "Expected a column 'text'"),
    "empty": ("a.csv", b"", "at least one row of data.*none"),
    "no rows": ("a.csv", b"text,label\n", "at least one row of data.*none"),
    "no lines": ("a.jsonl", b"\n", "at least one row of data.*none"),
    "broken UTF-8": (
        "a.csv",
        b"text\n" + b"caf\xc3\xa9\n" * 9 + b"a\xff\n",
        "UTF-8 but for line 11",
    ),
    "open quote": ("a.csv", b'text,b\n1,2\n"a,2\nb,3\n', "line 3: expected a row with its quotes"),
    "many cells": ("a.csv", b"text,b\n1,2\n1,2,3\n", "line 3: expected 2 columns. Received: 3"),
    "no JSON": ("a.jsonl", b'{"text": "a"}\n{"text": \n', "line 2: expected JSON"),
    "no object": ("a.jsonl", b'{"text": "a"}\n[1]\n', r"line 2: expected an object.*\[1\]"),
    "key twice": ("a.jsonl", b'{"text": "a", "text": "b"}\n', "stands twice"),
    "many keys": (
        "a.jsonl",
        b"".join(b'{"text": "a", "%d": 1}\n' % number for number in range(2_100)),
        "line 2000: expected rows with the same keys, at most 2,000",
    ),
    "no text": ("a.jsonl", b'{"text": "a"}\n{"text": 3}\n', "line 2: expected a text.*3"),
    "no array": ("a.json", b'[{"text": "a"}, {"text": "b"} 3]', "row 3: expected JSON.*'3'"),
    "cut array": ("a.json", b'[{"text": "a"}, {"te', "row 2: expected JSON"),
    "cut gzip": ("a.csv.gz", gzip.compress(b"text\n" + os.urandom(99))[:-20], "cut off"),
    "gzip by name alone": ("a.csv.gz", b"text\na film\n", "not a gzip file.*Rename it"),
    "no gzip": ("a.csv.gz", b"\x1f\x8bxxxxxxxxxxxxxxxxxx", "not a gzip file"),
    "an archive": ("a.csv", b"PK\x03\x04xxxx", "a zip archive"),
    "no Parquet": ("a.parquet", b"PAR1 and no more", "Expected a Parquet file"),
    "null characters": ("a.csv", b"text\n\0\0\0a\n", "null characters|at least one row|column"),
    "unknown encoding": ("a.csv", b"text\na\n", "such as utf-8.*klingon", {"encoding": "klingon"}),
    "another encoding": (
        "a.csv",
        b"text\ncaf\xe9\n",
        "encoding utf-8.*line 2.*0xe9",
        {"encoding": "utf-8"},
    ),
    "an option": ("a.csv", b"text\na\n", "Expected options out of.*'beams'", {"beams": 1}),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_wrong_is_told_in_a_line_and_leaves_nothing(model, tmp_path, fault):
    name, content, words, options = (*FAULTS[fault], {})[:4]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(zoo.ZooError, match=words) as error:
        zoo.predict_file(model, tmp_path / name, tmp_path / "out.csv", **options)
    assert "\n" not in str(error.value) and left(tmp_path) == [name]


def test_the_parquet_lacks_the_column_or_holds_other_than_texts(model, tmp_path):
    parquet.write_table(pyarrow.table({"a": [1]}), tmp_path / "reviews.parquet")
    for column, words in (
        ("text", "Expected a column 'text'.*'a'"),
        ("a", "row 1: expected a text"),
    ):
        with pytest.raises(zoo.DataError, match=words):
            zoo.predict_file(
                model, tmp_path / "reviews.parquet", tmp_path / "o.csv", text_column=column
            )
    assert left(tmp_path) == []


def test_outputs_that_cannot_be(model, reviews, tmp_path, in_twos, monkeypatch):
    output = tmp_path / "out.csv"
    for place, words in (
        (reviews, "for both"),
        (tmp_path, "ends in .csv"),
        (tmp_path / "out.xlsx", "ends in .csv"),
        (tmp_path / "out.parquet.gz", "ends in .csv"),
    ):
        with pytest.raises(zoo.InputError, match=words):
            zoo.predict_file(model, reviews, place, overwrite=True)
    with pytest.raises(zoo.InputError, match="outside of the folder"):
        zoo.predict_file("esn-mackey-glass", tmp_path, tmp_path / "new" / "out.csv", horizon=1)
    output.write_text("mine")
    with pytest.raises(zoo.InputError, match=r"does not exist yet.*--overwrite"):
        zoo.predict_file(model, reviews, output)
    assert output.read_text() == "mine"
    replace, count = os.replace, iter(range(99))

    def full(old, new):
        if next(count) == 4:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        replace(old, new)

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(zoo.OutputError, match=r"No space left.*2 rows are kept.*--resume"):
        zoo.predict_file(model, reviews, output, overwrite=True)
    assert output.read_text() == "mine"
    assert zoo.predict_file(model, reviews, output, overwrite=True, resume=True).rows == 5
    assert len(read(output)) == 6 and left(tmp_path) == ["out.csv"]
    (tmp_path / "new.csv.partial").mkdir()
    (tmp_path / "new.csv.partial" / "note").write_text("mine")
    with pytest.raises(zoo.InputError, match="something else"):
        zoo.predict_file(model, reviews, tmp_path / "new.csv", resume=True)
    with pytest.raises(zoo.OutputError, match="could not be written: Not a directory"):
        zoo.predict_file(model, reviews, reviews / "new.csv")


def test_parquet_alone_needs_pyarrow(model, reviews, tmp_path, monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "pyarrow"]:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(zoo.InputError, match="pip install pyarrow"):
        zoo.predict_file(model, reviews, tmp_path / "out.parquet")
    assert zoo.predict_file(model, reviews, tmp_path / "out.jsonl").rows == 5


def test_one_run_writes_an_output(model, reviews, tmp_path):
    with (
        partial.Partial(tmp_path / "out.csv").opened(False),
        pytest.raises(zoo.InputError, match="another process"),
    ):
        zoo.predict_file(model, reviews, tmp_path / "out.csv")
