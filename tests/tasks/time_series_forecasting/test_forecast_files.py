"""Forecasts written into a file: their dates and columns, of one series and of a folder of them."""

from __future__ import annotations

import csv
import json

import numpy as np
import pyarrow
import pytest
from pyarrow import parquet
from typer.testing import CliRunner

import zoo
from zoo.cli.main import app
from zoo.series.files import read_series
from zoo.tables.spacing import dates_after
from zoo.tasks.time_series_forecasting.testing import (
    CHANNELS,
    make_forecaster,
    make_segrnn,
    waves,
)

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return zoo.pipeline(make_forecaster(tmp_path_factory.mktemp("model") / "tiny"))


def write(path, dates=None, names=("a", "b"), at=0.0):
    series = waves(60, at).tolist()
    before = [[date] for date in dates] if dates else [[]] * 60
    rows = [[*date, *values] for date, values in zip(before, series, strict=True)]
    with open(path, "w", newline="") as file:
        csv.writer(file).writerows([[*(["day"] if dates else []), *names], *rows])
    return waves(60, at)


def days(count=60, first="2020-01-01"):
    return [str(day) for day in np.datetime64(first, "D") + np.arange(count)]


def rows_of(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def test_a_forecast_goes_on_with_dates_and_names(model, tmp_path):
    assert CHANNELS == 2
    series = write(tmp_path / "a.csv", days())
    answered = zoo.predict_file(model, tmp_path / "a.csv", tmp_path / "f.csv", horizon=2)
    assert answered.columns == ("step", "date", "a", "b") and (answered.inputs, answered.rows) == (
        1,
        2,
    )
    assert answered.told[0].startswith(f"{tmp_path / 'a.csv'}: 60 steps, every day")
    forecast = model(series, horizon=2)
    for step, (row, values) in enumerate(zip(rows_of(tmp_path / "f.csv"), forecast, strict=True)):
        assert (row["step"], row["date"]) == (str(step + 1), f"2020-03-0{step + 1}")
        assert [float(row["a"]), float(row["b"])] == values.tolist()
    zoo.predict_file(model, tmp_path / "a.csv", tmp_path / "f.parquet", horizon=2)
    table = parquet.read_table(tmp_path / "f.parquet")
    assert [str(kind) for kind in table.schema.types] == [
        "int64",
        "timestamp[ms]",
        "double",
        "double",
    ]


def test_a_folder_keeps_names_of_files_and_lets_dates_be_missing(model, tmp_path, monkeypatch):
    folder = tmp_path / "stations"
    folder.mkdir()
    (folder / "notes.md").write_text("notes")
    write(folder / "a.csv", days(), ("step", "file"))
    write(folder / "b {x}.csv", None, ("p", "q"), 9.0)
    np.save(folder / "c.npy", waves(60, 5.0))
    with pytest.warns(UserWarning, match=r"1 file, such as 'notes.md'"):
        answered = zoo.predict_file(model, folder, tmp_path / "one.jsonl", horizon=2)
    assert any(
        text.endswith(
            "b {x}.csv (and 1 more) calls its columns otherwise, p, q: they stand under "
            "the names of the first, in their order"
        )
        for text in answered.told
    )
    columns = ("file", "step", "date", "predicted_step", "predicted_file")
    assert answered.columns == columns and answered.of_files and answered.rows == 6
    found = [json.loads(line) for line in (tmp_path / "one.jsonl").read_text().splitlines()]
    assert [row["file"] for row in found] == ["a.csv"] * 2 + ["b {x}.csv"] * 2 + ["c.npy"] * 2
    assert [row["date"] for row in found] == ["2020-03-01", "2020-03-02", *[None] * 4]
    # The same in parts of one file each, which have no dates, or call their columns otherwise.
    monkeypatch.setattr("zoo.tasks.time_series_forecasting.task.Forecasting.at_once", 1)
    told = zoo.predict_file(model, folder, tmp_path / "parts.jsonl", horizon=2).told
    assert any("b {x}.csv on columns are called otherwise, p, q (and 1 more)" in t for t in told)
    parts = [json.loads(line) for line in (tmp_path / "parts.jsonl").read_text().splitlines()]
    for row, own in zip(found, parts, strict=True):
        assert [row[name] for name in columns[:3]] == [own[name] for name in columns[:3]]
        np.testing.assert_allclose(row["predicted_step"], own["predicted_step"], rtol=1e-6)
    (folder / "d.csv").write_text("a,b\n1,2\n3,x\n")
    with pytest.raises(zoo.DataError, match=r"line 3.*answers to 3 files are kept"):
        zoo.predict_file(model, folder, tmp_path / "bad.csv", horizon=2)
    with pytest.raises(zoo.InputError, match=r"such as --horizon 84"):
        zoo.predict_file(model, folder, tmp_path / "none.csv")
    assert not (tmp_path / "none.csv.partial").exists()


@pytest.mark.parametrize(
    ("dates", "after"),
    [
        (["2020-01-31", "2020-02-29", "2020-03-31"], ["2020-04-30", "2020-05-31"]),
        (["2020-01-30", "2020-02-28", "2020-03-30"], ["2020-04-30", "2020-05-30"]),
        (["2018-05-01", "2019-05-01", "2020-05-01"], ["2021-05-01", "2022-05-01"]),
        (["2020-01-01T00:30", "2020-01-01T01:00"], ["2020-01-01T01:30", "2020-01-01T02:00"]),
        (
            [str(day) for day in np.busday_offset("2020-01-01", range(8))],
            ["2020-01-13", "2020-01-14"],
        ),
        (["2020-01-01"], None),
        (["2020-01-01", "2020-01-05", "2020-01-06", "2020-01-13"], None),
    ],
)
def test_dates_that_follow(dates, after):
    found = dates_after(np.array(dates, "M8[ms]"), 2)
    assert (found and [np.datetime64(date, "ms") for date in after or ()]) == found


def test_series_in_parquet_and_json_lines(tmp_path):
    series, hours = waves(60), np.datetime64("2020-01-01", "s") + 3600 * np.arange(60)
    columns = {"when": hours.tolist(), "x": series[:, 0].tolist(), "y": series[:, 1].tolist()}
    parquet.write_table(pyarrow.table(columns), tmp_path / "a.parquet")
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    (tmp_path / "a.jsonl").write_text("".join(f"{json.dumps(row, default=str)}\n" for row in rows))
    for name in ("a.parquet", "a.jsonl"):
        np.testing.assert_array_equal(read_series(tmp_path / name, 2), series)
    del rows[3]["y"]
    (tmp_path / "a.jsonl").write_text("".join(f"{json.dumps(row, default=str)}\n" for row in rows))
    with pytest.raises(zoo.InputError, match=r"1 missing value .*2020-01-01 03:00"):
        read_series(tmp_path / "a.jsonl", 2)
    parquet.write_table(pyarrow.table({"x": [[1.0]]}), tmp_path / "b.parquet")
    with pytest.raises(zoo.DataError, match="Choose another column"):
        read_series(tmp_path / "b.parquet", 1)


def test_an_output_may_lie_in_the_working_folder_beside_its_file(model, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    series = write(tmp_path / "a.csv", days())
    zoo.predict_file(model, "a.csv", "f.csv", horizon=1)
    (row,) = rows_of(tmp_path / "f.csv")
    assert float(row["a"]) == model(series, horizon=1)[0, 0]
    with pytest.raises(zoo.InputError, match="outside of the folder"):
        zoo.predict_file(model, ".", "g.csv", horizon=1)


def test_quantiles_stand_beside_the_channel_that_they_are_of(tmp_path):
    model = zoo.pipeline(make_segrnn(tmp_path / "tiny", (0.1, 0.5, 0.9)))
    series = write(tmp_path / "a.csv", days())
    asked = {"horizon": 2, "quantiles": ["0.9,0.1"]}
    answered = zoo.predict_file(model, tmp_path / "a.csv", tmp_path / "f.csv", **asked)
    assert answered.columns == ("step", "date", "a", "a 0.1", "a 0.9", "b", "b 0.1", "b 0.9")
    found = model(series, horizon=2, quantiles=[0.5, 0.1, 0.9])
    for row, values in zip(rows_of(tmp_path / "f.csv"), found, strict=True):
        assert [float(cell) for cell in list(row.values())[2:]] == values.ravel().tolist()
    done = CliRunner().invoke(
        app, ["predict", str(tmp_path / "tiny"), str(tmp_path / "a.csv"), "--quantiles=0.9"]
    )
    assert done.exit_code == 0 and len(done.stdout.splitlines()) == 10, done.stderr
    assert len(done.stdout.splitlines()[0].split("\t")) == 5
    for quantiles, words in (("0.2", "out of 0.1, 0.5, 0.9"), ("red", "numbers with commas")):
        done = CliRunner().invoke(
            app,
            ["predict", str(tmp_path / "tiny"), str(tmp_path / "a.csv"), "--quantiles", quantiles],
        )
        assert done.exit_code == 2 and words in done.stderr
