"""What a model that was tuned on series knows of their tables: names of columns, and the step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from zoo.common.user_warnings import warn_user
from zoo.errors import shown
from zoo.schema import ModelInfo, unfit
from zoo.series.gaps import Series

__all__ = ["NOTHING", "Known", "in_one_order", "known_by", "known_from", "step_doubt"]

# Characters of all names that a record holds; of more it holds none.
_MOST_NAMES = 20_000
_WEEK = 7


@dataclass(frozen=True)
class Known:
    """What the series were like that a model was tuned on.

    Attributes:
        columns: names of their channels, in order; none where they had none.
        step: the usual distance of their dates, such as `"hour"`; empty where they had none.
    """

    columns: tuple[str, ...] = ()
    step: str = ""


NOTHING = Known()


def known_by(info: ModelInfo | None) -> Known:
    """Return what a model knows of the series that it was tuned on, by its record.

    Args:
        info: the record; None of a model that has none.

    Example:
        >>> import zoo
        >>> known_by(zoo.info("gru-nab"))
        Known(columns=(), step='')
    """
    if info is None or not info.sources:
        return NOTHING
    source = info.sources[0]
    return Known(source.columns or (), source.step or "")


def known_from(series: Sequence[Series]) -> Known:
    """Return what is to be known of series that a model is tuned on: what most of them have.

    Args:
        series: what was read.

    Example:
        >>> import numpy as np
        >>> known_from([Series("sales.csv", np.zeros((2, 2)), ("y1", "y2"))]).columns
        ('y1', 'y2')
    """
    steps = Counter(item.step for item in series if item.step)
    columns = _usual(series)
    named = len(set(columns)) == len(columns) and not all(name.isdecimal() for name in columns)
    if not named or sum(map(len, columns)) > _MOST_NAMES or any(map(unfit, columns)):
        columns = ()
    return Known(columns, max(steps, key=steps.__getitem__, default=""))


def in_one_order(series: Sequence[Series]) -> list[Series]:
    """Return series of one data set with their channels in one order where names decide it.

    Args:
        series: what was read; those that are turned round are told.
    """
    usual = _usual(series)
    ordered = list(series)
    turned: list[Series] = []
    for number, item in enumerate(series):
        alike = item.columns != usual and sorted(item.columns) == sorted(usual)
        if alike and len(set(usual)) == len(usual):
            order = [item.columns.index(name) for name in usual]
            ordered[number] = replace(item, values=item.values[:, order], columns=usual)
            turned.append(item)
    if turned:
        more = f" and {len(turned) - 1} more" if len(turned) > 1 else ""
        warn_user(
            f"{turned[0].name}{more}: the columns {shown(', '.join(turned[0].columns), 200)} are "
            f"put in the order of the others by their names, {shown(', '.join(usual), 200)}"
        )
    return ordered


def step_doubt(series: Series, known: Known) -> str:
    """Return what to warn of where the dates of a series are at other distances than those known.

    Args:
        series: what was read.
        known: what the model was tuned on.

    Example:
        >>> import numpy as np
        >>> series = Series("a.csv", np.zeros((9, 1)), step="hour")
        >>> step_doubt(series, Known(step="day"))[:47]
        'there is a step every hour, and the model was t'
    """
    steps = {series.step, known.step}
    # Of a few days in a row nobody knows whether there are none on Sundays.
    short = steps == {"day", "business day"} and len(series.values) <= _WEEK
    if "" in steps or len(steps) == 1 or short:
        return ""
    return (
        f"there is a step every {series.step}, and the model was tuned on series with one every "
        f"{known.step}: what it has learnt of a day or a week lies elsewhere here"
    )


def _usual(series: Sequence[Series]) -> tuple[str, ...]:
    """Return the names of columns that most series have, of those that have any."""
    names = Counter(item.columns for item in series if item.columns)
    return max(names, key=names.__getitem__, default=())
