"""Series as a network is trained on them: stretched, turned, cut and mixed, anew every epoch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from zoo.series.arrays import pad_series

__all__ = ["AugmentedSeries", "SeriesAugmentation"]

# Few different shapes, for the compiling backends.
_MULTIPLE = 16


@dataclass(frozen=True, kw_only=True)
class SeriesAugmentation:
    """How series are changed before a network is trained on them.

    Attributes:
        speed: by how much time may be stretched or squeezed as a whole: the logarithm of the most.
        warp: by how much it may be within a series, faster here and slower there: of 1 it may
            stand still.
        crop: the smallest share of a series that is kept.
        longest: steps of the longest piece that is read; None reads any length.
        resampled: whether every piece is stretched to the length of the whole series, as where all
            have one length.
        moved: the most steps by which a piece is moved in time; what is missing then is the first
            step, or the last.
        rotation: the largest angle, in radians, by which series of three directions are turned.
        scaling: deviation of the logarithm of a factor of a whole series, around the means.
        shift: deviation of a constant added to every channel, in deviations of the channels.
        noise: deviation of noise added to every number, in the same.
        mirror: of every channel, which one it becomes in half of the series; none mirrors none.
        negated: channels whose sign changes then, around the mean of them all.
        mixup: parameter of the beta distribution of the shares in which a series and another of its
            batch are mixed, with their classes; 0 mixes none.

    Reference:
        [Um et al., 2017](https://arxiv.org/abs/1706.00527) (rotation, scaling, warping, noise),
        [Zhang et al., 2018](https://arxiv.org/abs/1710.09412) (mixup)
    """

    speed: float = 0.0
    warp: float = 0.0
    crop: float = 1.0
    longest: int | None = None
    resampled: bool = False
    moved: int = 0
    rotation: float = 0.0
    scaling: float = 0.0
    shift: float = 0.0
    noise: float = 0.0
    mirror: tuple[int, ...] = ()
    negated: tuple[int, ...] = ()
    mixup: float = 0.0

    def apply(
        self, series: np.ndarray, mean: np.ndarray, scale: np.ndarray, draw: np.random.Generator
    ) -> np.ndarray:
        """Return a series as it is read in one epoch.

        Args:
            series: float array of shape (time, channels).
            mean: of the channels, of shape (channels,).
            scale: their deviations.
            draw: draws what is left to chance.

        Example:
            >>> draw = np.random.default_rng(0)
            >>> whole = np.zeros((9, 2))
            >>> SeriesAugmentation(noise=1.0).apply(whole, np.zeros(2), np.ones(2), draw).shape
            (9, 2)
        """
        x = self._cut(series, draw)
        if self.moved:
            steps = np.arange(len(x)) + draw.integers(-self.moved, self.moved + 1)
            x = x[np.clip(steps, 0, len(x) - 1)]
        if self.rotation:
            x = x @ _rotation(draw, self.rotation)
        if self.mirror and draw.random() < 0.5:
            x = x[:, list(self.mirror)]
            negated = list(self.negated)
            x[:, negated] = 2 * mean[negated].mean() - x[:, negated]
        if self.scaling:
            x = mean + (x - mean) * np.exp(draw.normal(0.0, self.scaling))
        if self.shift:
            x = x + scale * draw.normal(0.0, self.shift, x.shape[1])
        if self.noise:
            x = x + scale * draw.normal(0.0, self.noise, x.shape)
        return x

    def _cut(self, series: np.ndarray, draw: np.random.Generator) -> np.ndarray:
        """Return a piece of a series, stretched in time."""
        whole = len(series)
        kept = whole * draw.uniform(self.crop, 1.0)
        speed = np.exp(draw.uniform(-self.speed, self.speed)) if self.speed else 1.0
        if self.longest is not None:
            kept = min(kept, self.longest * speed)
        steps = whole if self.resampled else max(1, round(kept / speed))
        if self.longest is not None:
            steps = min(steps, self.longest)
        start = draw.uniform(0.0, whole - kept)
        time = np.linspace(0.0, 1.0, steps)
        if self.warp:
            turns = np.pi * draw.integers(1, 3)
            bend = draw.uniform(-self.warp, self.warp)
            time = np.clip(time + bend * np.sin(turns * time) / turns, 0.0, 1.0)
        at = start + time * (kept - 1.0)
        at = np.clip(at, 0.0, whole - 1.0)
        before = np.floor(at).astype(int)
        after = np.minimum(before + 1, whole - 1)
        share = (at - before)[:, None]
        return series[before] * (1.0 - share) + series[after] * share


class AugmentedSeries:
    """What an epoch reads: series, changed, and the shares of their classes.

    Args:
        series: float arrays of shape (time, channels).
        targets: float32 array of shape (series, classes), such as one-hot labels.
        augmentation: how they are changed.
        scaling: mean and deviation of the channels.
        seed: of the run and the epoch.

    Attributes:
        lengths: number of steps of every series.
    """

    def __init__(
        self,
        series: Sequence[np.ndarray],
        targets: np.ndarray,
        augmentation: SeriesAugmentation | None = None,
        scaling: tuple[np.ndarray, np.ndarray] | None = None,
        seed: Sequence[int] = (0,),
        weights: np.ndarray | None = None,
    ) -> None:
        self._targets, self._weights, self._seed = targets, weights, list(seed)
        self._mixup = 0.0
        self._series = list(series)
        if augmentation is not None:
            assert scaling is not None
            draw = np.random.default_rng(self._seed)
            self._series = [augmentation.apply(item, *scaling, draw) for item in series]
            self._mixup = augmentation.mixup
        self.lengths = np.array([len(item) for item in self._series])

    def batch(self, rows: np.ndarray) -> tuple[object, ...]:
        """Return features, targets and perhaps weights of some rows, padded to the longest."""
        padded, mask = pad_series([self._series[row] for row in rows], _MULTIPLE)
        targets = self._targets[rows]
        if self._mixup:
            draw = np.random.default_rng([*self._seed, int(rows[0])])
            share = draw.beta(self._mixup, self._mixup, len(rows)).astype(np.float32)
            share = np.maximum(share, 1.0 - share)
            other = draw.permutation(len(rows))
            padded = _mixed(padded, share[:, None, None], other)
            targets = _mixed(targets, share[:, None], other)
            mask = mask | mask[other]
        features = {"series": padded, "padding_mask": mask}
        if self._weights is None:
            return features, targets
        return features, targets, self._weights[rows]


def _mixed(values: np.ndarray, share: np.ndarray, other: np.ndarray) -> np.ndarray:
    mixed: np.ndarray = values * share + values[other] * (np.float32(1.0) - share)
    return mixed


def _rotation(draw: np.random.Generator, most: float) -> np.ndarray:
    """Return a rotation about a random axis, as a matrix (Rodrigues' formula)."""
    axis = draw.normal(size=3)
    x, y, z = axis / np.linalg.norm(axis)
    angle = draw.uniform(-most, most)
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    turned: np.ndarray = np.eye(3) + np.sin(angle) * cross
    return turned + (1.0 - np.cos(angle)) * (cross @ cross)
