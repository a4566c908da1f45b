"""Dates as tables have them: one form for a whole column, found by trying, and their steps."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np

__all__ = [
    "DateForm",
    "Spacing",
    "clock_change",
    "dates_after",
    "find_forms",
    "parse_dates",
    "spacing_of",
]

# In the order in which they are tried: of two that fit, the one that gives even steps is taken.
# fmt: off
_DAYS = (
    "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d",
    "%Y.%m.%d", "%Y-%m-%d", "%d.%m.%y", "%d/%m/%y", "%m/%d/%y", "%Y%m%d",
    "%d-%b-%Y", "%d-%b-%y", "%d/%b/%Y", "%Y-%b-%d", "%d %b %Y", "%b %d %Y",
    "%b %d, %Y", "%d %B %Y", "%B %d %Y", "%B %d, %Y", "%Y %b %d",
)
_MONTHS = (
    "%Y-%m", "%Y/%m", "%m/%Y", "%m-%Y", "%YM%m", "%Y-%b",
    "%b-%Y", "%b-%y", "%y-%b", "%Y %b", "%b %Y", "%Y %B",
    "%B %Y", "%Y %m",
)
# fmt: on
_TIMES = ("", "%H:%M:%S", "%H:%M", "%H.%M.%S", "%H.%M", "%I:%M:%S %p", "%I:%M %p", "%H:%M:%S.%f")
_WEEK = re.compile(r"(\d{4})[ -]?W(\d{1,2})")
_QUARTER = re.compile(r"(\d{4})[ -]?Q([1-4])")
_EPOCH = np.datetime64("1970-01-01", "ms")
_MS = timedelta(milliseconds=1)
_YEARS = (1000, 2999)


@dataclass(frozen=True)
class DateForm:
    """How the dates of a column are written.

    Attributes:
        name: in words or as `strftime` names it, such as `%d.%m.%Y %H:%M`.
        parse: returns the date of one cell, and raises ValueError for what is not in the form.
    """

    name: str
    parse: Callable[[str], datetime]


@dataclass(frozen=True)
class Spacing:
    """The steps between dates in ascending order.

    Attributes:
        step: what most of them are, in words; `""` where they are not even.
        gaps: `(index, missing)`: how many steps are missing after the date of that index.
        doubled: indices of dates that are the same as the one before, or before it.
        clock: indices, out of the dates, at which the clocks seem to have been changed.
        fill: returns the dates that are missing after the date of an index.
    """

    step: str
    gaps: list[tuple[int, int]]
    doubled: list[int]
    clock: list[int]
    fill: Callable[[int], list[np.datetime64]]


def find_forms(cells: Sequence[str]) -> list[DateForm]:
    """Return the forms in which all cells are dates, the likeliest first; none are no error.

    Args:
        cells: texts without spaces around.

    Example:
        >>> [form.name for form in find_forms(["10/02/2012", "10/03/2012"])]
        ['%d/%m/%Y', '%m/%d/%Y']
    """
    if not cells:
        return []
    forms = [DateForm("ISO 8601", _iso)] if _all_parse(_iso, cells) else []
    others = (DateForm("weeks", _week), DateForm("quarters", _quarter))
    forms += [form for form in others if _all_parse(form.parse, cells)]
    for day in () if forms else (*_DAYS, *_MONTHS):
        for time in _TIMES if day in _DAYS else ("",):
            parse = _by_format(day, time)
            if _all_parse(parse, cells):
                forms.append(DateForm(f"{day} {time}".strip(), parse))
    if len(forms) > 1:
        # Where nothing tells day from month, AM and PM are American.
        american = [form.name.startswith("%m") and "%p" in form.name for form in forms]
        order = sorted(
            range(len(forms)),
            key=lambda i: (*_unevenness(parse_dates(cells, forms[i])), not american[i]),
        )
        forms = [forms[i] for i in order]
    return forms


def parse_dates(cells: Iterable[str], form: DateForm) -> np.ndarray:
    """Return dates as an array of datetime64 in milliseconds; in UTC where they have a zone.

    Args:
        cells: texts in the form.
        form: the form.

    Raises:
        ValueError: a cell is not in the form.

    Example:
        >>> cells = ["1991 W06", "1991 W07"]
        >>> parse_dates(cells, find_forms(cells)[0]).astype("M8[D]").tolist()
        [datetime.date(1991, 2, 4), datetime.date(1991, 2, 11)]
    """
    return np.array([form.parse(cell) for cell in cells], "datetime64[ms]")


def _all_parse(parse: Callable[[str], datetime], cells: Sequence[str]) -> bool:
    try:
        return all(_YEARS[0] <= parse(cell).year <= _YEARS[1] for cell in cells)
    except (ValueError, OverflowError):
        return False


def _iso(cell: str) -> datetime:
    # A number alone, such as 20120131, is left to the forms that say so.
    if not ("-" in cell[4:5] or "T" in cell):
        raise ValueError(cell)
    if cell.endswith(" UTC"):
        cell = cell[:-4] + "Z"
    found = datetime.fromisoformat(cell.replace(" +", "+"))
    return found if found.tzinfo is None else found.astimezone(UTC).replace(tzinfo=None)


def _week(cell: str) -> datetime:
    match = _WEEK.fullmatch(cell)
    if match is None:
        raise ValueError(cell)
    return datetime.combine(
        date.fromisocalendar(int(match[1]), int(match[2]), 1), datetime.min.time()
    )


def _quarter(cell: str) -> datetime:
    match = _QUARTER.fullmatch(cell)
    if match is None:
        raise ValueError(cell)
    return datetime(int(match[1]), 3 * int(match[2]) - 2, 1)


def _by_format(day: str, time: str) -> Callable[[str], datetime]:
    words = time.count(" ") + 1 if time else 0

    # A series of minutes has few days and few times: each is parsed once.
    @functools.lru_cache(maxsize=10_000)
    def days(text: str) -> datetime:
        return datetime.strptime(text, day)

    @functools.lru_cache(maxsize=100_000)
    def times(text: str) -> timedelta:
        found = datetime.strptime(text, time)
        return found - datetime(1900, 1, 1)

    def parse(cell: str) -> datetime:
        if not words:
            return days(cell)
        parts = cell.rsplit(maxsplit=words)
        if len(parts) != words + 1:
            raise ValueError(cell)
        return days(parts[0]) + times(" ".join(parts[1:]))

    return parse


def _unevenness(dates: np.ndarray) -> tuple[int, int]:
    """Return how often dates go back, and how many different steps they take."""
    steps = np.diff(dates).astype(np.int64)
    return int(min((steps < 0).sum(), (steps > 0).sum())), len(np.unique(steps))


def clock_change(moment: np.datetime64) -> bool:
    """Return whether the clocks may have been changed around a moment: a Sunday night.

    Args:
        moment: the date before or after the change.

    Example:
        >>> [clock_change(np.datetime64(f"2012-03-{day}T01:00")) for day in (25, 26)]
        [True, False]
    """
    at: datetime = moment.astype("datetime64[s]").astype(datetime)
    return at.weekday() == 6 and at.hour <= 4 and at.month in (3, 4, 9, 10, 11)


def spacing_of(dates: np.ndarray) -> Spacing:
    """Return what lies between dates.

    Args:
        dates: datetime64 array in milliseconds, in ascending order but for clock changes.

    Example:
        >>> days = np.array(["2020-01-30", "2020-01-31", "2020-02-02"], "M8[ms]")
        >>> spacing_of(days).gaps
        [(1, 1)]
    """
    steps = np.diff((dates - _EPOCH).astype(np.int64))
    forward = steps[steps > 0]
    doubled = (np.flatnonzero(steps <= 0) + 1).tolist()
    if not len(forward):
        return Spacing("", [], doubled, [], lambda index: [])
    numbers, name = _positions(dates, forward)
    counts = np.diff(numbers)
    usual = counts == 1
    whole = np.all(counts == np.round(counts))
    if usual.sum() < 0.5 * (steps > 0).sum() or (not whole and usual.mean() < 0.9):
        return Spacing("", [], doubled, [], lambda index: [])
    found = [(int(i), round(float(counts[i])) - 1) for i in np.flatnonzero(counts > 1.5)]
    hour = 3_600_000
    clock = {i for i, _ in found if steps[i] <= hour + np.median(forward) and _is_clock(dates, i)}
    clock |= {i for i in doubled if -steps[i - 1] <= hour and _is_clock(dates, i - 1)}
    gaps = [(i, missing) for i, missing in found if i not in clock]

    def fill(index: int) -> list[np.datetime64]:
        missing = dict(gaps)[index]
        if name in _CALENDAR:
            unit = f"datetime64[{'M' if name == 'month' else 'Y'}]"
            first = dates[index]
            rest = first - first.astype(unit).astype(first.dtype)
            return [(first.astype(unit) + k + 1).astype(first.dtype) + rest for k in range(missing)]
        if name == "business day":
            day = dates[index].astype("datetime64[D]")
            return [np.busday_offset(day, k + 1).astype("M8[ms]") for k in range(missing)]
        step = (dates[index + 1] - dates[index]) / (missing + 1)
        return [dates[index] + step * (k + 1) for k in range(missing)]

    return Spacing(name, gaps, [i for i in doubled if i not in clock], sorted(clock), fill)


def dates_after(dates: np.ndarray, count: int) -> list[np.datetime64] | None:
    """Return the dates of the steps that follow dates; None where those are not evenly spaced.

    Args:
        dates: datetime64 array in milliseconds, as for `spacing_of`.
        count: how many steps follow.

    Example:
        >>> days = np.array(["2020-01-31", "2020-02-29", "2020-03-31"], "M8[ms]")
        >>> [str(date)[:10] for date in dates_after(days, 2)]
        ['2020-04-30', '2020-05-31']
    """
    name = spacing_of(dates).step if len(dates) > 1 else ""
    if not name:
        return None
    number, _, unit = name.rpartition(" ")
    last, steps = dates[-1], np.arange(1, count + 1)
    if name == "business day":
        day = last.astype("M8[D]")
        return list(np.busday_offset(day, steps).astype("M8[ms]") + (last - day))
    if unit.rstrip("s") in _CALENDAR:
        months = int(number or 1) * (12 if unit.startswith("year") else 1)
        starts = last.astype("M8[M]") + months * steps
        ends = (starts + 1).astype("M8[D]") - 1
        if _ends_months(dates):
            return list(ends.astype("M8[ms]") + (last - last.astype("M8[D]")))
        rest = last - last.astype("M8[M]").astype("M8[D]")
        time = last - last.astype("M8[D]")
        return list(np.minimum(starts.astype("M8[D]") + rest, ends.astype("M8[ms]") + time))
    forward = np.diff(dates)
    values, counts = np.unique(forward[forward > np.timedelta64(0)], return_counts=True)
    return list(last + values[counts.argmax()] * steps)


def _ends_months(dates: np.ndarray) -> bool:
    """Return whether every date is the last day of its month."""
    days = dates.astype("M8[D]")
    return bool(((days + 1).astype("M8[M]").astype("M8[D]") == days + 1).all())


_CALENDAR = ("month", "year")
_UNITS = (("day", 86_400_000), ("hour", 3_600_000), ("minute", 60_000), ("second", 1_000))


def _is_clock(dates: np.ndarray, index: int) -> bool:
    return clock_change(dates[index]) or clock_change(dates[index + 1])


def _positions(dates: np.ndarray, forward: np.ndarray) -> tuple[np.ndarray, str]:
    """Return the place of every date on an even scale, and the name of its step."""
    values, counts = np.unique(forward, return_counts=True)
    day = 86_400_000
    if values[0] >= 28 * day:
        months = dates.astype("datetime64[M]").astype(np.int64)
        steps = np.diff(months)
        month_step = int(np.bincount(steps[steps > 0]).argmax())
        if month_step % 12 == 0 and month_step:
            return months / month_step, "year" if month_step == 12 else f"{month_step // 12} years"
        return months / month_step, "month" if month_step == 1 else f"{month_step} months"
    step = int(values[counts.argmax()])
    days = dates.astype("datetime64[D]")
    if step == day and len(dates) > 7 and np.is_busday(days).all():
        return np.busday_count(days[0], days).astype(float), "business day"
    for unit, size in _UNITS:
        if step % size == 0:
            name = unit if step == size else f"{step // size} {unit}s"
            break
    else:
        name = f"{step} ms"
    return (dates - dates[0]).astype(np.int64) / step, name
