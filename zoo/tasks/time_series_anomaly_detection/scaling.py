"""A series as the network reads it: every row by what the rows before it were like.

No row is known before it has come, so that mean and deviation are those of the past. Values far
off are drawn in by the inverse hyperbolic sine, which leaves small ones as they are.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from zoo.errors import InputError

__all__ = [
    "SCALING_SIZE",
    "check_sizes",
    "deviation_of",
    "place_of",
    "read_on",
    "scale_row",
    "scaled_target",
    "unscaled",
]

# Mean, variance, mean square of the steps, the last value.
SCALING_SIZE = 4
# Of a series that hardly moves, the share of its mean that counts as its deviation.
_SHARE = 1e-3
_LEAST = 1e-9
# Larger numbers have no squares, and no metric has them.
_LARGEST = 1e100
# Places so far off are beyond every number.
_FARTHEST = 300.0


def check_sizes(series: Iterable[np.ndarray]) -> None:
    """Refuse series of numbers so large that nothing can be computed of them.

    Args:
        series: float arrays.

    Raises:
        InputError: one holds such a number.

    Example:
        >>> check_sizes([np.array([1e9])])
    """
    for item in series:
        if item.size and float(np.abs(item).max()) > _LARGEST:
            raise InputError(
                f"Expected numbers of at most {_LARGEST:g} in size. Received: "
                f"{float(np.abs(item).max()):g}. Check the units"
            )


def deviation_of(scaling: Sequence[float]) -> float:
    """Return the deviation of the rows that a scaling has seen.

    Args:
        scaling: mean, variance, mean square of the steps, last value.
    """
    return math.sqrt(scaling[1]) + _SHARE * abs(scaling[0]) + _LEAST


def scaled_target(scaling: Sequence[float], value: float) -> float:
    """Return where a value lies among those before it: what the network forecasts.

    Args:
        scaling: the scaling after the row before it.
        value: the value.
    """
    return math.asinh((value - scaling[0]) / deviation_of(scaling))


def place_of(scaling: Sequence[float]) -> float:
    """Return where the last value lies, as the network has read it.

    Args:
        scaling: the scaling after it.
    """
    return scaled_target(scaling, scaling[3])


def unscaled(scaling: Sequence[float], place: float) -> float:
    """Return the value that lies at a place.

    Args:
        scaling: the scaling of the rows before it.
        place: where it lies.
    """
    place = min(max(place, -_FARTHEST), _FARTHEST)
    return scaling[0] + deviation_of(scaling) * math.sinh(place)


def scale_row(
    scaling: Sequence[float], value: float, row: int, rows: float
) -> tuple[tuple[float, float, float, float], float, float]:
    """Return the scaling after a row, and what the network reads of the row.

    Args:
        scaling: the scaling before it; of no matter for the first row.
        value: the row's value.
        row: its number, from 0.
        rows: how many rows count.

    Returns:
        The scaling; where the value lies; and how far it moved, in the usual steps.
    """
    share = max(1.0 / (row + 1), 1.0 / rows)
    mean, variance, square, last = scaling if row else (value, 0.0, 0.0, value)
    away = value - mean
    mean += share * away
    variance = (1.0 - share) * (variance + share * away * away)
    step = value - last
    square = (1.0 - share) * square + share * step * step
    after = (mean, variance, square, value)
    deviation = deviation_of(after)
    place = math.asinh((value - mean) / deviation)
    return after, place, math.asinh(step / (math.sqrt(square) + _SHARE * deviation))


def read_on(
    values: Iterable[float], scaling: tuple[float, ...], row: int, rows: float
) -> tuple[list[tuple[float, float]], list[tuple[float, ...]]]:
    """Return what the network reads of rows, and the scaling before each and after the last.

    Args:
        values: their values.
        scaling: the scaling before them; of no matter for the first row.
        row: the number of the first, from 0.
        rows: how many rows count.

    Example:
        >>> read, scalings = read_on([1.0, 1.0], (0.0,) * 4, 0, 100.0)
        >>> read, len(scalings)
        ([(0.0, 0.0), (0.0, 0.0)], 3)
    """
    read, scalings = [], [scaling]
    for number, x in enumerate(values, row):
        scaling, place, moved = scale_row(scaling, x, number, rows)
        read.append((place, moved))
        scalings.append(scaling)
    return read, scalings
