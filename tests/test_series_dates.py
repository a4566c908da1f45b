"""What is said of dates: which way round they are, their zone, and how they were sampled."""

from datetime import date, datetime, timedelta

import numpy as np
import pytest

import zoo
from zoo.errors import DataError
from zoo.series.files import SeriesReading, parse_series, tell
from zoo.tables.spacing import dates_after


def read(stamps, header="date,v", **reading):
    lines = [header, *(f"{stamp},{at}.5" for at, stamp in enumerate(stamps))]
    return parse_series(("\n".join(lines) + "\n").encode(), "here", 1, SeriesReading(**reading))


def every(step, count, start=datetime(2023, 1, 1)):
    return [start + step * number for number in range(count)]


@pytest.mark.parametrize("form", ["%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y"])
def test_of_two_readings_the_even_one_is_taken_and_told(form):
    months = [date(1990 + at // 12, at % 12 + 1, 1) for at in range(40)]
    series = read([f"{day:{form}}" for day in months])
    assert [str(day)[:10] for day in series.dates] == [str(day) for day in months]
    assert f"read as {form}; not as " in series.said[0] and not series.warned
    assert str(dates_after(series.dates, 1)[0])[:10] == "1993-05-01"


@pytest.mark.parametrize(
    "stamps",
    [[f"{day:02}/03/2021" for day in range(1, 13)], ["01/02/2021", "03/02/2021", "07/05/2021"]],
)
def test_dates_that_may_be_meant_otherwise_are_warned_of(stamps):
    series = read(stamps)
    assert any("may be meant as %" in text for text in series.warned)
    assert not any("may be meant" in text for text in read([*stamps, "25/12/2021"]).warned)


@pytest.mark.parametrize(("zone", "stamp"), [("+05:30", "+05:30"), ("Z", "+00:00"), ("", "")])
def test_the_wall_time_and_its_zone_are_kept(zone, stamp, tmp_path):
    series = read([f"{day}{zone}" for day in every(timedelta(days=1), 30)])
    assert str(series.dates[0]) == "2023-01-01T00:00:00.000"
    assert series.stamps[-1] == f"2023-01-30T00:00:00.000{stamp}"
    assert (f"({stamp}) by the dates" in series.said[0]) == bool(stamp)
    path = tmp_path / "s.csv"
    lines = [f"{day}{zone},{at % 5}.5" for at, day in enumerate(every(timedelta(hours=1), 60))]
    path.write_text("\n".join(["date,v", *lines]) + "\n")
    zoo.predict_file("esn-mackey-glass", path, tmp_path / "o.csv", horizon=2)
    rows = (tmp_path / "o.csv").read_text().splitlines()[1:]
    assert [row.split(",")[1] for row in rows] == [
        f"2023-01-03T{hour}:00{stamp}" for hour in (12, 13)
    ]


def test_zones_that_differ_are_taken_in_utc():
    series = read(["2021-03-28T01:00+01:00", "2021-03-28T03:00+02:00", "2021-03-28T04:00+02:00"])
    assert [str(moment)[11:13] for moment in series.dates] == ["00", "01", "02"]
    assert series.zone == "+00:00" and "all are taken in UTC" in series.said[0]


@pytest.mark.parametrize(("name", "unit"), [("ts", 1), ("time", 1000), ("when", 1)])
def test_unix_timestamps_and_short_years_are_dates(name, unit):
    start = datetime(2021, 3, 1)
    stamps = [
        int((moment - datetime(1970, 1, 1)).total_seconds()) * unit
        for moment in every(timedelta(hours=1), 30, start)
    ]
    series = read(stamps, f"{name},v", date_column=name if name == "when" else None)
    assert series.columns == ("v",) and str(series.dates[0]) == "2021-03-01T00:00:00.000"
    assert "Unix" in series.said[0]
    short = read([f"{day:%y-%m-%d}" for day in every(timedelta(days=1), 60)])
    assert str(short.dates[-1])[:10] == "2023-03-01" and not short.warned


def test_clocks_are_blamed_for_hours_alone():
    days = every(timedelta(days=1), 200)
    doubled = read([f"{day:%Y-%m-%d}" for day in sorted([*days, datetime(2023, 4, 9)])])
    [told] = doubled.warned
    assert told.startswith("1 date occurs more than once: 2023-04-09")
    hours = every(timedelta(hours=1), 24 * 40, datetime(2021, 3, 1))
    for left, words in (("2021-03-28 02", "clocks"), ("2021-03-21 02", "1 step is missing")):
        [told] = read([hour for hour in hours if f"{hour:%Y-%m-%d %H}" != left]).warned
        assert words in told


@pytest.mark.parametrize(
    ("first", "second"), [("hour", "10 minutes"), ("day", "hour"), ("day", "month")]
)
def test_mixed_sampling_is_called_so(first, second):
    steps = {
        "hour": timedelta(hours=1),
        "10 minutes": timedelta(minutes=10),
        "day": timedelta(days=1),
    }
    one = every(steps[first], 60)
    two = (
        [datetime(2024 + at // 12, at % 12 + 1, 1) for at in range(40)]
        if second == "month"
        else every(steps[second], 61, one[-1])[1:]
    )
    series = read([*one, *two])
    told = [text for text in series.warned if "the sampling changes" in text]
    assert len(told) == len(series.warned) == 1
    assert f"every {first} from" in told[0] and f"every {second} from" in told[0]
    assert dates_after(series.dates, 2) is None
    assert dates_after(np.array(one, "M8[ms]"), 1) is not None


@pytest.mark.parametrize("cell", ["$20.07", "20.07%", "True", "20.07 kg"])
def test_what_stands_where_numbers_should_is_shown(cell):
    content = "date,v\n" + "".join(f"2021-03-{day:02},{cell}\n" for day in range(1, 9))
    with pytest.raises(DataError, match=rf"{cell.replace('$', '.')}' in line 2.*numbers alone"):
        parse_series(content.encode(), "here", 1)
    with pytest.raises(DataError, match="all missing"):
        parse_series(content.replace(cell, "NaN").encode(), "here", 1)


@pytest.mark.parametrize("levels", ["0.9,0.1", "0.1,0.1"])
def test_quantiles_are_not_put_in_order_silently(tmp_path, levels):
    with pytest.warns(UserWarning, match=r"ascending order, each once: 0\.1"):
        zoo.predict_file("segrnn-etth1", _hours(tmp_path), tmp_path / "o.csv", quantiles=[levels])


def _hours(folder):
    path = folder / "hours.csv"
    rows = [",".join(f"{np.sin(at + k):.3f}" for k in range(7)) for at in range(40)]
    path.write_text("\n".join(["a,b,c,d,e,f,g", *rows]) + "\n")
    return path


def test_folders_for_classes_are_answered(tmp_path, caplog):
    for name in ("run", "walk"):
        (tmp_path / "in" / name).mkdir(parents=True)
        (tmp_path / "in" / name / "0.csv").write_text("x\n" + "0.5\n0.7\n" * 40)
    zoo.predict_file("gru-nab", tmp_path / "in", tmp_path / "o.csv")
    names = {row.split(",")[0] for row in (tmp_path / "o.csv").read_text().splitlines()[1:]}
    assert names == {"run/0.csv", "walk/0.csv"}


def test_one_and_several_are_told_as_one(recwarn):
    days = every(timedelta(days=1), 40)
    tell([read(days[:5] + days[6:]), read(days[:5] + days[8:])])
    assert len(recwarn) == 1 and "1 step is missing" in str(recwarn[0].message)
