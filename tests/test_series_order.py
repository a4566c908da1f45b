"""Which column puts the steps of a series in order, and tables of many series."""

import csv
import random
from dataclasses import replace

import numpy as np
import pytest

import zoo
from zoo.errors import DataError
from zoo.series.files import SeriesReading, parse_series
from zoo.series.long import LongTables, read_long


def written(rows, header):
    return "".join(f"{line}\n" for line in [header, *rows]).encode()


def steps_of(series, steps, clock):
    return [f"s{i},{clock(t)},{i}.5,{i + t * t % 7}" for i in range(series) for t in range(steps)]


@pytest.mark.parametrize(
    ("name", "clock"),
    [("step", str), ("time", lambda t: f"{0.02 * t:.2f}"), ("timestamp (s)", lambda t: t + 1e9)],
)
def test_the_order_of_lines_tells_nothing(tmp_path, name, clock):
    rows = steps_of(3, 12, clock)
    mixed = random.Random(0).sample(rows, len(rows))
    found = []
    for number, lines in enumerate((rows, mixed)):
        path = tmp_path / f"{number}.csv"
        path.write_bytes(written(lines, f"sensor,{name},ax,ay"))
        table = read_long(path, LongTables("sensor"))
        found.append(dict(zip(table.ids, table.series, strict=True)))
        for item in table.series:
            assert item.columns == ("ax", "ay") and "ax, ay" in item.said[0]
            assert any(f"{name} puts the steps in order" in text for text in item.warned) or (
                item.dates is not None
            )
    for key, item in found[0].items():
        np.testing.assert_array_equal(item.values, found[1][key].values)
    # So it is where a file is one series.
    one = [line.partition(",")[2] for line in rows[:12]]
    again = parse_series(written(one[::2] + one[1::2], f"{name},ax,ay"), "one")
    np.testing.assert_array_equal(again.values, found[0]["s0"].values)
    kept = parse_series(written(one, f"{name},ax,ay"), "one", 3, SeriesReading([name, "ax", "ay"]))
    assert kept.columns == (name, "ax", "ay")


def test_numbers_that_only_look_like_a_time_are_channels():
    table = b"T,v\n20.1,1\n20.4,2\n20.3,3\n20.9,4\n"
    assert parse_series(table, "temperatures").columns == ("T", "v")
    assert parse_series(table.replace(b"T", b"time"), "no order").columns == ("time", "v")


@pytest.mark.parametrize("clock", [str, lambda t: f"2024-01-01 00:00:{t:02}"])
@pytest.mark.parametrize("columns", [None, ["ax", "ay"]])
def test_lines_of_many_series_are_not_one(clock, columns):
    rows, reading = steps_of(3, 12, clock), SeriesReading(columns)
    for lines in (rows, sorted(rows, key=lambda line: line.split(",")[1])):
        with pytest.raises(DataError, match=r"sensor .*--id-column sensor"):
            parse_series(written(lines, "sensor,time,ax,ay"), "long", 2, reading)
    as_they_stand = replace(reading, columns=["ax", "ay"], date_column="none")
    assert len(parse_series(written(rows, "sensor,time,ax,ay"), "long", 2, as_they_stand).values)
    without = [f"{line.split(',')[0]},{line.split(',')[2]}" for line in rows]
    doubted = parse_series(written(without, "sensor,ax"), "long", 1, SeriesReading(["ax"]))
    assert any("sensor may tell series apart" in text for text in doubted.warned)
    phases = [f"{t},{'slow' if t < 30 else 'fast'},{t % 5}" for t in range(60)]
    assert not parse_series(written(phases, "time,phase,v"), "one", 1, SeriesReading(["v"])).warned


def test_every_series_of_a_table_is_answered(tmp_path):
    draw = np.random.default_rng(0)
    series = {f"s{i}": draw.normal(size=(8 + i, 12)).round(3) for i in range(3)}
    with open(tmp_path / "long.csv", "w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["who", "step", *(f"c{i}" for i in range(12))])
        table.writerows([n, t, *row] for n, item in series.items() for t, row in enumerate(item))
    model = zoo.pipeline("esn-japanese-vowels")
    with pytest.warns(UserWarning, match="step puts the steps in order"):
        zoo.predict_file(model, tmp_path / "long.csv", tmp_path / "a.csv", id_column="who")
    rows = list(csv.DictReader((tmp_path / "a.csv").read_text().splitlines()))
    assert [row["id"] for row in rows] == list(series)
    assert [row["label"] for row in rows] == [one["label"] for one in model(list(series.values()))]
