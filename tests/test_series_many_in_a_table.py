"""Tables of many series, which a column tells apart, for what forecasts and for what detects."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
from typer.testing import CliRunner

import zoo
from zoo.cli.main import app
from zoo.common.answering import Request
from zoo.series.long import LongTables
from zoo.task import task_named
from zoo.tasks.time_series_anomaly_detection.data import read_normal_series
from zoo.tasks.time_series_anomaly_detection.testing import make_detector, watched
from zoo.tasks.time_series_forecasting.testing import make_forecaster, waves

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")
SHOPS = ("north", "south")


def write(path, series, names):
    """Write series into one table: a day of every shop after another, the last day first."""
    days = [str(day) for day in np.datetime64("2020-01-01", "D") + np.arange(len(series[0]))]
    with open(path, "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["day", "shop", *names])
        for at in reversed(range(len(days))):
            for shop, one in zip(SHOPS, series, strict=True):
                rows.writerow([days[at], shop, *one[at].tolist()])


def rows_of(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def forecaster(tmp_path_factory):
    """A forecaster, and a table of two series of its two channels."""
    folder = tmp_path_factory.mktemp("forecaster")
    series = [waves(60), waves(60, 1.0)]
    write(folder / "sales.csv", series, ("a", "b"))
    return zoo.pipeline(make_forecaster(folder / "tiny")), folder, series


@pytest.fixture(scope="module")
def detector(tmp_path_factory):
    folder = tmp_path_factory.mktemp("detector")
    series = [watched(260), watched(260, 3)]
    write(folder / "load.csv", series, ("load",))
    return zoo.pipeline(make_detector(folder / "tiny")), folder, series


def test_every_series_of_a_table_is_forecast_with_its_dates(forecaster, tmp_path):
    model, folder, series = forecaster
    asked = {"id_column": "shop", "horizon": 2}
    answered = zoo.predict_file(model, folder / "sales.csv", tmp_path / "f.csv", **asked)
    assert answered.columns == ("id", "step", "date", "a", "b")
    expected = model(series, horizon=2)
    rows = rows_of(tmp_path / "f.csv")
    assert [(row["id"], row["step"]) for row in rows] == [
        (shop, str(step)) for shop in SHOPS for step in (1, 2)
    ]
    assert [row["date"] for row in rows] == ["2020-03-01", "2020-03-02"] * 2
    found = np.array([[float(row[name]) for name in "ab"] for row in rows])
    np.testing.assert_allclose(found, np.concatenate(expected), rtol=1e-8)


def test_the_command_tells_series_and_files_apart(forecaster):
    _, folder, _ = forecaster
    table = str(folder / "sales.csv")
    asked = ["predict", str(folder / "tiny"), table, "--id-column=shop", "--horizon=1"]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0, done.output
    lines = [line.split("\t") for line in done.stdout.splitlines()]
    assert [line[:3] for line in lines] == [[shop, "1", "2020-03-01"] for shop in SHOPS]
    done = CliRunner().invoke(app, [*asked, table, "--json"])
    found = [(item["file"], item["id"]) for item in json.loads(done.stdout)]
    assert found == [(table, shop) for shop in SHOPS] * 2
    done = CliRunner().invoke(app, [*asked[:3], "--id-column=city", "--horizon=1"])
    assert done.exit_code == 2 and "day, shop, a, b" in done.stderr


def test_a_table_of_many_is_scored_and_tuned_on_as_its_series(forecaster, tmp_path):
    model, folder, series = forecaster
    own = zoo.evaluate(model, folder / "sales.csv", id_column="shop", horizon=5)
    given = zoo.evaluate(model, series, horizon=5)
    assert [metric.value for metric in own] == pytest.approx([metric.value for metric in given])
    tuned = zoo.finetune(
        folder / "tiny", folder / "sales.csv", output=tmp_path / "mine", id_column="shop"
    )
    (source,) = tuned.info.training.data
    assert source.used == {"train": 2, "validation": 2} and source.columns == ("a", "b")


def test_every_series_of_a_table_is_watched(detector, tmp_path):
    model, folder, series = detector
    table = folder / "load.csv"
    answered = zoo.predict_file(model, table, tmp_path / "f.csv", id_column="shop")
    assert answered.columns[:3] == ("id", "row", "date")
    rows = rows_of(tmp_path / "f.csv")
    for shop, one in zip(SHOPS, series, strict=True):
        own = [row for row in rows if row["id"] == shop]
        assert [row["row"] for row in own] == [str(number) for number in range(1, 261)]
        scores = [float(row["score"]) for row in own]
        np.testing.assert_allclose(scores, model(one), rtol=1e-8)
    own, given = (
        zoo.evaluate(model, data, **options)
        for data, options in ((table, {"id_column": "shop"}), (series, {}))
    )
    assert [metric.value for metric in own] == pytest.approx([metric.value for metric in given])
    data = read_normal_series(table, long=LongTables("shop"))
    assert [len(item) for item in data.train.series] == [208, 208]


def test_a_value_far_off_is_told_by_the_name_of_its_column(forecaster, tmp_path):
    model, _, _ = forecaster
    series = waves(60)
    series[3, 1] = 1e4
    lines = ["sales,visits", *(f"{a!r},{b!r}" for a, b in series.tolist())]
    # A table without a header has no names.
    for first, told in ((0, "10000 of 'visits' at step 3"), (1, "10000 at step 3, channel 1")):
        (tmp_path / "far.csv").write_text("\n".join(lines[first:]) + "\n")
        request = Request((str(tmp_path / "far.csv"),), options={"horizon": 1})
        with pytest.warns(UserWarning, match=rf"{told} \(counted from 0\)"):
            task_named(model.info.task).predict(model, request)
