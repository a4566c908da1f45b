"""Dates as tables have them: one form for a whole column, found by trying, and their steps."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, timezone

import numpy as np

from zoo.tables.spacing import spacing_of

__all__ = [
    "DateForm",
    "find_forms",
    "parse_dates",
    "without_doubt",
]

# In the order in which they are tried: of two that fit, the one that gives even steps is taken.
# fmt: off
_DAYS = (
    "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d",
    "%Y.%m.%d", "%Y-%m-%d", "%d.%m.%y", "%d/%m/%y", "%m/%d/%y", "%Y%m%d",
    "%y-%m-%d", "%d-%m-%y", "%m-%d-%y", "%y/%m/%d",
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
_YEARS = (1000, 2999)


@dataclass(frozen=True)
class DateForm:
    """How the dates of a column are written.

    Attributes:
        name: in words or as `strftime` names it, such as `%d.%m.%Y %H:%M`.
        parse: returns the date of one cell, and raises ValueError for what is not in the form.
        zone: what the dates are in, such as `+05:30`; empty where they do not say it.
        note: what there is to say of how they are read.
        doubtful: whether they may as well be meant otherwise.
    """

    name: str
    parse: Callable[[str], datetime]
    zone: str = ""
    note: str = ""
    doubtful: bool = False


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
    iso = _iso_form(cells)
    forms = [iso] if _all_parse(iso.parse, cells) else []
    others = (DateForm("weeks", _week), DateForm("quarters", _quarter), *_UNIX)
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
    """Return dates as an array of datetime64 in milliseconds, in the zone of their form.

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


def _iso_form(cells: Sequence[str]) -> DateForm:
    """Return how dates in ISO 8601 are read: in the zone that all have; in UTC if those differ."""
    offsets = set()
    for cell in cells:
        try:
            offsets.add(_iso(cell).utcoffset())
        except (ValueError, OverflowError):
            return DateForm("ISO 8601", _iso)
    offsets.discard(None)
    if not offsets:
        return DateForm("ISO 8601", _iso)
    first = offsets.pop() or timedelta()
    note = "their zones differ: all are taken in UTC" if offsets else ""
    offset = timedelta() if offsets else first
    zone = timezone(offset)

    def parse(cell: str) -> datetime:
        found = _iso(cell)
        return found if found.tzinfo is None else found.astimezone(zone).replace(tzinfo=None)

    return DateForm("ISO 8601", parse, datetime(2000, 1, 1, tzinfo=zone).isoformat()[19:], note)


def _unix(cell: str, digits: int) -> datetime:
    if re.fullmatch(rf"\d{{{digits}}}(\.\d+)?", cell) is None:
        raise ValueError(cell)
    return _UNIX_START + timedelta(seconds=float(cell) / 10 ** (digits - 10))


_UNIX_START = datetime(1970, 1, 1)
# From 2001 on, as nobody writes them with a zero in front.
_UNIX = (
    DateForm("Unix seconds", functools.partial(_unix, digits=10), "+00:00"),
    DateForm("Unix milliseconds", functools.partial(_unix, digits=13), "+00:00"),
)


def _iso(cell: str) -> datetime:
    # A number alone, such as 20120131, is left to the forms that say so.
    if not ("-" in cell[4:5] or "T" in cell):
        raise ValueError(cell)
    if cell.endswith(" UTC"):
        cell = cell[:-4] + "Z"
    return datetime.fromisoformat(cell.replace(" +", "+"))


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


def _unevenness(dates: np.ndarray) -> tuple[int, float, int]:
    """Return how often dates go back, the share of uneven steps, and how many different ones."""
    steps = np.diff(dates).astype(np.int64)
    spacing = spacing_of(np.sort(dates))
    uneven = len(spacing.gaps) + len(spacing.doubled) if spacing.step else len(steps)
    return int(min((steps < 0).sum(), (steps > 0).sum())), uneven, len(np.unique(steps))


def without_doubt(cells: Sequence[str], forms: Sequence[DateForm]) -> DateForm:
    """Return the first of the forms in which cells are dates, and say of others what there is.

    Args:
        cells: texts in all of the forms.
        forms: the likeliest first, as `find_forms` returns them; at least one.

    Example:
        >>> cells = ["01/01/1990", "01/02/1990", "01/03/1990"]
        >>> without_doubt(cells, find_forms(cells)).doubtful
        True
    """
    first = forms[0]
    dates = parse_dates(cells, first)
    for other in forms[1:]:
        others = parse_dates(cells, other)
        differs = np.flatnonzero(dates != others)
        if not len(differs):
            continue
        example = str(dates[differs[0]])[:10]
        even, also = (_unevenness(found)[:2] == (0, 0) for found in (dates, others))
        if even and not also:
            note = f"not as {other.name}, by which they are not evenly spaced"
            return replace(first, note=note)
        note = (
            f"the dates may be meant as {first.name} or as {other.name}: they are taken for the "
            f"first, {cells[differs[0]]} for {example}. Write them as {example} if they are not"
        )
        return replace(first, note=note, doubtful=True)
    return first
