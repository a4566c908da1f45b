"""Files of labelled texts as people publish them are read at first try, and what was found told."""

from __future__ import annotations

import os
import re
import unicodedata
import warnings

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest

import zoo
from table_files import KINDS, ROWS
from zoo.tables.columns import Columns, Reading, source_name
from zoo.tables.labels import class_numbers, label_names
from zoo.tables.sources import read_columns


@pytest.mark.parametrize("kind", KINDS)
def test_a_published_file_is_read_at_first_try(tmp_path, kind):
    name, content, options, told = KINDS[kind]
    (tmp_path / name).write_bytes(content)
    reading = {key: options[key] for key in ("encoding", "delimiter", "header") if key in options}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        columns = read_columns(
            tmp_path / name,
            options.get("first", "text"),
            options.get("second", "label"),
            Reading(**reading),
        )
        labels = label_names(columns)
    texts = [text.replace("\u2026", ".") for text in columns.texts]
    assert list(zip(texts, labels, strict=True)) == ROWS
    messages = [str(warning.message) for warning in caught]
    assert len(messages) == (told is not None) and all("\n" not in line for line in messages)
    if told is not None:
        assert re.search(told, messages[0]), messages


def test_quotes_in_a_tsv_swallow_no_line(tmp_path):
    rows = [('"Best film', "good"), ('"so "so', "bad"), ("plot", "good"), ('fine"', "bad")]
    rows += [('say ""it""', "bad")]
    path = tmp_path / "a.tsv"
    path.write_text("".join("\t".join(row) + "\n" for row in [("text", "label"), *rows]))
    columns = read_columns(path, "text", "label")
    assert list(zip(columns.first, columns.second, strict=True)) == rows
    assert columns.at(4) == "a.tsv, line 6"


@pytest.mark.parametrize("name", ["a.csv.gz", "a.tsv.GZ", "a.jsonl.gz", "a.txt.gz"])
def test_what_is_called_gzip_and_is_none_is_refused(tmp_path, name):
    (tmp_path / name).write_text("text,label\na film,good\n")
    with pytest.raises(zoo.DataError, match=r"not a gzip file.*'text,lab'.*without \.gz"):
        read_columns(tmp_path / name, "text", "label")


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.parquet", "a", "good/1.txt"])
def test_a_pipe_is_refused_and_not_waited_for(tmp_path, name):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    os.mkfifo(tmp_path / name)
    source = tmp_path if "/" in name else tmp_path / name
    with pytest.raises(zoo.DataError, match=r"not a regular file.*a pipe"):
        read_columns(source, "text", "label")


def coded(value, count):
    return pyarrow.DictionaryArray.from_arrays(np.zeros(count, np.int32), [value])


def varint(number):
    """Return a whole number as Thrift's compact protocol spells it."""
    number, content = number * 2, b""
    while number > 127:
        content += bytes([number & 127 | 128])
        number >>= 7
    return content + bytes([number])


BOMBS = {
    "rows": {"text": coded("a film", 5_000_000), "label": coded("good", 5_000_000)},
    "one text repeated": {"text": coded("a" * 100_000, 1_000), "label": ["good"] * 1_000},
    "one long text": {"text": ["a" * 70_000_000], "label": ["good"]},
}


@pytest.mark.parametrize("lies", [False, True], ids=["honest", "lies"])
@pytest.mark.parametrize("kind", BOMBS)
def test_a_small_parquet_file_does_not_fill_the_memory(tmp_path, kind, lies):
    path = tmp_path / "a.parquet"
    table = pyarrow.table(BOMBS[kind])
    pyarrow.parquet.write_table(table, path, compression="zstd", write_statistics=False)
    if lies:  # the footer says that a column is small
        content = path.read_bytes()
        column = pyarrow.parquet.ParquetFile(path).metadata.row_group(0).column(0)
        size = varint(column.total_uncompressed_size)
        small = bytes([0x82] + [0x80] * (len(size) - 2) + [0])
        footer = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
        path.write_bytes(content[:footer] + content[footer:].replace(size, small))
        metadata = pyarrow.parquet.ParquetFile(path).metadata
        assert metadata.row_group(0).column(0).total_uncompressed_size == 1
    assert path.stat().st_size < 50_000
    with pytest.raises(zoo.DataError, match="too large in memory"):
        read_columns(path, "text", "label")


@pytest.mark.parametrize("encoding", ["PLAIN", "DELTA_BYTE_ARRAY", "DELTA_LENGTH_BYTE_ARRAY"])
def test_every_encoding_of_parquet_is_read(tmp_path, encoding):
    texts = [f"text number {index}" if index % 7 else None for index in range(3_000)]
    table = pyarrow.table({"a.text": texts, "label": ["bad", "good"] * 1_500})
    pyarrow.parquet.write_table(
        table,
        tmp_path / "a.parquet",
        use_dictionary=False,
        column_encoding={"a.text": encoding, "label": encoding},
        data_page_version="2.0",
        row_group_size=1_000,
    )
    columns = read_columns(tmp_path / "a.parquet", "a.text", "label")
    assert columns.first == texts and columns.second == ["bad", "good"] * 1_500


def test_parquet_keeps_what_is_missing_and_what_the_classes_are_called(tmp_path):
    path = tmp_path / "a.parquet"
    note = b'{"info": {"features": {"label": {"names": ["bad", "good"], "_type": "ClassLabel"}}}}'
    table = pyarrow.table({"text": ["a", None, "a", "b"], "label": [1, 0, 0, 1], "x": [[1]] * 4})
    pyarrow.parquet.write_table(table.replace_schema_metadata({"huggingface": note}), path)
    columns = read_columns(path, "text", "label")
    assert columns.texts == ["a", "", "a", "b"]
    assert label_names(columns) == ["good", "bad", "bad", "good"]
    assert columns.at(3) == "a.parquet, row 4"
    with pytest.raises(zoo.DataError, match=r"in the column 'x'.*list<"):
        read_columns(path, "text", "x")


def test_a_folder_leaves_out_what_is_no_text_of_its_own_and_says_so(tmp_path):
    (tmp_path / "away").mkdir()
    (tmp_path / "away" / "secret.txt").write_text("secret")
    home = tmp_path / "home"
    for label in ("bad", "good"):
        (home / label).mkdir(parents=True)
        (home / label / "1.TXT").write_text(f"a {label} one")
    (home / "good" / "2.txt").symlink_to("../bad/1.TXT")
    (home / "good" / "3.txt").symlink_to(tmp_path / "away" / "secret.txt")
    (home / "worse").symlink_to(tmp_path / "away")
    (home / "good" / "4.md").write_text("so so")
    (home / "README").write_text("about")
    with pytest.warns(UserWarning) as caught:
        columns = read_columns(home, "text", "label")
    assert columns.texts == ["a bad one", "a good one", "a bad one"]
    messages = [str(warning.message) for warning in caught]
    assert messages[0].startswith("2 entries of home are no .txt files of a class")
    assert messages[1].startswith("2 links lead out of home")


def test_names_of_files_are_held_by_a_record(tmp_path, monkeypatch):
    path = tmp_path / os.fsdecode(b"caf\xe9.csv")
    path.write_bytes(b"text,label\na,1\n")
    assert read_columns(path, "text", "label").name == "caf\\xe9.csv"
    (tmp_path / "good").mkdir()
    (tmp_path / "good" / "1.txt").write_text("a")
    path.unlink()
    monkeypatch.chdir(tmp_path)
    assert read_columns(".", "text", "label").name == tmp_path.name == source_name(".")
    assert source_name("good/1.txt") == "1.txt" and source_name("glue/cola") == "glue/cola"
    folder = tmp_path / os.fsdecode(b"b\xe9se")
    folder.mkdir()
    (folder / "1.txt").write_text("a")
    with pytest.raises(zoo.DataError, match="valid text"):
        label_names(read_columns(".", "text", "label"))


def labelled(*labels, classes=()):
    places = [f"row {index}" for index in range(len(labels))]
    return Columns("a", "", ["x"] * len(labels), list(labels), places, classes)


@pytest.mark.parametrize(
    ("labels", "cells", "numbers"),
    [
        (["bad", "good"], ["good", "bad"], [1, 0]),
        (["bad", "good"], ["1", 0, 1.0], [1, 0, 1]),
        (["bad", "good"], ["Good", "BAD "], [1, 0]),
        (["bad", "Bad"], ["bad", "Bad"], [0, 1]),
        (["1", "2", "3"], ["3", 1, 2.0], [2, 0, 1]),
        ([unicodedata.normalize("NFD", "für"), "b"], ["für"], [0]),
        # One of the names is no number of a class, or one of the numbers no name.
        (["bad", "good"], ["good", "0"], "row 1: .*bad, good.*0 to 1.*'0'"),
        (["1", "2", "3"], [1, 2, 0], "row 2: .*1, 2, 3'. Received: 0"),
        (["bad", "good"], ["1", "2"], "row 1: "),
        (["bad", "Bad"], ["BAD"], "row 0: "),
    ],
)
def test_a_column_of_labels_is_read_in_one_way(labels, cells, numbers):
    if isinstance(numbers, str):
        with pytest.raises(zoo.DataError, match=numbers):
            class_numbers(labelled(*cells), labels)
    else:
        assert class_numbers(labelled(*cells), labels).tolist() == numbers


def test_class_numbers_that_the_source_names_count_where_the_model_has_other_names():
    columns = labelled(0, 1, 1, classes=("neg", "pos"))
    with pytest.warns(UserWarning, match="by their numbers: 'neg as negative, pos as positive'"):
        assert class_numbers(columns, ["negative", "positive"]).tolist() == [0, 1, 1]
    assert class_numbers(columns, ["pos", "neg"]).tolist() == [1, 0, 0]
    with pytest.raises(zoo.DataError, match=r"class number from 0 to 1\. Received: -1"):
        label_names(labelled(0, -1, classes=("neg", "pos")))


def test_classes_that_look_alike_are_told():
    with pytest.warns(UserWarning, match="'Good' and 'good', which differ in case"):
        assert label_names(labelled("Good", "good")) == ["Good", "good"]
    twins = [unicodedata.normalize(form, "für") for form in ("NFC", "NFD")]
    with pytest.warns(UserWarning, match="look the same.*one class"):
        assert label_names(labelled(*twins)) == [twins[0]] * 2


def test_texts_without_classes_lie_in_a_folder_or_in_those_within_it(tmp_path):
    home = tmp_path / "home"
    (home / "more").mkdir(parents=True)
    for name, text in {"b.txt": "two", "a.txt": "one", "more/c.txt": "three", "d.md": "no"}.items():
        (home / name).write_text(text)
    with pytest.warns(UserWarning, match=r"1 entries of home are no \.txt files and .*'d\.md'"):
        columns = read_columns(home, "text", None)
    assert columns.texts == ["one", "two", "three"]
    assert columns.at(0) == "home, a.txt" and columns.at(2) == "home, more/c.txt"
    with pytest.warns(UserWarning, match="3 entries of home are no .txt files of a class"):
        assert read_columns(home, "text", "label").texts == ["three"]
    (tmp_path / "none").mkdir()
    with pytest.raises(zoo.DataError, match=r"Expected \.txt files in .*an empty folder"):
        read_columns(tmp_path / "none", "text", None)
