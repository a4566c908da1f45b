"""Numeric series as the zoo takes them: checked arrays of shape (time, channels)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from zoo.common.counts import counted
from zoo.errors import InputError, shown

__all__ = ["check_classes", "check_series", "check_step", "pad_series", "still_channels"]


def check_series(
    series: Any, channels: int | None = None, *, least: int = 1
) -> tuple[list[np.ndarray], bool]:
    """Return series as float64 arrays of shape (time, channels), and whether one alone was given.

    Lists of numbers mean what NumPy makes of them: `[0.1, 0.2]` and `[[0.1], [0.2]]`, as
    `array.tolist()` writes them, are one series of two steps. Only a list of arrays, or lists
    within lists within a list, are several series.

    Args:
        series: one series as an array of shape (time, channels), or (time,) where there is one
            channel, or as nested lists of that shape; several as a list or tuple of such arrays,
            of any lengths, or as an array or nested lists of shape (series, time, channels).
        channels: how many there must be; None takes those of the first series.
        least: number of steps that every series must have.

    Raises:
        InputError: something is not a series, has another number of channels, is too short, or
            holds NaN, infinity or masked values; the place is named.

    Example:
        >>> arrays, single = check_series(np.zeros((5, 2)))
        >>> arrays[0].shape, single
        ((5, 2), True)
    """
    single = _is_single(series)
    items = [series] if single else series
    unsized = getattr(items, "shape", None) == ()  # an array of no dimension has an iterator
    if isinstance(items, str | bytes | dict) or not isinstance(items, Iterable) or unsized:
        raise InputError(
            "Expected a series as an array of shape (time, channels), or a list of them. "
            f"Received: {shown(series)}"
        )
    arrays: list[np.ndarray] = []
    for index, item in enumerate(items):
        place = "" if single else f" as series {index}"
        array = _to_array(item, place)
        if array.ndim == 1:
            array = array[:, None]
        if array.ndim != 2 or array.shape[1] == 0:
            raise InputError(
                "Expected a series of shape (time, channels), or (time,) for one channel. "
                f"Received: the shape {array.shape}{place}"
            )
        channels = array.shape[1] if channels is None else channels
        if array.shape[1] != channels:
            raise InputError(
                f"Expected {counted(channels, 'channel')}: the shape (time, {channels}). "
                f"Received: the shape {array.shape}{place}"
            )
        if len(array) < least:
            steps = counted(least, "step")
            raise InputError(f"Expected at least {steps}. Received: {len(array)}{place}")
        _check_finite(array, place)
        arrays.append(array)
    if not arrays:
        raise InputError("Expected at least one series. Received: an empty list")
    return arrays, single


def check_step(x: Any, channels: int) -> np.ndarray:
    """Return one step, of shape (channels,), or several, of shape (time, channels), as float64.

    Args:
        x: a number where there is one channel, or an array.
        channels: number of channels.

    Raises:
        InputError: it has another shape, or holds NaN, infinity or masked values.

    Example:
        >>> check_step(0.5, channels=1)
        array([0.5])
    """
    array = _to_array(x, "")
    if array.ndim == 0 and channels == 1:
        array = array[None]
    if array.ndim not in (1, 2) or array.shape[-1] != channels:
        raise InputError(
            f"Expected a step of shape ({channels},), or several of shape (time, {channels}). "
            f"Received: the shape {array.shape}"
        )
    if not np.isfinite(array).all():
        _check_finite(array.reshape(-1, channels), "")
    return array


def check_classes(labels: Any, count: int, num_classes: int) -> np.ndarray:
    """Return class numbers as an int64 array of shape (series,).

    Args:
        labels: class numbers, from 0.
        count: number of series.
        num_classes: number of classes.

    Raises:
        InputError: they are of another number than the series, or one is no class number.

    Example:
        >>> check_classes([0, 2], count=2, num_classes=3)
        array([0, 2])
    """
    array = np.asarray(labels)
    if array.shape != (count,) or array.dtype.kind not in "iu":
        raise InputError(
            f"Expected one class number a series: {count} integers from 0 to {num_classes - 1}. "
            f"Received: {shown(labels)}"
        )
    wrong = np.flatnonzero((array < 0) | (array >= num_classes))
    if len(wrong):
        raise InputError(
            f"Expected class numbers from 0 to {num_classes - 1}. "
            f"Received: {array[wrong[0]]} for series {wrong[0]}"
        )
    return array.astype(np.int64)


def pad_series(series: Sequence[np.ndarray], multiple: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Return series as one array, zeros after their ends, and which steps are theirs.

    Args:
        series: float arrays of shape (time, channels).
        multiple: what the length of the array is a multiple of.

    Returns:
        float32 array of shape (series, time, channels), bool array of shape (series, time).

    Example:
        >>> pad_series([np.ones((2, 1)), np.ones((3, 1))])[1].tolist()
        [[True, True, False], [True, True, True]]
    """
    lengths = np.array([len(item) for item in series])
    longest = -(-lengths.max() // multiple) * multiple
    padded = np.zeros((len(series), longest, series[0].shape[1]), np.float32)
    for row, item in zip(padded, series, strict=True):
        row[: len(item)] = item
    return padded, np.arange(longest) < lengths[:, None]


def still_channels(spread: np.ndarray, names: Sequence[str] = ()) -> str:
    """Return which channels never change, in words; nothing where all do.

    Args:
        spread: by how much every channel changes, of shape (channels,).
        names: of the channels, where they have any.

    Example:
        >>> still_channels(np.array([1.5, 0.0, 0.0])), still_channels(np.zeros(1), ["price"])
        ('1, 2 (counted from 0)', 'price')
    """
    still = np.flatnonzero(spread == 0).tolist()
    if not still:
        return ""
    named = [names[index] if names else str(index) for index in still[:5]]
    more = " and more" if len(still) > 5 else ""
    return f"{', '.join(named)}{more}{'' if names else ' (counted from 0)'}"


def _is_single(series: Any) -> bool:
    if isinstance(series, list | tuple):
        return bool(series) and not any(map(_is_array, series))
    return not isinstance(series, str | bytes | dict) and np.ndim(series) in (1, 2)


def _is_array(item: Any) -> bool:
    """Return whether an item of a list is a series itself, and not a step."""
    if isinstance(item, list | tuple):
        return any(isinstance(inner, list | tuple) or _is_array(inner) for inner in item)
    return not isinstance(item, str | bytes | dict | float | int) and np.ndim(item) > 0


def _to_array(item: Any, place: str) -> np.ndarray:
    try:
        array = np.asarray(item)
        if array.dtype.kind not in "iufb":
            raise ValueError
        array = array.astype(np.float64, copy=False)
    except (ValueError, TypeError):
        advice = ""
        if isinstance(item, list | tuple):
            advice = ". Rows must be of one length; give several series as a list of arrays"
        raise InputError(
            "Expected an array of numbers of shape (time, channels). "
            f"Received: {shown(item)}{place}{advice}"
        ) from None
    if isinstance(item, np.ma.MaskedArray) and np.ma.is_masked(item):
        # What lies under a mask is no value: it is refused like NaN.
        return np.where(np.ma.getmaskarray(item), np.nan, array)
    return array


def _check_finite(array: np.ndarray, place: str) -> None:
    finite = np.isfinite(array)
    if not finite.all():
        step, channel = np.argwhere(~finite)[0]
        raise InputError(
            "Expected finite numbers, and none masked; fill gaps first, for example by "
            "interpolation. "
            f"Received: {array[step, channel]} at step {step}, channel {channel}"
            f"{place.replace(' as', ' of')} (counted from 0)"
        )
