"""Series out of files of numbers, as users have them."""

from __future__ import annotations

import gzip
import logging
import os
import re
import warnings
from datetime import datetime, timedelta

import numpy as np
import pytest

from zoo.errors import DataError, InputError
from zoo.series.files import SeriesReading, load_series, parse_series, read_series


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.csv", "1\n2\n3\n", [[1], [2], [3]]),
        ("a.csv", "x,y\n1,2\n\n3,4", [[1, 2], [3, 4]]),
        ("a.csv", "\ufeff1, 2.5\r\n-3e2, 4\r\n", [[1, 2.5], [-300, 4]]),
        ("a.tsv", "x\ty\n1\t2\n", [[1, 2]]),
        ("a.txt", '"1","2"\n', [[1, 2]]),
        ("a.dat", "  1   2\n  3   4\n", [[1, 2], [3, 4]]),
        ("a.csv", "x;y\n1,5;2.000,5\n3,25;4,0\n", [[1.5, 2000.5], [3.25, 4]]),
        ("a.csv", 'x,y\n"1,234",2\n3,4\n', [[1234, 2], [3, 4]]),
    ],
)
def test_what_is_read(tmp_path, name, content, expected):
    (tmp_path / name).write_text(content, encoding="utf-8")
    assert read_series(tmp_path / name).tolist() == expected


@pytest.mark.parametrize(
    ("content", "channels", "expected"),
    [
        ("x\n1,0\n1,5\n1,0596007992385184\n", 1, [[1], [1.5], [1.0596007992385184]]),
        ("1,0\n1,3\n1,05\n", None, [[1], [1.3], [1.05]]),
        ("x\n1\n2,5\n3,25\n", 1, [[1], [2.5], [3.25]]),
        ("x\n1,2\n3,4\n", 2, [[1, 2], [3, 4]]),
        ("x,y\n1,2\n3,4\n", None, [[1, 2], [3, 4]]),
    ],
)
def test_commas_of_one_column_are_decimal_marks(content, channels, expected):
    assert parse_series(content.encode(), "here", channels).values.tolist() == expected


def test_whole_numbers_with_a_comma_between_are_never_halved_silently():
    content = b"1,2\n3,4\n"
    with pytest.raises(InputError, match=r"decimal comma.* --delimiter ';'"):
        parse_series(content, "here", 1)
    halved = parse_series(content, "here", 1, SeriesReading(columns=["1"]))
    assert "--delimiter ';'" in "".join(halved.warned)
    chosen = parse_series(content, "here", 1, SeriesReading(delimiter=";"))
    assert chosen.values.tolist() == [[1.2], [3.4]] and not chosen.warned


@pytest.mark.parametrize("last", [["Total,78"], [",78"], ["Total 2020,78", "Mean,6"]])
def test_a_total_below_the_dates_is_no_step(last):
    days = [f"2020-01-{day:02},{day}" for day in range(1, 13)]
    series = parse_series("\n".join(["date,x", *days, *last]).encode(), "here", 1)
    assert len(series.values) == len(series.dates) == 12
    assert f"line 14, {last[0].split(',')[0]!r}, is left out" in "".join(series.warned)
    days[5] = "Total,15"
    series = parse_series("\n".join(["date,x", *days]).encode(), "here", 1)
    assert series.dates is None and "line 7 has 'Total' where" in "".join(series.warned)


def test_numpy_arrays_are_read(tmp_path):
    array = np.random.default_rng(0).normal(size=(9, 3))
    np.save(tmp_path / "a.npy", array)
    np.testing.assert_array_equal(read_series(tmp_path / "a.npy", 3), array)
    np.save(tmp_path / "b.npy", np.arange(4))
    assert read_series(tmp_path / "b.npy", 1).tolist() == [[0], [1], [2], [3]]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "at least one line of numbers in here. Received: no line"),
        (b"x,y\n", "at least one line of numbers"),
        (b"1\n2\nthree\n", "here, line 3: expected numbers, such as 0.5. Received: 'three'"),
        (b"x,y\n1,2\n3,-\n4,inf\n", "here, line 4: column y: expected numbers"),
        (b"1,2\n3\n", "here, line 2: expected 2 columns. Received: 1"),
        (b"3\n1,2\n4,5\n", "here, line 1: expected 2 columns. Received: 1"),
        (b"1,abc\n1,2\n4,5\n", "here, line 1: column 2: expected numbers.* 'abc'"),
        (b"1\n\0\n", "null characters"),
        (b"PK\x03\x04", "a zip archive or a spreadsheet"),
        (b"d,who,x\n" + b"2020-01-01,a,1\n2020-01-02,a,2\n" * 9, "a file for every series"),
    ],
)
def test_what_is_not_a_series_is_refused(content, words):
    with pytest.raises(DataError, match=words):
        parse_series(content, "here")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"nan,2\n1,2\n", "1 missing value .1 of column 1. in here: line 1"),
        (b",2\n1,2\n", "in here: line 1"),
        (b"x,y\nNA,NA\n1,2\n", "2 missing values .1 of x, 1 of y. in here: line 2"),
        (b"x,y\n1,2\n,\n1,2\n", "in here: line 3"),
        (b"d,x\n2020-01-01,1.5\n2020-01-02,\n2020-01-03,2\n", r"line 3 \(2020-01-02\). Fill them"),
        (b"x\n" + b"?\n" * 9 + b"1\n" * 20, "line 2, line 3, line 4 and 6 more"),
        (b"x\n13.6\n-200\n12.9\n11\n", "line 3.* -200 is taken to stand for a missing value, 1"),
    ],
)
def test_a_hole_is_refused_wherever_it_stands(content, words):
    with pytest.raises(InputError, match=words):
        parse_series(content, "here")
    series = parse_series(content, "here", reading=SeriesReading(fill="linear"))
    assert np.isfinite(series.values).all()
    assert any("missing value" in warning and "filled" in warning for warning in series.warned)


def test_holes_are_filled_as_asked():
    for fill, expected in (("linear", [1, 3, 5]), ("previous", [1, 1, 5])):
        reading = SeriesReading(fill=fill, missing=["-9"])
        assert parse_series(b"x\n1\n-9\n5\n", "here", 1, reading).values.T.tolist() == [expected]
    kept = parse_series(b"x\n13.6\n-200\n12.9\n", "here", 1, SeriesReading(missing=["none"]))
    assert kept.values.T.tolist() == [[13.6, -200, 12.9]] and not kept.warned
    with pytest.raises(InputError, match="linear and previous"):
        SeriesReading(fill="zero")


def hours(start, count, step=timedelta(hours=1)):
    return [datetime.fromisoformat(start) + k * step for k in range(count)]


def table(header, moments, form, cells=("{0},5",), separator=";"):
    rows = [
        separator.join([moment.strftime(form), *(cell.format(k) for cell in cells)])
        for k, moment in enumerate(moments)
    ]
    return "\n".join([*header, *rows, ""])


MONTHS = [datetime(1987 + k // 12, k % 12 + 1, 1) for k in range(30)]
WEEKS = hours("1991-02-04", 20, timedelta(weeks=1))
DAYS = hours("2020-01-01", 40, timedelta(days=1))
AIR = table(
    ["Datum;Zeit;CO;T;;"], hours("2004-03-10T18", 30), "%d/%m/%Y;%H.%M.%S", ["2,{0}", "1{0},5;;"]
)
# Kinds of files as they are published: their bytes, the channels, and what is said of them.
PUBLISHED = {
    "Latin-1, decimal commas": (
        table(["Datum;Höhe;Güte"], DAYS, "%d.%m.%Y", ["{0},5", "gut"]).encode("cp1252"),
        (40, ["Höhe"], "2020-01-01"),
        ["every day", "cp1252", "separator ';'", "decimal commas", "left out.*Güte .'gut'"],
    ),
    "UTF-16": (
        table(["Datum\tWert"], DAYS, "%d.%m.%Y", ["{0}.5"], "\t").encode("utf-16"),
        (40, ["Wert"], "2020-01-01"),
        ["every day", "utf-16"],
    ),
    "gzip, ISO with zones": (
        gzip.compress(
            table(
                ["utc,load"], hours("2018-03-25", 20), "%Y-%m-%dT%H:%M:%S+01:00", ["{0}"], ","
            ).encode()
        ),
        (20, ["load"], "2018-03-25T00"),
        ["every hour", "ISO 8601"],
    ),
    "date and time, trailing columns and rows": (
        (AIR + ";;;;;\n;;;;;\n").encode(),
        (30, ["CO", "T"], "2004-03-10T18"),
        ["dates in Datum and Zeit", "every hour"],
    ),
    "twelve hours": (
        table(["when,n"], hours("2012-10-02", 40), "%m/%d/%Y %I:%M:%S %p", ["{0}"], ",").encode(),
        (40, ["n"], "2012-10-02"),
        ["%m/%d/%Y %I:%M:%S %p"],
    ),
    "months by name": (
        table(["Month,State,Turnover"], MONTHS, "%Y %b", ["ACT", "{0}"], ",").encode(),
        (30, ["Turnover"], "1987-01-01"),
        ["every month", "left out.*State"],
    ),
    "weeks": (
        table(["Week,Barrels"], WEEKS, "%G W%V", ["{0}"], ",").encode(),
        (20, ["Barrels"], "1991-02-04"),
        ["every 7 days"],
    ),
    "year, month, day, hour, row numbers and text": (
        table(
            ["year,month,day,hour,No,pm2.5,cbwd"],
            hours("2010-01-01", 30),
            "%Y,%m,%d,%H",
            ["{0}", "1{0}", "NW"],
            ",",
        ).encode(),
        (30, ["pm2.5"], "2010-01-01"),
        ["year and month and day and hour", "No counts the rows", "left out.*cbwd .'NW'"],
    ),
    "metadata above": (
        table(["Category: All", "", "Month,rnn"], MONTHS, "%Y-%m", ["{0}"], ",").encode(),
        (30, ["rnn"], "1987-01-01"),
        ["above the first step left unread, such as 'Category: All'"],
    ),
    "comments above, white space": (
        table(["# Mauna Loa", "# yr mo co2"], MONTHS, "%Y   %m", ["  3{0}"], " ").encode(),
        (30, ["co2"], "1987-01-01"),
        ["white space", "left unread"],
    ),
    "quarters": (
        b"q,x\n1960 Q1,1\n1960 Q2,2\n1960 Q3,4\n",
        (3, ["x"], "1960-01-01"),
        ["every 3 months"],
    ),
    "years": (
        table(
            ["year,value"], [datetime(1871 + k, 1, 1) for k in range(20)], "%Y", ["1{0}"], ","
        ).encode(),
        (20, ["value"], "1871-01-01"),
        ["every year"],
    ),
    "the newest first": (
        table(["Date,Close"], DAYS[::-1], "%m/%d/%Y", ["{0}"], ",").encode(),
        (40, ["Close"], "2020-01-01"),
        ["from the oldest on"],
    ),
}


@pytest.mark.parametrize("kind", PUBLISHED)
def test_files_are_read_as_they_are_published(kind, tmp_path, caplog):
    content, (steps, columns, first), words = PUBLISHED[kind]
    (tmp_path / "series.txt").write_bytes(content)
    series = load_series(tmp_path / "series.txt")
    assert series.values.shape == (steps, len(columns)) and list(series.columns) == columns
    assert series.dates[0] == np.datetime64(first)
    assert (np.diff(series.dates) > np.timedelta64(0, "ms")).all()
    caplog.set_level(logging.INFO, "zoo")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        read_series(tmp_path / "series.txt", len(columns))
    told = "\n".join([*caplog.messages, *(str(warning.message) for warning in caught)])
    for word in words:
        assert re.search(word, told), told


@pytest.mark.parametrize(
    ("reading", "columns"),
    [
        (SeriesReading(columns=["t"]), ["T"]),
        (SeriesReading(columns=["4", "CO"]), ["T", "CO"]),
        (SeriesReading(columns=["T"], date_column="Datum,Zeit"), ["T"]),
        (
            SeriesReading(columns=["CO"], date_column="none", delimiter=";", encoding="utf-8"),
            ["CO"],
        ),
    ],
)
def test_columns_are_chosen_by_name_or_number(reading, columns):
    series = parse_series(AIR.encode(), "here", len(columns), reading)
    assert list(series.columns) == columns and (series.dates is None) == (
        reading.date_column == "none"
    )


@pytest.mark.parametrize(
    ("reading", "words"),
    [
        (None, "Expected 1 channel. Received: 2 columns of numbers, 'CO, T'.* with --columns"),
        (SeriesReading(columns=["X"]), "columns out of 'Datum, Zeit, CO, T, 5, 6'.* 'X'"),
        (SeriesReading(columns=["Zeit"]), "columns of numbers. Received: Zeit.* '18.00.00'"),
        (SeriesReading(columns=["T"], date_column="CO"), "dates in one form, such as"),
    ],
)
def test_columns_that_do_not_fit_are_refused(reading, words):
    with pytest.raises(InputError, match=words):
        parse_series(AIR.encode(), "here", 1, reading)


def test_missing_and_doubled_steps_are_told_and_filled_when_asked():
    moments = hours("2020-01-01", 50)
    del moments[20:22]
    moments.insert(5, moments[5])
    content = table(["time;x"], moments, "%Y-%m-%d %H:%M", ["{0}"]).encode()
    series = parse_series(content, "here", 1)
    told = "\n".join(series.warned)
    assert len(series.values) == 49 and "1 date occurs more than once: 2020-01-01 05:00" in told
    assert "2 steps are missing: 2 after 2020-01-01 19:00" in told and "--fill linear" in told
    filled = parse_series(content, "here", 1, SeriesReading(fill="linear"))
    assert len(filled.values) == 51 and "They are filled" in "\n".join(filled.warned)
    np.testing.assert_allclose(filled.values[20:24, 0], [20, 20 + 1 / 3, 20 + 2 / 3, 21])
    assert filled.dates[22] == np.datetime64("2020-01-01T21")


def test_nothing_is_filled_where_the_clocks_were_changed():
    spring = [m for m in hours("2018-03-24", 72) if (m.day, m.hour) != (25, 2)]
    autumn = hours("2018-10-27", 72)
    autumn.insert(26, autumn[26])
    for moments in (spring, autumn):
        content = table(["time;x"], moments, "%d.%m.%Y %H:%M", ["{0}"]).encode()
        series = parse_series(content, "here", 1, SeriesReading(fill="linear"))
        assert len(series.values) == len(moments)
        assert ["1 hour is missing or doubled" in warning for warning in series.warned] == [True]


def at_every(minutes, count, start="2018-10-27"):
    begin = datetime.fromisoformat(start)
    return [begin + timedelta(minutes=minutes * number) for number in range(count)]


@pytest.mark.parametrize("minutes", [60, 30, 15, 1, 1 / 60])
@pytest.mark.parametrize("kind", ["newest first", "out of order"])
def test_steps_within_an_hour_are_put_in_order_too(minutes, kind):
    moments = at_every(minutes, 60)
    order = np.arange(60)[::-1] if kind == "newest first" else np.r_[20:60, 0:20]
    lines = ["time;x", *(f"{moments[at]:%Y-%m-%d %H:%M:%S};{at}.5" for at in order)]
    series = parse_series(("\n".join(lines) + "\n").encode(), "here", 1)
    assert series.values[:, 0].tolist() == [at + 0.5 for at in range(60)]
    words = "from the oldest on" if kind == "newest first" else "go back 1 time;"
    assert any(words in warning for warning in series.warned)


@pytest.mark.parametrize("minutes", [30, 15, 10])
def test_where_clocks_are_put_back_steps_stay_as_they_came(minutes):
    hour = timedelta(hours=1)
    change = datetime(2018, 10, 28, 3)
    moments = [m - hour if m >= change else m for m in at_every(minutes, 60 * 48 // minutes)]
    content = table(["time;x"], moments, "%d.%m.%Y %H:%M", ["{0}"]).encode()
    series = parse_series(content, "here", 1)
    assert series.values[:, 0].tolist() == list(range(len(moments)))
    assert any("clocks were changed" in warning for warning in series.warned)


@pytest.mark.parametrize(
    ("content", "values", "words"),
    [
        ("0,1,2\n0.5,0.1,0.2\n0.7,0.1,0.3\n", 2, "counts the columns: it is taken for their names"),
        (",0,1\n0,5,2\n1,4,2\n2,9,3\n", 3, "counts the columns"),
        (",0,1\n0,5,2\n1,4,2\n2,9,3\n", 3, "the column 1 counts the rows and is left out"),
        ("0,1,2\n5,1,2\n7,1,3\n", 3, "may be the names of columns; it is taken for the first step"),
        ("x,y\n0,5\n1,4\n2,9\n", 3, "the column x counts the rows and is left out"),
    ],
)
def test_numbers_that_count_are_told(content, values, words):
    series = parse_series(content.encode(), "here")
    assert len(series.values) == values and any(words in warning for warning in series.warned)


def test_row_numbers_are_kept_where_the_model_has_a_channel_for_them():
    series = parse_series(b"x,y\n0,5\n1,4\n2,9\n", "here", 2)
    assert series.values.shape == (3, 2) and "counts the rows" in series.warned[0]


def test_files_that_cannot_be_read_are_refused(tmp_path):
    with pytest.raises(DataError, match="no such file"):
        read_series(tmp_path / "missing.csv")
    (tmp_path / "a.npy").write_bytes(b"no array")
    with pytest.raises(DataError, match="not an array in NumPy's format"):
        read_series(tmp_path / "a.npy")
    np.save(tmp_path / "b.npy", np.array([object()]), allow_pickle=True)
    with pytest.raises(DataError, match="not an array"):
        read_series(tmp_path / "b.npy")
    np.save(tmp_path / "c.npy", np.zeros((2, 3, 1)))
    with pytest.raises(DataError, match="one series"):
        read_series(tmp_path / "c.npy")
    content = (tmp_path / "c.npy").read_bytes()
    (tmp_path / "d.npy").write_bytes(content.replace(b"(2, 3, 1), }", b"(99999999999,), }"))
    with pytest.raises(DataError, match=r"bytes follow its header, of the shape \(99999999999,\)"):
        read_series(tmp_path / "d.npy")
    np.save(tmp_path / "e.npy", np.array(3.0))
    with pytest.raises(InputError, match=r"shape \(time, channels\)"):
        read_series(tmp_path / "e.npy")
    for name in ("f.csv", "f.npy"):
        os.mkfifo(tmp_path / name)
        with pytest.raises(DataError, match="a pipe"):
            read_series(tmp_path / name)
