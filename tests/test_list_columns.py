"""Columns whose cells are lists of texts, as taggers read them; asked for, and bounded."""

from __future__ import annotations

import json

import pyarrow
import pyarrow.parquet
import pytest

import zoo
from zoo.tables.sources import read_columns

WORDS = [["Ada", "lives", "in", "Paris", "."], [], ["Berlin"], None, ["Ada", "Ada"]] * 30
TAGS = [["PER", "O", "O", "LOC", "O"], [], ["LOC"], None, ["PER", "PER"]] * 30
NUMBERS = [[1, 0, 0, 2, 0], [], [2], None, [1, 1]] * 30
CLASSES = b"""{"info": {"features": {"tags": {"_type": "List", "feature":
    {"names": ["O", "PER", "LOC"], "_type": "ClassLabel"}}}}}"""


@pytest.mark.parametrize("tags", [TAGS, NUMBERS])
@pytest.mark.parametrize(
    "how",
    [{}, {"dictionary_pagesize_limit": 8}, {"use_dictionary": False}, {"data_page_version": "2.0"}],
)
def test_lists_of_texts_and_of_classes_are_read_of_parquet(tags, how, tmp_path):
    # A column whose name begins as the other's does is another.
    table = pyarrow.table({"words": WORDS, "words.list": ["a"] * len(WORDS), "tags": tags})
    table = table.replace_schema_metadata({"huggingface": CLASSES})
    pyarrow.parquet.write_table(table, tmp_path / "a.parquet", row_group_size=40, **how)
    found = read_columns(tmp_path / "a.parquet", "words", "tags", lists=["words", "tags"])
    assert (found.first, found.second) == (WORDS, tags)
    assert found.classes == ("O", "PER", "LOC")
    mixed = read_columns(tmp_path / "a.parquet", "words.list", "tags", lists=["tags"])
    assert (mixed.first, mixed.second) == (["a"] * len(WORDS), tags)


def test_lists_that_nobody_asked_for_are_refused(tmp_path):
    pyarrow.parquet.write_table(
        pyarrow.table({"words": WORDS, "deep": [[["a"]]] * len(WORDS)}), tmp_path / "a.parquet"
    )
    with pytest.raises(zoo.DataError, match=r"in the column 'words'.*list<"):
        read_columns(tmp_path / "a.parquet", "words", None)
    with pytest.raises(zoo.DataError, match=r"in the column 'deep'.*list<"):
        read_columns(tmp_path / "a.parquet", "deep", None, lists=["deep"])


def test_lists_are_read_of_lines_of_json_and_of_tables_in_memory(tmp_path):
    path = tmp_path / "a.jsonl"
    rows = [{"words": w, "tags": t} for w, t in zip(WORDS, TAGS, strict=True)]
    path.write_text("\n".join(map(json.dumps, rows)))
    for source in (path, pyarrow.table({"words": WORDS, "tags": TAGS})):
        found = read_columns(source, "words", "tags", lists=["words", "tags"])
        assert (found.first, found.second) == (WORDS, TAGS)


@pytest.mark.parametrize("value", ["a", 7])
def test_few_bytes_that_spell_a_list_without_end_are_refused(value, tmp_path):
    path = tmp_path / "a.parquet"
    kind = pyarrow.array([value]).type
    values = pyarrow.array([value]).take(pyarrow.array([0] * 6_000_000, pyarrow.int32()))
    bomb = pyarrow.ListArray.from_arrays(pyarrow.array([0, len(values)], pyarrow.int32()), values)
    pyarrow.parquet.write_table(pyarrow.table({"x": bomb.cast(pyarrow.list_(kind))}), path)
    assert path.stat().st_size < 100_000
    with pytest.raises(zoo.DataError, match="becomes too large in memory"):
        read_columns(path, "x", None, lists=["x"])


def test_values_that_are_spelt_by_those_before_are_no_way_to_write_lists(tmp_path):
    pyarrow.parquet.write_table(
        pyarrow.table({"x": WORDS}),
        tmp_path / "a.parquet",
        use_dictionary=False,
        column_encoding={"x.list.element": "DELTA_BYTE_ARRAY"},
    )
    with pytest.raises(zoo.DataError, match="Received: DELTA_BYTE_ARRAY"):
        read_columns(tmp_path / "a.parquet", "x", None, lists=["x"])
