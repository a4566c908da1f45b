"""What lies between dates: their step, what is missing, and the dates that follow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import numpy as np

__all__ = ["Spacing", "clock_change", "dates_after", "mixed_steps", "spacing_of", "step_in_words"]

_EPOCH = np.datetime64("1970-01-01", "ms")


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


def clock_change(moment: np.datetime64) -> bool:
    """Return whether the clocks may have been changed around a moment: a night of such Sundays.

    Args:
        moment: the date before or after the change.

    Example:
        >>> [clock_change(np.datetime64(f"2012-03-{day}T01:00")) for day in (25, 26)]
        [True, False]
    """
    at: datetime = moment.astype("datetime64[s]").astype(datetime)
    return at.weekday() == 6 and at.hour <= 4 and at.day in _CLOCKS.get(at.month, ())


# In the weeks in which countries change them, of either half of the world.
_CLOCKS = {
    3: (*range(8, 15), *range(25, 32)),
    4: range(1, 9),
    9: (*range(2, 9), *range(24, 31)),
    10: (*range(1, 8), *range(15, 22), *range(25, 32)),
    11: range(1, 8),
}


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
    size = int(np.median(forward))
    clock = set()
    if size <= hour:  # an hour more or less is seen
        clock = {i for i, _ in found if steps[i] == hour + size and _is_clock(dates, i)}
        clock |= {i for i in doubled if -steps[i - 1] == hour - size and _is_clock(dates, i - 1)}
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


def mixed_steps(dates: np.ndarray) -> list[tuple[int, np.timedelta64]]:
    """Return where stretches of dates begin that are sampled otherwise than those before, and how.

    Args:
        dates: datetime64 array in milliseconds, in ascending order.

    Returns:
        `(index, step)` of every stretch; none where all are sampled alike.

    Example:
        >>> hours = np.arange("2020-01-01", "2020-01-02", np.timedelta64(1, "h"), "M8[ms]")
        >>> days = np.arange("2020-01-02", "2020-01-20", np.timedelta64(1, "D"), "M8[ms]")
        >>> [(index, str(step)) for index, step in mixed_steps(np.r_[hours, days])]
        [(0, '3600000 milliseconds'), (24, '86400000 milliseconds')]
    """
    steps = np.diff(dates)
    months = np.round(steps / np.timedelta64(_MONTH, "ms")).astype(np.int64)
    # Months are of four lengths, years of two.
    whole = steps >= np.timedelta64(28 * 86_400_000, "ms")
    steps = np.where(whole, months * np.timedelta64(_MONTH, "ms"), steps)
    starts = np.r_[0, np.flatnonzero(steps[1:] != steps[:-1]) + 1][: len(steps)]
    lengths = np.diff(np.r_[starts, len(steps)])
    long = (lengths >= max(_STRETCH, len(steps) // 20)) & (steps[starts] > np.timedelta64(0, "ms"))
    found: list[tuple[int, np.timedelta64]] = []
    for start in starts[long]:
        if not found or found[-1][1] != steps[start]:
            found.append((int(start), steps[start]))
    return found if len(found) > 1 else []


_STRETCH, _MONTH = 5, 2_629_746_000


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
    if not name or mixed_steps(dates):
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
    return (dates - dates[0]).astype(np.int64) / step, step_in_words(np.timedelta64(step, "ms"))


def step_in_words(step: np.timedelta64) -> str:
    """Return a step between dates in words.

    Args:
        step: a whole number of milliseconds; of months such as `mixed_steps` returns.

    Example:
        >>> step_in_words(np.timedelta64(600_000, "ms"))
        '10 minutes'
    """
    length = int(step.astype("timedelta64[ms]").astype(np.int64))
    if length % _MONTH == 0:
        return "month" if length == _MONTH else f"{length // _MONTH} months"
    for unit, size in _UNITS:
        if length % size == 0:
            return unit if length == size else f"{length // size} {unit}s"
    return f"{length} ms"
