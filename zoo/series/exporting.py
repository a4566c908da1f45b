"""What the exported models of series have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from zoo.formats import Checkpoint
from zoo.series.examples import SeriesDataset

__all__ = ["padded", "series_of", "shown_series", "zeros"]

# Series of a data set that are compared, and the most steps of each.
_SERIES = 32
_STEPS = 400


def series_of(source: Checkpoint, data: SeriesDataset | None) -> Sequence[np.ndarray]:
    """Return real series, or waves around the means that a checkpoint was fitted to.

    Args:
        source: a verified checkpoint of a task of series.
        data: the test split of its data set, where it is at hand.
    """
    if data is not None:
        # Spread over the whole, which may be in the order of its classes.
        chosen = data.series[:: -(-len(data.series) // _SERIES)]
        found = [series[:_STEPS] for series in chosen]
        return found if len(found) > 1 else [found[0], found[0][: _STEPS // 3]]
    mean, scale = source.tensors["scaling/mean"], source.tensors["scaling/scale"]
    return [
        mean + scale * np.sin(0.2 * np.arange(length))[:, None] for length in (1, 17, 60, _STEPS)
    ]


def shown_series(series: Sequence[np.ndarray], count: int, kept: int = 0) -> list[Any]:
    """Return series to begin with on a page, and what follows each.

    Args:
        series: float arrays of shape (time, channels).
        count: how many at most.
        kept: steps of the end that are not given.

    Returns:
        `{"name", "given", "follows"}` of each, as JSON holds it, with six digits that count.

    Example:
        >>> shown_series([np.array([[1.0], [2.0], [3.0]])], 1, 1)
        [{'name': 'Series 1', 'given': [[1.0], [2.0]], 'follows': [[3.0]]}]
    """
    chosen = series[:: -(-len(series) // count)]
    return [
        {
            "name": f"Series {number}",
            "given": _rounded(one[: len(one) - kept]),
            "follows": _rounded(one[len(one) - kept :]),
        }
        for number, one in enumerate(chosen, 1)
        if len(one) > kept
    ]


def _rounded(series: np.ndarray) -> list[list[float]]:
    return [[float(f"{value:.6g}") for value in row] for row in series.tolist()]


def padded(source: Checkpoint) -> str:
    """Return what is done to series before a network, in Markdown.

    Args:
        source: a verified checkpoint of a task of series.
    """
    channels = source.backbone.channels
    return (
        f"A series is an array of shape (time, {channels}), in its own units: the graph scales it. "
        "The rows of a batch are padded at the end to the longest, and `lengths` says how many "
        "steps of each are its own."
    )


def zeros(source: Checkpoint) -> str:
    """Return Python of a series of zeros that fits a checkpoint.

    Args:
        source: a verified checkpoint of a task of series.
    """
    return f"np.zeros((1000, {source.backbone.channels}))"
