"""The score of the Numenta Anomaly Benchmark: alarms against labelled windows of rows.

An alarm in a window counts the more the earlier it comes, and only the best one of a window counts;
every other alarm costs, the more the further behind a window it lies. The sum over all series is
set against that of a detector that never alarms (0) and of one that alarms at the first row of
every window and nowhere else (100). Written from the published definition.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from zoo.errors import InputError

__all__ = [
    "PROFILES",
    "Profile",
    "Scored",
    "Sweep",
    "probation_of",
    "row_weights",
    "sweep",
]

# The share of a series in which nothing is scored, and the rows of a series that it is taken of.
PROBATION = 0.15
PROBATION_ROWS = 5_000
# Window widths behind a window after which an alarm costs the whole.
_FAR = 3.0


@dataclass(frozen=True)
class Profile:
    """What an alarm is worth and costs.

    Attributes:
        hit: worth of an alarm at the beginning of a window.
        miss: cost of a window without an alarm.
        false_alarm: cost of an alarm far from every window.
    """

    hit: float
    miss: float
    false_alarm: float


PROFILES = {
    "standard": Profile(1.0, 1.0, 0.11),
    "reward_low_FP_rate": Profile(1.0, 1.0, 0.22),
    "reward_low_FN_rate": Profile(1.0, 2.0, 0.11),
}


@dataclass(frozen=True)
class Scored:
    """The score of alarms at one threshold.

    Attributes:
        threshold: rows whose score is not below it are alarms; above 1 none is.
        raw: sum of what alarms are worth and cost.
        hits: rows in windows that are alarms.
        false_alarms: rows outside of windows that are alarms.
        misses: rows in windows that are none.
        quiet: rows outside of windows that are none.
    """

    threshold: float
    raw: float
    hits: int
    false_alarms: int
    misses: int
    quiet: int


@dataclass(frozen=True)
class Sweep:
    """The scores of a detector at every threshold that makes a difference.

    Attributes:
        thresholds: descending, the first one above every score: no alarm at all.
        raw: the sum of what alarms are worth and cost at each.
        hits: rows in windows that are alarms at each.
        false_alarms: rows outside that are.
        inside: rows in windows.
        outside: rows outside.
        windows: number of windows.
        profile: what was counted how.
    """

    thresholds: np.ndarray
    raw: np.ndarray
    hits: np.ndarray
    false_alarms: np.ndarray
    inside: int
    outside: int
    windows: int
    profile: Profile

    @property
    def best(self) -> float:
        """The threshold of the highest score, of several the highest threshold."""
        return float(self.thresholds[int(np.argmax(self.raw))])

    def at(self, threshold: float) -> Scored:
        """Return what a threshold gives.

        Args:
            threshold: rows whose score is not below it are alarms.
        """
        index = int(np.searchsorted(-self.thresholds, -threshold, side="right")) - 1
        index = max(index, 0)
        hits, false_alarms = int(self.hits[index]), int(self.false_alarms[index])
        return Scored(
            threshold,
            float(self.raw[index]),
            hits,
            false_alarms,
            self.inside - hits,
            self.outside - false_alarms,
        )

    def normalized(self, raw: float) -> float:
        """Return a raw score on the scale from no alarms (0) to perfect ones (100).

        Args:
            raw: sum of what alarms are worth and cost.

        Raises:
            InputError: there is no window.
        """
        if not self.windows:
            raise InputError("Expected series with at least one labelled window. Received: none")
        null = -self.profile.miss * self.windows
        return 100.0 * (raw - null) / (self.profile.hit * self.windows - null)


def probation_of(rows: int) -> int:
    """Return how many rows at the beginning of a series are not scored: 15 %, at most 750.

    Args:
        rows: length of the series.

    Example:
        >>> probation_of(4032), probation_of(20_000)
        (604, 750)
    """
    return int(min(math.floor(PROBATION * rows), PROBATION * PROBATION_ROWS))


def _weight(position: np.ndarray) -> np.ndarray:
    """Return the worth of an alarm: 1 well before the end of a window, 0 there, -1 far behind.

    Args:
        position: place in units of a window's width, 0 at its end.
    """
    return np.where(position > _FAR, -1.0, 2.0 / (1.0 + np.exp(5.0 * position)) - 1.0)


def row_weights(
    rows: int, windows: Sequence[tuple[int, int]], profile: Profile
) -> tuple[np.ndarray, np.ndarray]:
    """Return what an alarm at each row of a series is worth, and the window that it lies in.

    Args:
        rows: length of the series.
        windows: first and last row of each, in order, not overlapping.
        profile: what alarms are worth and cost.

    Returns:
        float64 array of shape (rows,), and an int array of the window's number, -1 outside.

    Raises:
        InputError: the windows are not in order, overlap or lie outside of the series.
    """
    weights = np.full(rows, -profile.false_alarm)
    inside = np.full(rows, -1)
    index = np.arange(rows)
    start = float(_weight(np.array(-1.0)))
    before = -1
    for number, (first, last) in enumerate(windows):
        if not before < first <= last < rows:
            raise InputError(
                "Expected windows as the numbers of their first and last row, in order, that do "
                f"not overlap and lie within {rows} rows. Received: {[*windows]}"
            )
        before, width = last, last - first + 1
        within = index[first : last + 1]
        weights[within] = profile.hit * _weight((within - last - 1) / width) / start
        inside[within] = number
        # Up to the next window: that one overwrites what lies in it. A window of one row has no
        # width to measure a distance by: what comes after it is far.
        behind = index[last + 1 :]
        position = (behind - last) / (width - 1) if width > 1 else np.full(len(behind), np.inf)
        with np.errstate(over="ignore"):
            weights[behind] = profile.false_alarm * _weight(position)
    return weights, inside


def sweep(
    scores: Sequence[np.ndarray],
    windows: Sequence[Sequence[tuple[int, int]]],
    profile: Profile = PROFILES["standard"],
) -> Sweep:
    """Score the anomaly scores of several series together at every threshold.

    Args:
        scores: of each series its scores in [0, 1], one a row.
        windows: of each series the first and last row of its windows.
        profile: what alarms are worth and cost.

    Raises:
        InputError: a series' windows are not as described, or a score is not a number.

    Example:
        >>> series = np.zeros(1000)
        >>> series[600] = 0.9
        >>> found = sweep([series], [[(600, 699)]])
        >>> found.best, found.normalized(found.at(found.best).raw)
        (0.9, 100.0)

    Reference:
        [Lavin & Ahmad, 2015](https://arxiv.org/abs/1510.03336)
    """
    values, gains, places, count = [], [], [], 0
    for item, spans in zip(scores, windows, strict=True):
        item = np.asarray(item, np.float64)
        if not np.isfinite(item).all():
            raise InputError("Expected scores that are numbers. Received: NaN or infinite ones")
        weights, inside = row_weights(len(item), spans, profile)
        scored = slice(probation_of(len(item)), None)
        weights, inside, item = weights[scored], inside[scored], item[scored]
        gain = np.where(inside < 0, weights, 0.0)
        for number in np.unique(inside[inside >= 0]):
            count += 1
            rows = np.flatnonzero(inside == number)
            order = rows[np.argsort(-item[rows], kind="stable")]
            best = np.maximum.accumulate(np.maximum(weights[order], -profile.miss))
            gain[order] = np.diff(best, prepend=-profile.miss)
        values.append(item)
        gains.append(gain)
        places.append(inside >= 0)
    value, gain, place = (np.concatenate(part) for part in (values, gains, places))
    order = np.argsort(-value, kind="stable")
    value, gain, place = value[order], gain[order], place[order]
    # The last row of every run of equal scores: a threshold takes them all or none.
    ends = np.flatnonzero(np.diff(value, append=-np.inf))
    above = max(1.1, float(value[0]) + 0.1) if len(value) else 1.1
    raw = -profile.miss * count + np.cumsum(gain)[ends]
    return Sweep(
        thresholds=np.concatenate([[above], value[ends]]),
        raw=np.concatenate([[-profile.miss * count], raw]),
        hits=np.concatenate([[0], np.cumsum(place)[ends]]),
        false_alarms=np.concatenate([[0], np.cumsum(~place)[ends]]),
        inside=int(place.sum()),
        outside=int((~place).sum()),
        windows=count,
        profile=profile,
    )
