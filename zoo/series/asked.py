"""Numeric series that a model is asked about over a network."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from msgspec import Meta

__all__ = ["example_series", "series_input", "series_piece", "steps_of", "to_series"]


def series_input(pipeline: Any, most: int) -> Any:
    """Return the type of a series of at most so many steps: a list of numbers a step.

    Args:
        pipeline: what is asked; its `model` says how many channels there are. Of one channel, a
            step may be a number by itself.
        most: steps.
    """
    channels = pipeline.model.channels
    step: Any = Annotated[list[float], Meta(min_length=channels, max_length=channels)]
    if channels == 1:
        step = float | step
    return Annotated[list[step], Meta(min_length=1, max_length=most)]


def series_piece(pipeline: Any, one: Any) -> Any:
    """Return the type of what a session of series takes in: several steps, or a number as one.

    Args:
        pipeline: what is asked.
        one: the type of a series.
    """
    return one | float if pipeline.model.channels == 1 else one


def to_series(value: list[Any] | float) -> np.ndarray:
    """Return what comes over a network as a float64 array of shape (time, channels).

    Args:
        value: the series; a number is one step.

    Example:
        >>> to_series([1.0, [2.0]]).tolist(), to_series(3.0).tolist()
        ([[1.0], [2.0]], [[3.0]])
    """
    given = value if isinstance(value, list) else [value]
    steps = [step if isinstance(step, list) else [step] for step in given]
    return np.array(steps, np.float64)


def steps_of(value: list[Any] | float, most: int) -> list[np.ndarray]:
    """Cut a series into its steps, each an array of shape (1, channels).

    Args:
        value: the series.
        most: pieces; of a longer series several steps are one.

    Example:
        >>> [piece.tolist() for piece in steps_of([1.0, 2.0], 9)]
        [[[1.0]], [[2.0]]]
    """
    series = to_series(value)
    count = max(1, -(-len(series) // most))
    return [series[at : at + count] for at in range(0, len(series), count)]


def example_series(mean: np.ndarray, scale: np.ndarray, steps: int) -> list[list[float]]:
    """Return a series of waves such as a model was fitted to, as far as its scaling tells.

    Args:
        mean: of the channels, of shape (channels,).
        scale: their standard deviations.
        steps: how many.

    Example:
        >>> example_series(np.array([1.0]), np.array([2.0]), 2)
        [[1.0], [1.59]]
    """
    time = np.arange(steps)[:, None]
    waves = np.sin(0.3 * time + 0.7 * np.arange(len(mean)))
    return [[float(f"{value:.3g}") for value in row] for row in mean + scale * waves]
