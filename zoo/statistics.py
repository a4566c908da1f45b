"""Figures with their intervals, and when a claimed one agrees with one that was measured."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from zoo.common.user_warnings import warn_user
from zoo.interfaces import Noise
from zoo.schema import Metric, ModelInfo

__all__ = [
    "CONFIDENCE",
    "RESAMPLES",
    "Bound",
    "Comparison",
    "Progress",
    "allowed_range",
    "bootstrap",
    "compare",
    "figure",
    "warn_of_few",
]

CONFIDENCE = 0.95
RESAMPLES = 1_000
_SEED = 0

# Called with what is being done, how much is done, and how much there is.
Progress = Callable[[str, int, int], None]

# By the normal law a record of five honest figures fails on one sample in ten thousand: each
# figure has a fifth of that, both sides together, and this many standard errors leave it.
_Z = 4.265

_ROUNDING = 1.5e-6  # both figures are rounded to six decimals, or six digits

_NORMAL_95 = 1.959964
# Fewer than this the bootstrap hardly draws anything else than what is there.
_FEW = 30


def _resamples(count: int, classes: np.ndarray | None) -> Iterator[np.ndarray]:
    """Yield rows drawn with replacement, the same each time; of every class at least one."""
    generator = np.random.default_rng(_SEED)
    present = 0 if classes is None else len(np.unique(classes))
    done = in_vain = 0
    while done < RESAMPLES and in_vain < RESAMPLES:
        rows = generator.integers(0, count, count)
        if classes is not None and len(np.unique(classes[rows])) < present:
            in_vain += 1
            continue
        done += 1
        yield rows
    if done == RESAMPLES or classes is None:
        return
    # Some class is so rare that most samples lack it: draw within the classes.
    by_class = np.argsort(classes, kind="stable")
    _, starts, sizes = np.unique(classes[by_class], return_index=True, return_counts=True)
    for _ in range(RESAMPLES - done):
        places = generator.random(count) * np.repeat(sizes, sizes)
        yield by_class[np.repeat(starts, sizes) + places.astype(np.int64)]


def bootstrap(
    statistic: Callable[[np.ndarray], Any],
    count: int,
    *,
    classes: np.ndarray | None = None,
    progress: Progress | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the ends of 95 % percentile intervals, over a thousand resamples of the examples.

    Args:
        statistic: returns a figure, or several, of the examples of the rows given: an int array
            of shape (count,), in which a row may stand several times.
        count: number of examples.
        classes: int array of shape (count,), the class of each, where the statistic needs every
            class that occurs.
        progress: called with the number of resamples done.

    Returns:
        The lower and the upper ends, each of the shape of what `statistic` returns.

    Example:
        >>> values = np.array([1.0, 2.0, 3.0])
        >>> low, high = bootstrap(lambda rows: values[rows].mean(), 3)
        >>> round(float(low), 2), round(float(high), 2)
        (1.0, 3.0)

    Reference:
        [Efron & Tibshirani, 1993](https://doi.org/10.1201/9780429246593)
    """
    samples = []
    for rows in _resamples(count, classes):
        samples.append(statistic(rows))
        if progress is not None:
            progress("bootstrap", len(samples), RESAMPLES)
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(np.array(samples), [tail, 1 - tail], axis=0)
    return low, high


def figure(
    name: str,
    split: str,
    value: float,
    ends: tuple[Any, Any],
    count: int,
    *,
    orders: bool = False,
    **more: Any,
) -> Metric:
    """Return a figure as a record holds it.

    Args:
        name: the metric's name.
        split: what the examples are.
        value: the figure.
        ends: of its 95 % interval.
        count: number of examples.
        orders: whether figures of this kind span many orders of magnitude: six digits that count
            are kept then, and else six decimals.
        **more: other fields of the record, such as a signature.

    Example:
        >>> figure("accuracy", "test", 2 / 3, (0.1, 0.9), 3).value
        0.666667
    """
    value, low, high = (
        float(f"{number:.6g}") if orders else round(float(number), 6) for number in (value, *ends)
    )
    return Metric(
        name=name,
        split=split,
        value=value,
        confidence_interval=(low, high),
        confidence_level=CONFIDENCE,
        num_examples=count,
        **more,
    )


@dataclass(frozen=True)
class Comparison:
    """One figure of a record beside what was measured.

    Attributes:
        claimed: the record's figure.
        measured: that of the same name measured here; None where there is none.
        allowed: the lowest and the highest claim that would agree.
        reason: what does not agree, in a few words; empty where all does.
    """

    claimed: Metric
    measured: Metric | None
    allowed: tuple[float, float]
    reason: str = ""

    @property
    def agrees(self) -> bool:
        """Whether the claim is borne out."""
        return not self.reason


@dataclass(frozen=True)
class Bound:
    """What decides how far a claim may lie from what was measured.

    Attributes:
        noise: how much a metric of the checkpoint's task may differ, by the metric's name, that
            of a number of steps without the number: `nrmse` of `nrmse_84`.
        scored: examples that were scored.
        total: examples of the whole split.
        class_counts: of a classifier, how many of those scored each class has that occurs.
        same_data: whether they are those that the claim is of.
    """

    noise: Mapping[str, Noise]
    scored: int
    total: int
    class_counts: tuple[int, ...] = ()
    same_data: bool = True

    def noise_of(self, metric: str) -> Noise:
        """Return how much a metric may differ.

        Args:
            metric: its name.
        """
        found = self.noise.get(metric) or self.noise.get(re.sub(r"_[0-9]+$", "", metric))
        return found or Noise()

    @property
    def sampled(self) -> bool:
        """Whether they are a part of the split only."""
        return self.scored < self.total


def warn_of_few(metrics: Sequence[Metric]) -> tuple[Metric, ...]:
    """Return figures, and warn where they are of so few examples that intervals say little.

    Args:
        metrics: the figures.
    """
    counts = [metric.num_examples for metric in metrics]
    if counts and min(counts) < _FEW:
        few = min(counts)
        warn_user(
            f"{few} example{'s are' if few > 1 else ' is'} too few for an interval: it says less "
            f"than it seems. Score {_FEW} or more",
        )
    return tuple(metrics)


def allowed_range(measured: Metric, bound: Bound) -> tuple[float, float]:
    """Return the lowest and the highest claim that agrees with a measured figure.

    On the examples that the claim is of, it is the figure with what noise may change. On a
    sample it is an interval of its standard error, that of the bootstrap corrected for the part
    of the split that was seen, widened by the weight of 18 examples: so much does Wilson's
    interval of a share need near 0 and 1, where the bootstrap sees no spread at all.

    Args:
        measured: the figure measured here.
        bound: on what.

    Reference:
        [Wilson, 1927](https://doi.org/10.1080/01621459.1927.10502953)
    """
    value, noise = measured.value, bound.noise_of(measured.name)
    low, high = measured.confidence_interval
    error = (high - low) / 2 / _NORMAL_95
    if not bound.same_data:
        if noise.elsewhere is None:
            half = _Z * math.sqrt(2) * error  # two sets of examples, each with its error
            return value - half, value + half
        return value / noise.elsewhere, value * noise.elsewhere
    rounding = _ROUNDING * (abs(value) if noise.relative else max(1.0, abs(value)))
    if noise.example == "class" and bound.class_counts:
        weight = 2 / (len(bound.class_counts) * min(bound.class_counts))
    elif noise.example == "share" or (noise.example == "clipped" and bound.sampled):
        weight = 1 / bound.scored
    else:
        weight = error / math.sqrt(bound.scored)
    if bound.sampled:
        unseen = math.sqrt(1 - bound.scored / bound.total)
        half = _Z * error * unseen + _Z**2 * weight
    else:
        half = noise.absolute + noise.relative * abs(value)
        half += math.ceil(noise.tipped * bound.scored) * weight
    return value - half - rounding, value + half + rounding


def compare(claimed: Metric, measured: Metric | None, bound: Bound, info: ModelInfo) -> Comparison:
    """Return how a claim compares with what was measured.

    Args:
        claimed: the record's figure.
        measured: that of the same name measured here; None where there is none.
        bound: on what.
        info: the record.
    """
    if measured is None:
        nowhere = (math.nan, math.nan)
        return Comparison(claimed, None, nowhere, "not a figure that the zoo measures")
    allowed = allowed_range(measured, bound)
    # Every comparison of the verdict is written so that NaN fails it.
    reason = ""
    examples = bound.total if bound.sampled else measured.num_examples
    if not allowed[0] <= claimed.value <= allowed[1]:
        reason = "the figure differs"
    elif claimed.num_examples != examples:
        reason = f"of {claimed.num_examples:,} examples, here {examples:,}"
    elif _way(claimed) != _way(measured):
        reason = "scored in another way"
    elif not bound.sampled and bound.same_data and not _same_interval(claimed, measured, allowed):
        reason = "the interval differs"
    elif not _seeds_hold(claimed, info):
        reason = "the figures over seeds do not fit it"
    return Comparison(claimed, measured, allowed, reason)


def _way(metric: Metric) -> list[str]:
    """Return a figure's signature without the version of the library, which may be another."""
    signature = metric.signature if isinstance(metric.signature, str) else ""
    return [part for part in signature.split("|") if not part.startswith("version:")]


def _same_interval(claimed: Metric, measured: Metric, allowed: tuple[float, float]) -> bool:
    low, high = measured.confidence_interval
    # The ends are quantiles of a thousand resamples: another version's random numbers move them
    # by a fortieth of the width or so.
    margin = (allowed[1] - allowed[0]) / 2 + (high - low) / 10
    return claimed.confidence_level == measured.confidence_level and all(
        abs(one - other) <= margin
        for one, other in zip(
            claimed.confidence_interval, measured.confidence_interval, strict=True
        )
    )


def _seeds_hold(metric: Metric, info: ModelInfo) -> bool:
    """Return whether mean and spread are those of the seeds, and the bundled one is the figure."""
    seeds = metric.seeds
    if seeds is None:
        return True
    values = list(seeds.values.values())
    own = seeds.values.get(str(info.training.seed)) if info.training else None
    return (
        len(values) > 1
        and own == metric.value
        and math.isclose(seeds.mean, float(np.mean(values)), rel_tol=2e-5)
        and math.isclose(seeds.std, float(np.std(values, ddof=1)), rel_tol=1e-2, abs_tol=2e-6)
    )
