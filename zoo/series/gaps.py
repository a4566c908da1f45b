"""What is missing in a series with dates: holes, steps, hours at clock changes; told and filled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from zoo.common.counts import counted
from zoo.errors import DataError, InputError, shown
from zoo.tables.dates import parse_dates
from zoo.tables.numbers import find_sentinels, to_number
from zoo.tables.spacing import Spacing, mixed_steps, spacing_of, step_in_words

if TYPE_CHECKING:
    from zoo.series.tables import Layout

__all__ = ["FILLS", "Series", "mend"]

FILLS = ("linear", "previous")
_EXAMPLES = 3
_MOST_TOTALS = 3  # rows below the last step: sums, means, notes
_HOUR = np.timedelta64(3_600_000, "ms")
_HALF_YEAR = np.timedelta64(180 * 24 * 3_600_000, "ms")


@dataclass(frozen=True)
class Series:
    """A series out of a file.

    Attributes:
        name: of the file.
        values: float64 array of shape (time, channels).
        columns: names of the channels; empty where there are none.
        dates: datetime64 array of shape (time,), or None.
        zone: what the dates are in, such as `+05:30`; empty where they do not say it.
        said: what was guessed, in words.
        warned: what was left out or may be wrong, in words.
    """

    name: str
    values: np.ndarray
    columns: tuple[str, ...] = ()
    dates: np.ndarray | None = None
    said: tuple[str, ...] = ()
    warned: tuple[str, ...] = ()
    zone: str = ""

    @property
    def stamps(self) -> list[str]:
        """The dates as texts, with their zone."""
        return [] if self.dates is None else [f"{date}{self.zone}" for date in self.dates]


def mend(
    series: Series,
    layout: Layout,
    lines: np.ndarray,
    dates: Sequence[str],
    *,
    fill: str | None,
    guess_missing: bool,
) -> Series:
    """Return a series without holes: put in order by date, and filled where that is asked for.

    Args:
        series: with NaN where values are missing.
        layout: of its table.
        lines: the line of every step.
        dates: the date of every step, or the number that puts it in order; empty where there are
            neither.
        fill: `"linear"`, `"previous"`, or None to refuse holes.
        guess_missing: whether numbers such as -200 may stand for missing values.

    Raises:
        InputError: values are missing, and not to be filled.
        DataError: the dates are those of several series.
    """
    said, warned, assumed = list(layout.said), list(layout.warned), ""
    times = _parse(dates, layout, lines, warned)
    steps = len(series.values) if times is None else len(times)
    values, lines = series.values[:steps], lines[:steps]
    if guess_missing:
        for sentinel in find_sentinels(list(values.T)):
            found = values == sentinel
            values = np.where(found, np.nan, values)
            times_found = counted(int(found.sum()), "time")
            note = (
                f"{sentinel:g} is taken to stand for a missing value, {times_found}; it is "
                "a number like others with --missing none"
            )
            warned.append(note)
            assumed += f". Note that {note}"
    if times is not None:
        order = _order(times, series.name, lines, warned)
        times, values, lines = times[order], values[order], lines[order]
        spacing = spacing_of(times)
        _tell_spacing(spacing, times, fill, warned)
        named = " and ".join(layout.names[i] for i in layout.dates)
        assert layout.form is not None
        form, zone = layout.form.name, layout.form.zone
        if layout.form.doubtful:
            warned.append(layout.form.note)
        elif layout.form.note:
            form = f"{form}; {layout.form.note}"
        every = f", every {spacing.step}" if spacing.step else ""
        said.insert(
            0,
            f"{counted(len(times), 'step')}{every}, from {_moment(times[0])} to "
            f"{_moment(times[-1])}{zone and f' ({zone})'} by the dates in {named} "
            f"(read as {form}), of {', '.join(series.columns)}",
        )
        if fill is not None and spacing.gaps:
            times, values, lines = _insert(times, values, lines, spacing)
    elif said or warned or not all(name.isdecimal() for name in series.columns):
        channels = ", ".join(series.columns)
        if layout.order is not None:
            order = _numbered(dates, layout, lines, warned)
            values, lines = values[order], lines[order]
        said.insert(0, f"{counted(len(values), 'step')} of the columns {channels}")
    holes = np.isnan(values)
    if holes.any():
        if fill is None:
            raise InputError(_refusal(series, holes, lines, times) + assumed)
        warned.append(f"{_count(series, holes)} filled ({fill})")
        values = np.stack([_filled(column, fill, series.name) for column in values.T], axis=1)
    zone = "" if times is None or layout.form is None else layout.form.zone
    return replace(
        series, values=values, dates=times, said=tuple(said), warned=tuple(warned), zone=zone
    )


def _parse(
    dates: Sequence[str], layout: Layout, lines: np.ndarray, warned: list[str]
) -> np.ndarray | None:
    """Return the dates, without those of rows at the end that have none, such as a total."""
    if layout.form is None:
        return None
    try:
        return parse_dates(dates, layout.form)
    except (ValueError, OverflowError):
        rows = [row for row, cell in enumerate(dates) if not _is_date(cell, layout)]
    steps = len(dates) - len(rows)
    if steps > len(rows) <= _MOST_TOTALS and rows[0] == steps:
        warned += [
            f"line {lines[row]}, {shown(dates[row])}, is left out, for it is no step: the others "
            f"have dates like {shown(dates[0])}"
            for row in rows
        ]
        return parse_dates(dates[:steps], layout.form)
    example = next((cell for cell in dates if _is_date(cell, layout)), "")
    warned.append(
        f"the dates are not used, for line {lines[rows[0]]} has {shown(dates[rows[0]])} where the "
        f"others are like {shown(example)}"
    )
    return None


def _numbered(
    cells: Sequence[str], layout: Layout, lines: np.ndarray, warned: list[str]
) -> np.ndarray:
    """Return the order of the steps by the numbers of a column."""
    assert layout.order is not None
    name = layout.names[layout.order]
    found = [to_number(cell, layout.mark) for cell in cells]
    order = np.arange(len(cells))
    if None in found:
        row = found.index(None)
        warned.append(
            f"the order of {name} is not used, for line {lines[row]} has {shown(cells[row])} there"
        )
        return order
    numbers = np.array(found, np.float64)
    back = int((np.diff(numbers) < 0).sum())
    if back:
        warned.append(f"{name} goes back {counted(back, 'time')}; the steps are put in its order")
        return np.argsort(numbers, kind="stable")
    return order


def _is_date(cell: str, layout: Layout) -> bool:
    assert layout.form is not None
    try:
        layout.form.parse(cell)
    except (ValueError, OverflowError):
        return False
    return True


def _order(times: np.ndarray, name: str, lines: np.ndarray, warned: list[str]) -> np.ndarray:
    """Return the order of the steps in time."""
    steps = np.diff(times)
    back = steps < np.timedelta64(0, "ms")
    order = np.arange(len(times))
    if not back.any() or _clocks_put_back(times, steps):
        return order
    if len(np.unique(times)) < 0.9 * len(times):
        row = int(np.flatnonzero(back)[0]) + 1
        raise DataError(
            f"Expected one series, with its dates in order. Received: {name}, where they go back "
            f"in line {lines[row]}, from {_moment(times[row - 1])} to {_moment(times[row])}, and "
            "many occur again. Give a file for every series, or --date-column none to take the "
            "lines as they stand"
        )
    times_back = counted(int(back.sum()), "time")
    warned.append(
        "the newest step came first; they are taken from the oldest on"
        if back.all()
        else f"the dates go back {times_back}; the steps are put in their order"
    )
    return np.argsort(times, kind="stable")


def _clocks_put_back(times: np.ndarray, steps: np.ndarray) -> bool:
    """Return whether dates go back only where clocks do: seldom, by an hour less a step.

    The hour is then there twice: a table that is cut and put together otherwise has no date twice.
    """
    onward, back = steps[steps > np.timedelta64(0, "ms")], steps[steps < np.timedelta64(0, "ms")]
    span = times.max() - times.min()
    if not len(onward) or len(back) > 1 + span // _HALF_YEAR:
        return False
    hours = (np.median(onward) - back) / _HOUR
    after = np.flatnonzero(steps < np.timedelta64(0, "ms")) + 1
    if (np.minimum.accumulate(times)[after - 1] > times[after]).any():
        return False
    return bool(((hours > 0.75) & (hours < 1.25) & (back >= -_HOUR)).all())


def _tell_spacing(spacing: Spacing, times: np.ndarray, fill: str | None, warned: list[str]) -> None:
    mixed = mixed_steps(times)
    if mixed:
        places = [f"every {step_in_words(step)} from {_moment(times[at])}" for at, step in mixed]
        warned.append(
            f"the sampling changes: {_some(places)}. The model takes every line as one step; "
            "choose the lines of one sampling, or bring all to one. What would follow has no dates"
        )
    elif not spacing.step and len(times) > 2:
        warned.append(
            "the dates are not evenly spaced: the model takes the steps as if so, and what would "
            "follow has no dates"
        )
    if spacing.gaps and (fill is not None or not mixed):
        total = sum(missing for _, missing in spacing.gaps)
        places = [f"{missing:,} after {_moment(times[index])}" for index, missing in spacing.gaps]
        end = (
            "The model takes what follows as the next step; fill them with --fill linear"
            if fill is None
            else f"They are filled ({fill})"
        )
        warned.append(f"{counted(total, 'step')} {_are(total)} missing: {_some(places)}. {end}")
    if spacing.doubled:
        places = [_moment(times[index]) for index in spacing.doubled]
        warned.append(
            f"{counted(len(places), 'date')} {'occurs' if len(places) == 1 else 'occur'} more than "
            f"once: {_some(places)}. Each line is taken for a step of its own"
        )
    if spacing.clock:
        places = [_moment(times[index]) for index in spacing.clock]
        warned.append(
            f"{counted(len(places), 'hour')} {_are(len(places))} missing or doubled where the "
            "clocks were changed: "
            f"{_some(places)}. Nothing is put in or left out there"
        )


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _insert(
    times: np.ndarray, values: np.ndarray, lines: np.ndarray, spacing: Spacing
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the steps with those that are missing put in, without values."""
    total = sum(missing for _, missing in spacing.gaps)
    if total > max(1_000_000, 10 * len(times)):
        raise InputError(
            f"Expected fewer steps to fill than ten times those that are there, {len(times):,}. "
            f"Received: {total:,}, such as after {_moment(times[spacing.gaps[0][0]])}"
        )
    where = np.repeat(
        [index + 1 for index, _ in spacing.gaps], [missing for _, missing in spacing.gaps]
    )
    new = np.concatenate([np.array(spacing.fill(index), times.dtype) for index, _ in spacing.gaps])
    return (
        np.insert(times, where, new),
        np.insert(values, where, np.nan, axis=0),
        np.insert(lines, where, 0),
    )


def _filled(column: np.ndarray, fill: str, name: str) -> np.ndarray:
    """Return a channel without holes; before its first value and after its last those stay."""
    present = np.flatnonzero(np.isfinite(column))
    if not len(present):
        raise InputError(f"Expected values in every column. Received: one without any in {name}")
    if fill == "previous":
        last = np.searchsorted(present, np.arange(len(column)), side="right") - 1
        return column[present[np.maximum(last, 0)]]
    return np.interp(np.arange(len(column)), present, column[present])


def _refusal(series: Series, holes: np.ndarray, lines: np.ndarray, times: np.ndarray | None) -> str:
    rows = np.flatnonzero(holes.any(axis=1))
    places = [
        f"line {lines[row]}" + (f" ({_moment(times[row])})" if times is not None else "")
        for row in rows
    ]
    return (
        f"Expected a series without holes. Received: {_count(series, holes)} in {series.name}: "
        f'{_some(places)}. Fill them with --fill linear (fill="linear" in Python), or choose '
        "other columns with --columns"
    )


def _count(series: Series, holes: np.ndarray) -> str:
    by_column = [
        f"{count:,} of {'column ' * name.isdecimal()}{name}"
        for name, count in zip(series.columns, holes.sum(axis=0).tolist(), strict=True)
        if count
    ]
    total = int(holes.sum())
    kinds = f" ({_some(by_column)})" if len(series.columns) > 1 else ""
    return f"{total:,} missing value{'s' if total > 1 else ''}{kinds}"


def _some(places: Sequence[str]) -> str:
    more = len(places) - _EXAMPLES
    return ", ".join(places[:_EXAMPLES]) + (f" and {more:,} more" if more > 0 else "")


def _moment(time: np.datetime64) -> str:
    text = str(time.astype("datetime64[s]")).replace("T", " ")
    return text.removesuffix(":00").removesuffix(" 00:00")
