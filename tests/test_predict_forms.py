"""Files of texts answered into files: every form in and out, and cells that are hard to keep."""

from __future__ import annotations

import json
from datetime import datetime

import pyarrow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

import zoo
from answer_files import HOSTILE, read, written
from table_files import KINDS
from zoo.tables import parquet_chunks, scanning
from zoo.tables.columns import Reading
from zoo.tables.reading import open_table, table_chunks
from zoo.tables.sources import read_columns
from zoo.tasks.text_classification.testing import make_checkpoint

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

# Without the labels a line of these is a text.
LABELLED = ("@ and no header", "fastText", "a label before a colon")


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return zoo.pipeline(make_checkpoint(tmp_path_factory.mktemp("model") / "tiny"))


@pytest.fixture
def reviews(tmp_path):
    return written(tmp_path / "reviews.csv", HOSTILE)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in LABELLED])
def test_rows_are_those_of_a_table_read_whole(kind, tmp_path):
    name, content, options, _ = KINDS[kind]
    (tmp_path / name).write_bytes(content)
    column = options.get("first", "text")
    reading = Reading(*(options.get(key) for key in ("encoding", "delimiter", "header")))
    whole = read_columns(str(tmp_path / name), column, None, reading)
    table = open_table(str(tmp_path / name), column, reading)
    chunks = list(table_chunks(table, 3))
    assert [text for chunk in chunks for text in chunk.inputs] == whole.texts
    assert [chunk.start for chunk in chunks] == list(range(0, len(whole), 3))
    assert chunks[-1].done <= table.total


@settings(max_examples=8, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 9).map(str),
            # With null characters it is taken for UTF-16, or for no text.
            st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=9),
        ),
        min_size=1,
        max_size=7,
    )
)
def test_cells_come_out_as_they_went_in(tmp_path_factory, model, rows):
    folder = tmp_path_factory.mktemp("cells")
    data = written(folder / "a.csv", [["id", "text"], *rows])
    for end in ("csv", "tsv", "jsonl", "parquet"):
        zoo.predict_file(model, data, folder / f"b.{end}")
        assert [tuple(row[:2]) for row in read(folder / f"b.{end}")[1:]] == rows, end


@pytest.mark.parametrize("end", ["csv", "tsv", "jsonl", "parquet", "csv.gz", "jsonl.gz"])
def test_every_form_in_and_out(model, reviews, tmp_path, end):
    first = tmp_path / f"first.{end}"
    answered = zoo.predict_file(model, reviews, first)
    names, *rows = read(first)
    assert names == ["id", "text", "label", "note", "predicted_label", "score"]
    assert tuple(names) == answered.columns and answered.inputs == answered.rows == 5
    assert [row[:4] for row in rows] == HOSTILE[1:] and answered.empty == 1
    expected = model.with_doubts([row[1] for row in HOSTILE[1:]])[0]
    assert [row[4] for row in rows] == [one["label"] for one in expected]
    assert [float(row[5]) for row in rows] == [one["score"] for one in expected]
    for other in ("csv", "jsonl", "parquet"):
        second = tmp_path / f"second.{other}"
        zoo.predict_file(model, first, second)
        names, *rows = read(second)
        assert names[6:] == ["predicted_label_2", "predicted_score"]
        assert [row[:4] for row in rows] == HOSTILE[1:]


def test_parquet_keeps_its_types_and_what_is_nested(model, tmp_path):
    table = pyarrow.table(
        {
            "text": pyarrow.array(["a film", None, "so"], pyarrow.large_string()),
            "day": pyarrow.array([datetime(2020, 1, 2)] * 3, pyarrow.timestamp("us", "UTC")),
            "kind": pyarrow.array(["x", "y", "x"]).dictionary_encode(),
            "tags": [["p"], [], None],
            "small": pyarrow.array([1, None, 3], pyarrow.int8()),
            "raw": [b"\xff", b"a", None],
        }
    )
    features = {name: {"_type": "Value"} for name in table.column_names}
    note = json.dumps({"info": {"features": features}})
    table = table.replace_schema_metadata({"huggingface": note, "own": "1"})
    parquet.write_table(table, tmp_path / "a.parquet", row_group_size=1)
    with pytest.warns(UserWarning, match=r"1 of 3 rows have no text \(the first in row 2\)"):
        zoo.predict_file(model, tmp_path / "a.parquet", tmp_path / "b.parquet")
    found = parquet.read_table(tmp_path / "b.parquet")
    assert found.select(table.column_names).equals(table)
    metadata = found.schema.metadata
    assert set(json.loads(metadata[b"huggingface"])["info"]["features"]) == set(found.column_names)
    assert metadata[b"own"] == b"1" and found.schema.field("score").type == pyarrow.float64()
    zoo.predict_file(model, tmp_path / "a.parquet", tmp_path / "b.csv")
    row = dict(zip(*read(tmp_path / "b.csv")[:2], strict=True))
    assert row["day"] == "2020-01-02T00:00:00+00:00" and row["tags"] == '["p"]'
    assert (row["small"], row["raw"]) == ("1", "/w==")
    zoo.predict_file(model, tmp_path / "a.parquet", tmp_path / "b.jsonl")
    row = json.loads((tmp_path / "b.jsonl").read_text().splitlines()[2])
    assert (row["kind"], row["tags"], row["small"], row["raw"]) == ("x", None, 3, None)


def test_a_text_that_is_written_once_and_repeated_is_read_in_small_parts(tmp_path, monkeypatch):
    monkeypatch.setattr(parquet_chunks, "_AT_ONCE", 4 << 20)
    text = "a film " * (1 << 16)
    table = pyarrow.table({"text": [text] * 60, "note": [text[:9]] * 60})
    parquet.write_table(table, tmp_path / "a.parquet")
    assert (tmp_path / "a.parquet").stat().st_size < 1 << 20
    chunks = [
        (len(chunk.inputs), sum(map(len, chunk.inputs)), chunk.done)
        for chunk in table_chunks(open_table(str(tmp_path / "a.parquet"), "text"), 2_000)
    ]
    assert sum(count for count, _, _ in chunks) == chunks[-1][2] == 60
    assert max(size for _, size, _ in chunks) <= 8 << 20


JSON = [
    '{"text": "a film", "n": 1.50, "more": {"a": [1, null]}}',
    '{"text":"so so","n":123456789012345678901234567890,"half":"\\ud800"}',
    '  {"n": null, "text": null, "label": "mine"}',
]


def test_json_lines_stay_as_they_were_written(model, tmp_path):
    (tmp_path / "a.jsonl").write_text("\n\n".join(JSON))
    zoo.predict_file(model, tmp_path / "a.jsonl", tmp_path / "b.jsonl")
    lines = (tmp_path / "b.jsonl").read_text(encoding="utf-8").splitlines()
    for line, own in zip(lines, JSON, strict=True):
        assert line.startswith(own.strip()[:-1] + ', "predicted_label":"label ')
    rows = [json.loads(line) for line in JSON[:1] + JSON[2:]]
    (tmp_path / "a.json").write_text(json.dumps(rows, indent=1))
    assert open_table(str(tmp_path / "a.json"), "text").total == 2
    zoo.predict_file(model, tmp_path / "a.json", tmp_path / "b.csv")
    names, first, second = read(tmp_path / "b.csv")
    assert names[:4] == ["text", "n", "more", "label"]
    assert first[:4] == ["a film", "1.5", '{"a":[1,null]}', ""]
    assert second[:4] == ["", "", "", "mine"]
    zoo.predict_file(model, tmp_path / "a.json", tmp_path / "b.parquet")
    kinds = [str(kind) for kind in parquet.read_schema(tmp_path / "b.parquet").types]
    assert kinds == ["string", "double", "string", "string", "string", "double"]


def test_a_table_without_names_and_one_with_a_name_twice(model, tmp_path):
    written(tmp_path / "a.csv", [["1", "a moving film"], ["2", "so so it is"]])
    zoo.predict_file(model, tmp_path / "a.csv", tmp_path / "b.csv", text_column="2", header=False)
    assert read(tmp_path / "b.csv")[0] == ["column_1", "column_2", "label", "score"]
    written(tmp_path / "a.csv", [["x", "text", "x"], ["1", "a film", "2"]])
    with pytest.warns(UserWarning, match="the column x_2 for the second x"):
        zoo.predict_file(model, tmp_path / "a.csv", tmp_path / "b.jsonl")
    assert read(tmp_path / "b.jsonl")[0] == ["x", "text", "x_2", "label", "score"]
    (tmp_path / "a.txt").write_text("a film, so\n\nso\n")
    zoo.predict_file(model, tmp_path / "a.txt", tmp_path / "c.csv")
    assert [row[0] for row in read(tmp_path / "c.csv")] == ["text", "a film, so", "", "so"]


def test_faults_beyond_the_head_are_told_with_their_line(tmp_path, monkeypatch):
    monkeypatch.setattr(scanning, "_PIECE", 1 << 12)
    monkeypatch.setattr(scanning, "LONGEST_LINE", 1 << 20)
    place = tmp_path / "a.csv"
    place.write_bytes(b"text\n" + b"caf\xc3\xa9 \n" * 3_000 + b"caf\xe9\n")
    with pytest.raises(zoo.DataError, match="UTF-8 but for line 3002"):
        open_table(str(place), "text")
    place.write_bytes(b"text\n" + b"plain words\n" * 2_000 + b"caf\xe9\n")
    table = open_table(str(place), "text")
    assert table.encoding == "cp1252" and table.total == 2_002
    last = list(table_chunks(table, 1_000))[-1]
    assert last.inputs == ["café"] and last.done == 2_002
    # Quotes that come late count all the same.
    rows = [["text", "n"], *([["plain words", "1"]] * 1_000), ['a, "b"\nc\td', "2"]]
    for name, delimiter in (("a.csv", ","), ("a.tsv", "\t")):
        table = open_table(str(written(tmp_path / name, rows, delimiter)), "text")
        late = [chunk.inputs for chunk in table_chunks(table, 99)]
        assert late[-1][-1] == 'a, "b"\nc\td' and sum(map(len, late)) == 1_001
    place.write_bytes(b"text\na\n" + b"b" * (1 << 21))
    with pytest.raises(zoo.DataError, match=r"lines of at most 1 MB.*line 3"):
        open_table(str(place), "text")


@pytest.mark.parametrize("separator", [",", "\t"])
def test_blank_rows_are_left_out_and_counted(model, tmp_path, separator):
    lines = ["text,n", "A film,1", ",", "", "bad,2", '"so, so",3', "", ""]
    path = tmp_path / "reviews.csv"
    path.write_text("\n".join(lines).replace(",", separator), encoding="utf-8")
    with pytest.warns(UserWarning, match=r"Blank rows of the table are left out: 2\."):
        written = zoo.predict_file(model, path, tmp_path / "out.jsonl")
    assert written.inputs == 3
    lines = (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["n"] for line in lines] == ["1", "2", "3"]
