"""What networks and heads of irregular series compute beside the recurrence, with NumPy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from zoo.series.irregular import IrregularSeries

__all__ = ["FURTHEST", "SUMMARIES", "Scaling", "Summary", "fit_scaling", "summarise"]

# Scaled values further out are as good as that far: what nobody can have is an artefact.
FURTHEST = 4.0
# Figures of every variable: last, mean, least, most, how often on a log scale, and whether at all.
SUMMARIES = 6


class Scaling(NamedTuple):
    """How values are scaled: (arcsinh((x - origin) / spread) - mean) / scale, within `FURTHEST`.

    Near the origin it is a line and far from it a logarithm, so that neither variables of many
    magnitudes nor artefacts stand out.

    Attributes:
        origin: around which every variable is scaled, float64.
        spread: how far around it is near.
        mean: of what that gives.
        scale: its standard deviation.
    """

    origin: np.ndarray
    spread: np.ndarray
    mean: np.ndarray
    scale: np.ndarray

    def __call__(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return scaled values, 0 where nothing was measured, and where something was.

        Args:
            values: float array of shape (..., variables), NaN where nothing was measured.
        """
        measured = ~np.isnan(values)
        known = np.where(measured, values, self.origin)
        curved = np.arcsinh((known - self.origin) / self.spread)
        scaled = np.clip((curved - self.mean) / self.scale, -FURTHEST, FURTHEST)
        return np.where(measured, scaled, 0.0), measured

    def back(self, scaled: np.ndarray) -> np.ndarray:
        """Return values of which these are the scaled ones.

        Args:
            scaled: float array of shape (..., variables).
        """
        return self.origin + self.spread * np.sinh(self.mean + self.scale * scaled)

    @classmethod
    def of(cls, tensors: Mapping[str, np.ndarray], prefix: str) -> Scaling:
        """Return the scaling that weights say.

        Args:
            tensors: the weights by name.
            prefix: beginning of the names.
        """
        return cls(*(tensors[f"{prefix}/{name}"].astype(np.float64) for name in cls._fields))


def fit_scaling(values: np.ndarray) -> Scaling:
    """Return how values are to be scaled.

    A variable that is never negative, and far from its median on one side more than on the other,
    is scaled around 0, as by a logarithm; any other around its median. One that was never measured,
    or is constant, is left in its unit.

    Args:
        values: float array of shape (rows, variables), NaN where nothing was measured.

    Example:
        >>> scaling = fit_scaling(np.array([[1.0], [2.0], [3.0], [np.nan]]))
        >>> scaling(np.array([[2.0], [np.nan]]))[0].tolist()
        [[0.0], [0.0]]
    """
    origin, spread, mean, scale = np.repeat([[0.0], [1.0], [0.0], [1.0]], values.shape[1], axis=1)
    for index, column in enumerate(values.T):
        known = column[~np.isnan(column)]
        if not len(known):
            continue
        low, middle, high = np.quantile(known, [0.25, 0.5, 0.75])
        inside = np.clip(known, *np.quantile(known, [0.002, 0.998]))
        deviation = inside.std()
        if known.min() >= 0 and middle > 0 and deviation > 1e-9 * middle:
            skewed = np.mean(((inside - inside.mean()) / deviation) ** 3) > 1
        else:
            skewed = False
        # Where most are the same the deviation says more.
        around = 0.1 * middle if skewed else 4.0 * (high - low) or 8.0 * deviation
        if around <= 1e-9 * abs(middle):
            origin[index] = middle
            continue
        origin[index], spread[index] = 0.0 if skewed else middle, around
        curved = np.arcsinh((known - origin[index]) / around)
        mean[index], scale[index] = curved.mean(), max(curved.std(), 1e-6)
    return Scaling(origin, spread, mean, scale)


@dataclass(frozen=True)
class Summary:
    """What is known of every variable so far, of one or more series, which a step brings on.

    Attributes:
        last: the last scaled value, 0 before the first.
        total: the sum of them.
        least: the least, or 0.
        most: the largest, or 0.
        count: how many there were.

    All are float64 arrays of shape (series, variables).
    """

    last: np.ndarray
    total: np.ndarray
    least: np.ndarray
    most: np.ndarray
    count: np.ndarray

    @classmethod
    def start(cls, series: int, variables: int) -> Summary:
        """Return what is known before the first step."""
        return cls(*np.zeros((5, series, variables)))

    def after(self, scaled: np.ndarray, measured: np.ndarray) -> Summary:
        """Return what is known after a step.

        Args:
            scaled: float64 array of shape (series, variables).
            measured: boolean array of that shape.
        """
        first = measured & (self.count == 0)
        return Summary(
            np.where(measured, scaled, self.last),
            self.total + np.where(measured, scaled, 0.0),
            np.where(measured & (first | (scaled < self.least)), scaled, self.least),
            np.where(measured & (first | (scaled > self.most)), scaled, self.most),
            self.count + measured,
        )

    @property
    def figures(self) -> np.ndarray:
        """The figures, float64 of shape (series, 6 * variables)."""
        known = np.minimum(self.count, 1.0)
        mean = self.total / np.maximum(self.count, 1.0)
        parts = [self.last, mean, self.least, self.most, np.log1p(self.count), known]
        return np.concatenate(parts, axis=1)


def summarise(series: Sequence[IrregularSeries], scaling: Scaling) -> np.ndarray:
    """Return the figures of whole series, float64 of shape (series, 6 * variables).

    Args:
        series: what `check_irregular` returned.
        scaling: how their values are scaled.
    """
    figures = np.zeros((len(series), SUMMARIES * len(scaling.origin)))
    for row, item in enumerate(series):
        scaled, measured = scaling(item.values)
        count = measured.sum(axis=0)
        if not item.steps:
            continue
        known = count > 0
        last = item.steps - 1 - np.argmax(measured[::-1], axis=0)
        parts = [
            np.where(known, scaled[last, np.arange(len(known))], 0.0),
            np.where(measured, scaled, 0.0).sum(axis=0) / np.maximum(count, 1),
            np.where(known, np.where(measured, scaled, np.inf).min(axis=0), 0.0),
            np.where(known, np.where(measured, scaled, -np.inf).max(axis=0), 0.0),
            np.log1p(count),
            known,
        ]
        figures[row] = np.concatenate(parts)
    return figures
