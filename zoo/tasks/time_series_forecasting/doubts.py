"""What there is to doubt of a forecast: how far it goes, and how far off what it rests on is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from zoo.common.counts import counted, whole
from zoo.common.user_warnings import warn_user
from zoo.errors import InputError, shown

__all__ = [
    "FAR",
    "MAX_STEPS",
    "MAX_VALUES",
    "check_horizon",
    "far_doubts",
    "is_far",
    "tell_doubts",
    "warn_of_far_step",
]

# Steps of a forecast, each after the one before; numbers of it: 0.8 GB.
MAX_STEPS = 1_000_000
MAX_VALUES = 100_000_000
# Standard deviations from the mean of the training series beyond which a forecast is no more than
# a guess.
FAR = 10.0

Doubts = Callable[[np.ndarray, np.ndarray, str], Iterator[tuple[str, str]]]


def check_horizon(horizon: Any, count: int, channels: int) -> int:
    """Return a number of steps to forecast.

    Args:
        horizon: anything.
        count: series that are forecast at once.
        channels: channels of each.

    Raises:
        InputError: it is no such number, or too large.

    Example:
        >>> check_horizon(84, 1, 3)
        84
    """
    steps = whole(horizon)
    if steps is None or steps < 1:
        raise InputError(
            f"Expected a horizon of at least 1, such as 84. Received: {shown(horizon)}"
        )
    most = min(MAX_STEPS, MAX_VALUES // (count * channels))
    if steps > most:
        raise InputError(
            f"Expected a horizon of at most {most:,} steps at once, for {count} series of "
            f"{counted(channels, 'channel')}. Received: {shown(horizon)}. Forecast more in parts, "
            "with the session() of zoo.pipeline"
        )
    return steps


def far_doubts(
    context: np.ndarray,
    output: np.ndarray,
    scaling: tuple[np.ndarray, np.ndarray],
    place: str,
    advice: str,
    names: Sequence[str] = (),
) -> Iterator[tuple[str, str]]:
    """Yield what is far from what a model was fitted to: kind and message.

    Args:
        context: float64 array of shape (time, channels), which the forecast follows.
        output: the forecast, of shape (horizon, channels).
        scaling: mean and standard deviation of the channels of the training series.
        place: which series it is, such as `" of series 3"`; empty of one alone.
        advice: what to do about a forecast that runs away.
        names: of the channels, where they have any.
    """
    mean, scale = scaling
    distance = np.abs((context - mean) / scale)
    away = distance > FAR
    if away.any():
        step, channel = np.argwhere(away)[0]
        where = f"at step {step}, channel {channel}"
        if names:
            where = f"of {shown(names[channel])} at step {step}"
        yield (
            "range",
            f"The context{place} lies far from what the model was fitted to: "
            f"{context[step, channel]:.6g} {where} (counted from 0) "
            f"is {distance[step, channel]:.3g} standard deviations from the mean of the "
            "training series. Fit the model to such series first, or check the units",
        )
    finite = np.isfinite(output).all(axis=1)
    # A context that lies there already has been told.
    near = finite if away.any() else (np.abs((output - mean) / scale) <= FAR).all(1)
    if not near.all():
        step = int(near.argmin())
        what = (
            f"more than {FAR:g} standard deviations from the mean of the training series"
            if finite[step]
            else "not finite"
        )
        yield (
            "away",
            f"The forecast{place} runs away{'' if finite.all() else ' to infinity'}: from step "
            f"{step} on it is {what}. {advice}",
        )


def is_far(steps: np.ndarray, scaling: tuple[np.ndarray, np.ndarray]) -> bool:
    """Return whether a step lies far from the series that a model was fitted to.

    Args:
        steps: float array of shape (channels,) or (time, channels).
        scaling: mean and standard deviation of the channels of those series.
    """
    mean, scale = scaling
    with np.errstate(over="ignore"):
        return bool((np.abs((steps - mean) / scale) > FAR).any())


def warn_of_far_step() -> None:
    """Warn of a step of a session that lies far from what its model was fitted to."""
    # Always in the same words, so that Python shows it once for a line of a program.
    warn_user(
        f"A step lies far from what the model was fitted to: more than {FAR:g} standard "
        "deviations from the mean of the training series. Fit the model to such series first, or "
        "check the units"
    )


def tell_doubts(
    contexts: Sequence[np.ndarray], outputs: Sequence[np.ndarray], single: bool, doubts: Doubts
) -> None:
    """Warn of what there is to doubt, once of what several series share.

    Args:
        contexts: the series.
        outputs: the forecast that follows each.
        single: whether one series alone was given.
        doubts: yields kind and message, of a series, its forecast, and which it is.
    """
    told: dict[str, list[str]] = {}
    for index, (context, output) in enumerate(zip(contexts, outputs, strict=True)):
        place = "" if single or len(contexts) == 1 else f" of series {index}"
        for kind, message in doubts(context, output, place):
            told.setdefault(kind, []).append(message)
    for messages in told.values():
        more = f" (and so for {len(messages) - 1} more series)" if len(messages) > 1 else ""
        warn_user(messages[0] + more)
