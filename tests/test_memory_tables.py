"""Tables in memory and on the Hub: those of pandas, polars, Arrow and datasets."""

from __future__ import annotations

import io

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest

import zoo
import zoo.evaluation
from zoo.tables.labels import label_names
from zoo.tables.sources import read_columns
from zoo.tasks.text_classification.data import prepare_labelled

TEXTS, LABELS = ["a film", "waste", "so so"], ["good", "bad", "good"]
DATA = {"id": [1, 2, 3], "text": TEXTS, "label": LABELS}


class Stream:
    """What has the Arrow C stream and nothing else."""

    def __init__(self, table):
        self.schema = table.schema
        self._table = table

    def __arrow_c_stream__(self, requested_schema=None):
        return self._table.__arrow_c_stream__(requested_schema)


def pandas_categories():
    pandas = pytest.importorskip("pandas")
    return pandas.DataFrame(DATA).astype({"label": "category"})


def polars_categories():
    polars = pytest.importorskip("polars")
    return polars.DataFrame(DATA, schema_overrides={"label": polars.Categorical})


def dataset():
    datasets = pytest.importorskip("datasets")
    features = datasets.Features(
        {"text": datasets.Value("string"), "label": datasets.ClassLabel(names=["bad", "good"])}
    )
    data = {"text": TEXTS[::-1], "label": [int(label == "good") for label in LABELS[::-1]]}
    return datasets.Dataset.from_dict(data, features=features).select([2, 1, 0])


TABLES = {
    "dictionary": lambda: DATA,
    "Arrow": lambda: pyarrow.table({**DATA, "label": pyarrow.array(LABELS).dictionary_encode()}),
    "record batch": lambda: pyarrow.record_batch(DATA),
    "stream": lambda: Stream(pyarrow.table(DATA)),
    "arrays": lambda: {"text": np.array(TEXTS), "label": np.array(LABELS)},
    "pandas": pandas_categories,
    "polars": polars_categories,
    "datasets": dataset,
    "datasets as arrays": lambda: dataset().with_format("numpy"),
}


@pytest.mark.parametrize("kind", TABLES)
def test_a_table_in_memory_is_read(kind):
    columns = read_columns(TABLES[kind](), "text", "label")
    assert columns.texts == TEXTS and label_names(columns) == LABELS
    assert columns.name.endswith(" in memory") and columns.at(1).endswith("row 1")


class Lazy:
    columns = ("text", "label")

    def collect(self):
        raise AssertionError("a query of the user is not run")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (lambda: {"train": pyarrow.table(DATA)}, r"data\['train'\].*Received: dict"),
        (Lazy, "Received: Lazy. Collect"),
        (lambda: pyarrow.table({"a": [1]}), "'text' in the Table given.*columns: 'a'"),
        (lambda: pyarrow.table({"text": [], "label": []}), "not empty"),
        (lambda: {"text": ["a"], "label": "b"}, "Received: 'b'"),
        (lambda: (["a", "b", "c", "d"], "abcd"), "list of labels.*'abcd'"),
        (lambda: ["a", "b", "c"], "two lists"),
        (lambda: 5, "table in memory.*Received: 5"),
    ],
)
def test_what_is_no_table_is_refused(data, words):
    with pytest.raises(zoo.ZooError, match=words):
        read_columns(data(), "text", "label")


def test_labels_given_as_one_text_are_refused(tiny):
    with pytest.raises(zoo.InputError, match=r"list of labels.*Received: 'abcd'"):
        zoo.load(tiny, labels="abcd")


def test_models_are_scored_and_tuned_on_tables(tiny, monkeypatch):
    monkeypatch.setattr(zoo.statistics, "RESAMPLES", 20)
    model = zoo.pipeline(tiny)
    labels = [model.info.labels[number] for number in (0, 1, 2, 0)]
    table = pyarrow.table({"text": [*TEXTS, "plot"], "stars": labels})
    accuracy = zoo.evaluate(model, table, label_column="stars")[0]
    pair = zoo.evaluate(model, ([*TEXTS, "plot"], labels))[0]
    assert accuracy == pair and accuracy.num_examples == 4
    texts = [f"text {index}" for index in range(20)]
    data = prepare_labelled(pyarrow.table({"text": texts, "label": [0, 1] * 10}))
    assert data.labels == ("0", "1") and len(data.train[0]) == 16


def parquet(table):
    file = io.BytesIO()
    pyarrow.parquet.write_table(table, file)
    return file.getvalue()


def test_a_file_of_the_hub_is_read(hub):
    repository = hub.add("datasets/user/reviews", {"a/train.parquet": parquet(pyarrow.table(DATA))})
    first = repository.branches["main"]
    repository.commit({"b.csv": b"text,label\nso so,bad\n", "a/train.parquet": None})
    latest = repository.branches["main"]
    columns = read_columns("hf://datasets/user/reviews/b.csv", "text", "label")
    assert (
        columns.texts == ["so so"] and columns.name == f"hf://datasets/user/reviews@{latest}/b.csv"
    )
    source = f"hf://datasets/user/reviews@{first}/a/train.parquet"
    columns = read_columns(source, "text", "label")
    assert columns.texts == TEXTS and columns.name == source
    asked = len(hub.requests)
    assert read_columns(source, "text", "label") == columns and len(hub.requests) == asked
    with pytest.raises(zoo.HubError, match="hf://datasets/user/reviews"):
        read_columns("hf://datasets/user/reviews/a/train.parquet", "text", "label")
    for wrong in (
        "hf://datasets/user/reviews",
        "hf://user/reviews/a.csv",
        "hf://datasets/u/r/../a",
    ):
        with pytest.raises(zoo.InputError, match="file of a data set on the Hub"):
            read_columns(wrong, "text", "label")
