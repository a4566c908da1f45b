"""Two columns of a user's data, whatever holds them; and what is told of data that is broken."""

from __future__ import annotations

import gzip
import json

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest

import zoo
from helpers import dataset_or_skip
from zoo.tables.labels import label_name, label_names
from zoo.tables.sources import has_columns, read_columns

ROWS = [("a film", "good"), ('so "so", waste', "bad"), ("café\nplot", "good")]


def write(path, rows=ROWS):
    texts, labels = zip(*rows, strict=True)
    if path.suffix == ".parquet":
        pyarrow.parquet.write_table(pyarrow.table({"text": texts, "label": labels}), path)
    elif path.suffix == ".json":
        path.write_text(
            json.dumps([dict(zip(("text", "label"), row, strict=True)) for row in rows])
        )
    elif path.suffix == ".jsonl":
        lines = [json.dumps({"label": label, "text": text, "id": 1}) for text, label in rows]
        path.write_text("\n".join(lines) + "\n\n")
    elif path.suffix:
        separator = "\t" if path.suffix == ".tsv" else ","
        quoted = ['"' + text.replace('"', '""') + '"' for text in texts]
        lines = [separator.join(pair) for pair in zip(quoted, labels, strict=True)]
        path.write_text("\n".join([f"text{separator}label", *lines]) + "\n", encoding="utf-8-sig")
    else:
        for number, (text, label) in enumerate(rows):
            file = path / label / f"{number}.txt"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        (path / "README").write_text("not a class")
    return path


@pytest.mark.parametrize(
    "name", ["a.csv", "a.tsv", "a.jsonl", "a.json", "a.parquet", "folder"], ids=str
)
def test_the_same_rows_come_from_every_format(tmp_path, name):
    columns = read_columns(write(tmp_path / name), "text", "label")
    assert sorted(zip(columns.first, columns.second, strict=True)) == sorted(ROWS)
    assert columns.name == name and len(columns.sha256) == 64 and len(columns) == 3
    again = read_columns(tmp_path / name, "text", "label")
    assert again == columns
    other = write(tmp_path / f"other-{name}", [*ROWS, ("so", "bad")])
    assert read_columns(other, "text", "label").sha256 != columns.sha256


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("a.csv", ("text", "Text")),
        ("a.tsv", ("2", "2")),
        ("a.jsonl", ("label", "label")),
        ("a.json", ("label", " LABEL")),
        ("a.parquet", ("text", "text")),
        ("memory", ("text", "text")),
    ],
)
def test_one_column_is_not_taken_for_both(tmp_path, name, columns):
    source = {"text": ["a"], "label": ["b"]} if name == "memory" else write(tmp_path / name)
    with pytest.raises(zoo.InputError, match=r"two columns of .*Received: one for both"):
        read_columns(source, *columns)


def test_places_are_those_of_the_file(tmp_path):
    (tmp_path / "a.csv").write_text('text,label\n\n"two\nlines",1\nb,2\n')
    columns = read_columns(tmp_path / "a.csv", "text", "label")
    assert [columns.at(row) for row in range(2)] == ["a.csv, line 3", "a.csv, line 5"]
    folder = read_columns(write(tmp_path / "folder"), "", "")
    assert folder.at(0) == "folder, bad/1.txt"


class NotAvailable:
    """Like pandas' NA, which is neither equal nor unequal to anything."""

    def __ne__(self, other):
        return self

    def __bool__(self):
        raise TypeError("boolean value of NA is ambiguous")

    __hash__ = None


MISSING = (None, float("nan"), np.float32("nan"), NotAvailable())


def test_labels_of_any_kind_become_names():
    values = ["good", " 2 ", "2.0", "02", 2, 2.0, -1, True, "-1.0", "+-1", "--1"]
    names = ["good", "2", "2", "02", "2", "2", "-1", "true", "-1", "+-1", "--1"]
    values += [np.int64(3), np.float32(3), np.bool_(True), np.str_("so"), {"a": 0.25, "b": 0.75}]
    names += ["3", "3", "true", "so", "b"]
    assert [label_name(value, "here") for value in values] == names
    for value in (*MISSING, "", "  ", 0.5, [1], {"a": 1}, "\ud800", "9" * 5_000, 10**5_000):
        with pytest.raises(zoo.DataError, match=r"^here: expected"):
            label_name(value, "here")


BROKEN = {
    "other columns": ("a.csv", b"review,stars\na,1\n", "'text'.*review, stars.*--text-column"),
    "nothing": ("a.csv", b"", "at least one row"),
    "no such names": ("a.csv", b"a,b\nc,d\ne,f\n", "'text'.*a, b.*--text-column 1 .*--no-header"),
    "header alone": ("a.csv", b"text,label\n\n", "at least one row"),
    "UTF-8 but for a line": (
        "a.csv",
        "text,label\nñandú,1\ncaf".encode() + b"\xe9,1\n",
        "UTF-8 but for line 3 .*0xe9.*--encoding",
    ),
    "half of UTF-16": ("a.csv", "text,label\na,1\n".encode("utf-16")[:-1], "line .*--encoding"),
    "zip": ("a.csv", b"PK\x03\x04", "a zip archive or a spreadsheet"),
    "gzip cut off": ("a.csv.gz", gzip.compress(b"text,label\na,1\n" * 9)[:-9], "cut off"),
    "gzip bomb": ("a.csv.gz", gzip.compress(bytes(65 << 20)), "unpacks to more than it may"),
    "gzip of short rows": (
        "a.csv.gz",
        gzip.compress(b"text,label\n" + b"ab,cd\n" * 600_000, 1),
        "too large in memory",
    ),
    "null characters": ("a.csv", b"text,label\na\0,1\n", "null characters"),
    "a colon missing": ("a.label", b"A:x a b\nB:y a b\n" * 600 + b"so\n", "line 1201: .*label"),
    "a quote in a line": ("a.tsv", b'text\tlabel\n"a\tb\tc"\n"d\te\n', "line 2: expected 2 .*: 3"),
    "quote that stays open": ("a.csv", b'text,label\na,1\n"b,2\nc,3\n', "line 3: .*in line 4"),
    "quote inside": ("a.csv", b'text,label\na,1\n"b "c" d",2\n', "line 3: .*double those"),
    "text after a quote": ("a.csv", b'text,label\n"a\n"b,2\n', "line 2: "),
    "too many columns": ("a.csv", b"text,label\na, b,1\n", "line 2: expected 2 columns.*: 3"),
    "too few columns": ("a.tsv", b"text\tlabel\na\n", "line 2: expected 2 columns.*: 1"),
    "a column twice": ("a.csv", b"text,label,text\na,1,b\n", "one column 'text'.*several"),
    "JSON cut off": (
        "a.jsonl",
        b'{"text": "a", "label": 1}\n{"text": "b"',
        "line 2: expected JSON",
    ),
    "JSON of numbers": ("a.jsonl", b"3\n", "line 1: expected an object.*: 3"),
    "JSON without a key": ("a.jsonl", b'{"text": "a"}\n', "'label' in .*line 1.*columns: 'text'"),
    "no JSON array": ("a.json", b"[", "a.json: expected JSON"),
    "JSON array cut off": ("a.json", b'[{"text": "a", "label": 1}', "expected JSON"),
    "JSON array and more": ("a.json", b"[] 3", "Extra data"),
    "JSON array with a comma": ("a.json", b'[{"text": "a", "label": 1},]', "expected JSON"),
    "no Parquet": ("a.parquet", b"PAR1", "Expected a Parquet file"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken_files_are_told_in_one_line(tmp_path, case):
    name, content, words = BROKEN[case]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(zoo.DataError, match=words) as caught:
        read_columns(tmp_path / name, "text", "label")
    assert "\n" not in str(caught.value)


def test_parquet_without_a_column_names_those_there(tmp_path):
    with pytest.raises(zoo.DataError, match=r"'stars'.*text, label"):
        read_columns(write(tmp_path / "a.parquet"), "text", "stars")


def test_folders_that_do_not_fit_are_refused(tmp_path):
    (tmp_path / "a").mkdir()
    with pytest.raises(zoo.DataError, match="an empty folder"):
        read_columns(tmp_path / "a", "text", "label")
    (tmp_path / "a" / "1.txt").write_text("a film")
    with pytest.raises(zoo.DataError, match=r"folder of \.txt files for every class.*1\.txt"):
        read_columns(tmp_path / "a", "text", "label")
    (tmp_path / "a" / "good").mkdir()
    (tmp_path / "a" / "good" / "2.txt").write_bytes("ñandú\ncaf".encode() + b"\xe9")
    with pytest.raises(zoo.DataError, match=r"2\.txt.*line 2 .*0xe9"):
        read_columns(tmp_path / "a", "text", "label")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("no/such/file.csv", "No such file"),
        ("nothing.parquet", "No such file"),
        ("No Such Thing", "which is none"),
        ("a\0b", "which is none"),
        ("a\0b.csv", "No such file"),
        ("glue/cola", r"prepared on this machine.*tfds:glue/cola"),
        ("tfds:No", "name of a TensorFlow data set"),
        ("X" * 5000, "which is none"),
    ],
)
def test_a_place_that_is_none_is_refused(name, words):
    with pytest.raises(zoo.DataError, match=words):
        read_columns(name, "text", "label")
    with pytest.raises(zoo.DataError, match=words):
        has_columns(name, ["text"])


@pytest.mark.parametrize("name", ["a.csv", "a.json", "a.jsonl", "a.parquet"])
def test_the_names_of_columns_are_found_in_every_format(tmp_path, name):
    write(tmp_path / name)
    assert has_columns(tmp_path / name, ["Text", "LABEL"])
    assert not has_columns(tmp_path / name, ["text", "stars"])


@pytest.mark.slow
def test_tensorflow_datasets_are_read_by_name():
    dataset_or_skip("imdb_reviews", "train")
    columns = read_columns("imdb_reviews:test[:20]", "text", "label")
    assert len(columns) == 20 and set(label_names(columns)) <= {"neg", "pos"}
    assert columns.name == "imdb_reviews:test[:20]" and columns.at(0).endswith("example 1")
    assert has_columns("imdb_reviews:train", ["text", "label"])
    assert not has_columns("imdb_reviews:train", ["text", "stars"])
    with pytest.raises(zoo.DataError, match=r"'review'.*(label, text|text, label)"):
        read_columns("imdb_reviews", "review", "label")
    with pytest.raises(zoo.DataError, match=r"none.*tfds:imdb_reviewz"):
        read_columns("imdb_reviewz", "text", "label")
