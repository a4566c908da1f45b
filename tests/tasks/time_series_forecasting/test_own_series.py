"""A user's own series made ready to train a forecaster on: any channels, and whatever is wrong."""

from __future__ import annotations

import functools
import logging
import tempfile
import warnings
from pathlib import Path

import numpy as np
import pytest

import zoo
from zoo import registry
from zoo.interfaces import UserData
from zoo.task import task_named
from zoo.tasks.time_series_forecasting.testing import make_segrnn, waves

TASK = task_named("time-series-forecasting")
DAYS = np.arange(np.datetime64("2020-01-01"), np.datetime64("2020-05-01"))  # 121


@functools.cache
def source():
    path = make_segrnn(Path(tempfile.mkdtemp(prefix="zoo-own-")) / "tiny")
    return registry.read(path)


def prepared(train, *, valid=None, share=None, **options):
    settings = TASK.settings(source(), options.pop("settings", {}))
    given = UserData(train=str(train), valid=valid, share=share, options=options)
    return TASK.prepare(source(), given, settings)


def sales(path, *, dates=DAYS, columns=2, change=lambda rows: rows):
    values = 50 + np.resize(waves(len(dates)), (len(dates), columns))
    rows = [[str(date), *map(repr, row)] for date, row in zip(dates, values.tolist(), strict=True)]
    header = ["ds", *(f"y{number + 1}" for number in range(columns))]
    lines = [header, *change(rows)]
    path.write_text("\n".join(",".join(line) for line in lines) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("columns", [1, 2, 5])
def test_any_number_of_channels_is_cut_in_two(columns, tmp_path):
    path = sales(tmp_path / "sales.csv", columns=columns)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = prepared(path, horizon=7, date_column="ds")
    data, settings = found.data, found.settings
    # A third of the 97 steps to learn from, in whole segments of 4, and no more than the model's.
    assert (data.channels, data.horizon, data.look_back) == (columns, 7, 24)
    assert [len(part) for part in (*data.train, *data.held)] == [97, 24 + 24]
    np.testing.assert_array_equal(data.held[0][:24], data.train[0][-24:])
    assert (settings.strategy, settings.learning_rate) == ("full", 1e-3)
    assert [source.used for source in found.sources] == [{"train": 1, "validation": 1}]


def test_columns_and_quantiles_are_those_that_are_asked_for(tmp_path):
    path = sales(tmp_path / "sales.csv", columns=3)
    data = prepared(path, horizon=5, columns=["y3,y1"], quantiles=["0.1,0.9"]).data
    assert data.channels == 2 and data.quantiles == (0.1, 0.5, 0.9)
    assert prepared(path, horizon=5, quantiles=["none"]).data.quantiles == ()
    with pytest.raises(zoo.InputError, match="Expected columns out of 'ds, y1, y2, y3'"):
        prepared(path, horizon=5, columns=["y4"])
    for wrong, words in ((["much"], "numbers between 0 and 1"), (["0.5,1.5"], "quantiles")):
        with pytest.raises(zoo.InputError, match=words):
            prepared(path, horizon=5, quantiles=wrong)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"horizon": 80}, "at least 162 steps for a horizon of 80.*Received: 121.*--horizon"),
        ({"horizon": 500}, "Received: 121 at most. Choose a shorter --horizon"),
        ({"horizon": 0}, "a horizon from 1"),
        ({"horizon": 20, "share": 0.1}, "at least 20 steps, the horizon. Received: 12, a share"),
        ({"horizon": 5, "share": 1.5}, "share between 0 and 1"),
        ({"horizon": 5, "settings": {"strategy": "head"}}, "full"),
        ({"horizon": 5, "settings": {"bptt_steps": 3}}, "no bptt_steps"),
        ({"horizon": 5, "settings": {"surprise": 3}}, "surprise"),
    ],
)
def test_what_cannot_be_learnt_is_refused_before_anything_is(options, words, tmp_path):
    with pytest.raises(zoo.InputError, match=words):
        prepared(sales(tmp_path / "sales.csv"), **options)


def test_a_horizon_nobody_named_is_the_models_or_told(tmp_path):
    assert prepared(sales(tmp_path / "long.csv")).data.horizon == 10
    short = sales(tmp_path / "short.csv", dates=DAYS[:30])
    with pytest.warns(UserWarning, match="3 steps ahead are learnt, a tenth of the 30"):
        assert prepared(short).data.horizon == 3


def without(*numbers):
    return lambda rows: [row for number, row in enumerate(rows) if number not in numbers]


def holding(column, text, *numbers):
    def change(rows):
        for number in numbers or range(len(rows)):
            rows[number][column] = text
        return rows

    return change


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (without(5, 6, 50), "3 steps are missing: 2 after 2020-01-05, 1 after 2020-02-19"),
        (lambda rows: [*rows[:9], rows[8], *rows[9:]], "1 date occurs more than once"),
        (lambda rows: [*rows[60:], *rows[:60]], "the dates go back 1 time;"),
        (lambda rows: rows[::-1], "the newest step came first"),
        (
            lambda rows: [*rows[:40:7], *rows[42:]],
            "sampling changes: every 7 days from",
        ),
        (holding(2, "7"), "Nothing changes in the training part of channel 1"),
    ],
)
def test_what_is_odd_is_told_and_learnt_from(change, told, tmp_path, caplog):
    caplog.set_level(logging.INFO, logger="zoo")
    with pytest.warns(UserWarning, match=told):
        data = prepared(sales(tmp_path / "sales.csv", change=change), horizon=5).data
    assert data.channels == 2 and all(np.isfinite(part).all() for part in data.train)
    assert "by the dates in ds" in caplog.text


def test_hours_where_the_clocks_change_are_told(tmp_path):
    hours = np.arange(np.datetime64("2020-03-27T00"), np.datetime64("2020-04-01T00"))
    there = [hour for hour in hours if hour != np.datetime64("2020-03-29T02")]
    path = sales(tmp_path / "sales.csv", dates=[f"{hour}:00" for hour in there])
    with pytest.warns(UserWarning, match="1 hour is missing or doubled where the clocks"):
        assert len(prepared(path, horizon=5).data.train[0]) == 95


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (holding(1, "", 7), zoo.InputError, "1 missing value.*--fill linear"),
        (holding(1, "red", 7), zoo.DataError, "line 9: column y1.*Received: 'red'"),
        (lambda rows: rows[:1], zoo.InputError, "at least 2 steps. Received: 1"),
        (lambda rows: [], zoo.DataError, "at least one line of numbers"),
        (lambda rows: rows[:6], zoo.InputError, "at least 12 steps for a horizon of 5"),
    ],
)
def test_what_is_wrong_is_an_error_that_says_what_to_do(change, error, words, tmp_path):
    with pytest.raises(error, match=words):
        prepared(sales(tmp_path / "sales.csv", change=change), horizon=5)


def test_a_channel_without_any_value_is_left_out_or_refused(tmp_path):
    path = sales(tmp_path / "sales.csv", change=holding(2, "NaN"))
    with pytest.raises(zoo.InputError, match="y2"):
        prepared(path, horizon=5, columns=["y1", "y2"])
    path = sales(tmp_path / "words.csv", change=holding(2, "red"))
    with pytest.warns(UserWarning, match=r"left out, for they hold no numbers: y2 \('red'\)"):
        assert prepared(path, horizon=5).data.channels == 1


def test_another_number_of_channels_to_validate_on_is_refused(tmp_path):
    train = sales(tmp_path / "train.csv", columns=2)
    valid = sales(tmp_path / "valid.csv", columns=3)
    with pytest.raises(zoo.InputError, match=r"Expected 2 channels\. Received: 3 columns"):
        prepared(train, valid=str(valid), horizon=5)
    short = sales(tmp_path / "short.csv", dates=DAYS[:5])
    with pytest.raises(zoo.InputError, match="more than 5 steps, the horizon"):
        prepared(train, valid=str(short), horizon=5)


def test_a_folder_of_series_is_read_and_those_that_are_too_short_are_counted(tmp_path):
    for name, count in (("a", 121), ("b", 60), ("c", 6)):
        sales(tmp_path / f"{name}.csv", dates=DAYS[:count])
    with pytest.warns(UserWarning, match="Of 3 series 1 are too short to learn from, and 0 to"):
        data = prepared(tmp_path, horizon=5).data
    assert (len(data.train), len(data.held)) == (2, 3)


def test_a_reservoir_learns_no_horizon():
    found = registry.read("esn-lorenz")
    with pytest.raises(zoo.InputError, match="no horizon for esn-lorenz"):
        TASK.prepare(found, UserData(train=[waves(90)], options={"horizon": 5}), None)
    with pytest.raises(zoo.InputError, match="epochs"):
        TASK.settings(found, {"epochs": 3})
