"""What the tests of several tasks of series share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from zoo.formats import Checkpoint

__all__ = ["file_of", "pieces_of", "series_around"]


def series_around(source: Checkpoint) -> list[np.ndarray]:
    """Return series of 1 to 60 steps around the means that a checkpoint was fitted to.

    Args:
        source: a checkpoint of a task of series.
    """
    generator = np.random.default_rng(0)
    mean, scale = source.tensors["scaling/mean"], source.tensors["scaling/scale"]
    return [
        mean + scale * np.cumsum(generator.normal(0, 0.1, (length, len(mean))), axis=0)
        for length in (1, 2, 17, 60, 33)
    ]


def file_of(series: np.ndarray) -> Callable[[Path], str]:
    """Return what writes a series into a folder and returns the path of its file.

    Args:
        series: array of shape (time, channels).
    """

    def write(folder: Path) -> str:
        path = folder / "series.npy"
        np.save(path, series)
        return str(path)

    return write


def pieces_of(series: np.ndarray, cuts: Sequence[float]) -> list[np.ndarray]:
    """Return a series in pieces.

    Args:
        series: array of shape (time, channels).
        cuts: shares of it in ascending order.
    """
    pieces = np.split(series, [int(cut * len(series)) for cut in cuts])
    return [piece for piece in pieces if len(piece)]
