"""Irregular series: values of named variables, each measured when it was, beside fixed facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from zoo.common.counts import counted
from zoo.errors import InputError, shown

__all__ = [
    "KEYS",
    "IrregularDataset",
    "IrregularSeries",
    "Names",
    "check_irregular",
    "described",
    "pad_irregular",
]

_FORM = (
    'IrregularSeries(times, values, static), or a dictionary such as {"times": [0.5, 2], '
    '"values": {"HR": [80, None]}, "static": {"Age": 54}}'
)


# What a series may say of itself.
KEYS = ("times", "values", "static", "id", "label")
# In single precision there is nothing between larger numbers and infinity once they are scaled.
_LARGEST = 1e30


@dataclass(frozen=True)
class IrregularSeries:
    """One series that was measured at times of its own.

    Attributes:
        times: float64 array of shape (steps,), ascending, in the unit that the model was trained
            in; only differences count.
        values: float64 array of shape (steps, variables), NaN for what was not measured then.
        static: float64 array of shape (statics,), what does not change, NaN where it is unknown.

    Example:
        >>> IrregularSeries(np.array([0.0, 1.5]), np.array([[80, np.nan], [np.nan, 36.6]])).steps
        2
    """

    times: np.ndarray
    values: np.ndarray
    static: np.ndarray | None = None

    @property
    def steps(self) -> int:
        """How many times there are."""
        return len(self.times)


@dataclass(frozen=True)
class IrregularDataset:
    """Irregular series, and their class numbers where they have any.

    Attributes:
        times: the times of every series, float64 arrays of shape (steps,).
        values: the values of every series, float64 arrays of shape (steps, variables).
        static: float64 array of shape (series, statics).
        labels: int32 array of shape (series,), the class number of each, or None.
    """

    times: list[np.ndarray]
    values: list[np.ndarray]
    static: np.ndarray
    labels: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.times)

    @property
    def series(self) -> list[IrregularSeries]:
        """The series, one by one."""
        return [
            IrregularSeries(*parts)
            for parts in zip(self.times, self.values, self.static, strict=True)
        ]

    @classmethod
    def of(
        cls, series: Sequence[IrregularSeries], labels: np.ndarray | None = None
    ) -> IrregularDataset:
        """Return checked series as a data set.

        Args:
            series: what `check_irregular` returned.
            labels: the class number of each.
        """
        static = [item.static for item in series]
        return cls(
            [item.times for item in series],
            [item.values for item in series],
            np.array(static, np.float64) if static else np.zeros((0, 0)),
            labels,
        )


@dataclass(frozen=True)
class Names:
    """What a model calls what it reads.

    Attributes:
        variables: what is measured over time, in the order of the values.
        statics: what does not change, in the order of the static features.
    """

    variables: tuple[str, ...]
    statics: tuple[str, ...] = ()


def check_irregular(
    series: Any, names: Names, *, sort: bool = False
) -> tuple[list[IrregularSeries], bool]:
    """Return irregular series in the one form that networks read, and whether one alone was given.

    Steps at which nothing was measured are left out. Static features that are not given are
    unknown, as NaN is.

    Args:
        series: a series or a list of them, each an `IrregularSeries` or a dictionary of `times`,
            `values` and perhaps `static`. Values are an array of shape (steps, variables), or a
            dictionary of the measurements of some variables by name, one a time; static features
            are an array of shape (statics,), or a dictionary by name. None stands for NaN. Of
            other keys there may be `id` and `label`.
        names: what the model calls them.
        sort: whether times that run backwards are put in order; else they are refused.

    Raises:
        InputError: it has another form, a key or a name is unknown, a number is infinite or too
            large, or times run backwards or repeat.

    Example:
        >>> names = Names(("HR", "Temp"), ("Age",))
        >>> given = {"times": [0, 1], "values": {"HR": [80, None]}}
        >>> (found,), single = check_irregular(given, names)
        >>> found.values.tolist(), found.static.tolist(), single
        ([[80.0, nan]], [nan], True)
    """
    single = isinstance(series, IrregularSeries | Mapping)
    if not single and not isinstance(series, list | tuple):
        raise InputError(f"Expected {_FORM}, or a list of such. Received: {shown(series)}")
    items = [series] if single else list(series)
    if not items:
        raise InputError("Expected at least one series. Received: an empty list")
    return [
        _checked(item, names, "" if single else f" in series {index}", sort)
        for index, item in enumerate(items)
    ], single


def _checked(item: Any, names: Names, place: str, sort: bool) -> IrregularSeries:
    if isinstance(item, IrregularSeries):
        given: Mapping[str, Any] = vars(item)
    elif isinstance(item, Mapping) and {"times", "values"} <= set(item):
        given = item
        if unknown := [key for key in item if key not in KEYS]:
            raise InputError(
                f"Expected the keys {', '.join(KEYS[:3])} of a series, and perhaps "
                f"{' and '.join(KEYS[3:])}. Received: {shown(unknown[0])}{place}"
            )
    else:
        raise InputError(f"Expected {_FORM}. Received: {shown(item)}{place}")
    times = _numbers(given["times"], (None,), "times", place)
    if np.isnan(times).any():
        raise InputError(f"Expected times that are all known. Received: NaN{place}")
    values = _named(given["values"], names.variables, len(times), "variables", place)
    static = given.get("static")
    facts = (
        np.full(len(names.statics), np.nan)
        if static is None
        else _named(static, names.statics, None, "static features", place)
    )
    if sort and len(times):
        order = np.argsort(times, kind="stable")
        times, values = times[order], values[order]
    if (back := np.flatnonzero(np.diff(times) <= 0)).size:
        one, two = times[back[0]], times[back[0] + 1]
        how = "repeat" if one == two else "run backwards"
        raise InputError(
            "Expected times in ascending order, each of them once, with all that was measured "
            f"then. Received: times that {how}, {one:g} and then {two:g}{place}"
        )
    measured = ~np.isnan(values).all(axis=1)
    return IrregularSeries(times[measured], values[measured], facts)


def _named(
    given: Any, names: tuple[str, ...], steps: int | None, what: str, place: str
) -> np.ndarray:
    """Return numbers given by name or in the order of the names; those that lack are NaN."""
    lead = () if steps is None else (steps,)
    if not isinstance(given, Mapping):
        if steps == 0 and np.size(given) == 0:
            return np.zeros((0, len(names)))
        return _numbers(given, (*lead, len(names)), what, place)
    if unknown := [name for name in given if name not in names]:
        listed = shown(", ".join(names), 300) if names else "none"
        raise InputError(f"Expected {what} out of {listed}. Received: {shown(unknown[0])}{place}")
    found = np.full((*lead, len(names)), np.nan)
    for name, value in given.items():
        found[..., names.index(name)] = _numbers(value, lead, f"values of {shown(name)}", place)
    return found


def _numbers(value: Any, shape: tuple[int | None, ...], what: str, place: str) -> np.ndarray:
    """Return numbers as float64, None as NaN."""
    try:
        array = np.asarray(value)
        if array.dtype.kind == "O":
            array = np.array(value, dtype=np.float64)  # None becomes NaN
        if array.dtype.kind not in "iufb":
            raise ValueError
    except (ValueError, TypeError):
        raise InputError(f"Expected numbers as {what}. Received: {shown(value)}{place}") from None
    if isinstance(value, np.ma.MaskedArray):
        array = np.where(np.ma.getmaskarray(value), np.nan, array)
    array = array.astype(np.float64)
    fits = len(array.shape) == len(shape) and all(
        want in (None, have) for want, have in zip(shape, array.shape, strict=True)
    )
    if not fits:
        wanted = "(steps,)" if None in shape else str(shape)
        raise InputError(
            f"Expected {what} of shape {wanted}. Received: the shape {array.shape}{place}"
        )
    if np.isinf(array).any():
        raise InputError(f"Expected finite numbers as {what}. Received: infinity{place}")
    sizes = np.abs(array[~np.isnan(array)])
    if sizes.size and sizes.max() > _LARGEST:
        raise InputError(
            f"Expected numbers of at most {_LARGEST:g} in size as {what}. "
            f"Received: {sizes.max():g}{place}. Check the units"
        )
    return array


def pad_irregular(series: Sequence[IrregularSeries]) -> dict[str, np.ndarray]:
    """Return series as the arrays that networks read, padded at the end to the longest.

    Times are counted from the first of each series, in float64, so that dates in seconds keep
    their fractions; a padded time is the last.

    Args:
        series: what `check_irregular` returned.

    Returns:
        `times`, float32 (series, time); `values`, float32 (series, time, variables), NaN where
        nothing was measured; `static`, float32 (series, statics); `padding_mask`, bool (series,
        time), with at least one step, also of series without any.

    Example:
        >>> one = IrregularSeries(np.array([5.0, 6.5]), np.ones((2, 1)), np.zeros(0))
        >>> pad_irregular([one])["times"].tolist()
        [[0.0, 1.5]]
    """
    lengths = np.array([item.steps for item in series])
    longest = max(1, int(lengths.max()))
    variables = series[0].values.shape[1]
    times = np.zeros((len(series), longest), np.float32)
    values = np.full((len(series), longest, variables), np.nan, np.float32)
    for row, item in enumerate(series):
        if item.steps:
            since = item.times - item.times[0]
            times[row, : item.steps], times[row, item.steps :] = since, since[-1]
            values[row, : item.steps] = item.values
    return {
        "times": times,
        "values": values,
        "static": np.array([item.static for item in series], np.float32),
        "padding_mask": np.arange(longest) < lengths[:, None],
    }


def described(names: Names) -> str:
    """Return how many variables and static features a model reads, in words.

    Args:
        names: what it calls them.

    Example:
        >>> described(Names(("HR",), ("Age", "Height")))
        '1 variable and 2 static features'
    """
    return (
        f"{counted(len(names.variables), 'variable')} and "
        f"{counted(len(names.statics), 'static feature')}"
    )
