"""Figures with their intervals, and when a claimed one agrees with a measured one."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from zoo.schema import Metric, ModelInfo

__all__ = [
    "CONFIDENCE",
    "RESAMPLES",
    "Bound",
    "Comparison",
    "Noise",
    "allowed_range",
    "compare",
    "figure",
    "generator",
    "interval",
    "resamples",
    "warn_of_few",
]

CONFIDENCE = 0.95
RESAMPLES = 1_000
_SEED = 0

# By the normal law a record of five honest figures fails on one sample in ten thousand: each
# figure has a fifth of that, both sides together, and this many standard errors leave it.
_Z = 4.265

_ROUNDING = 1.5e-6  # both figures are rounded to six decimals, or six digits

# Chaos turns another machine's last digit into another trajectory of the same system, of which an
# error of 84 steps, or of one, was seen to differ by a factor of 2.5, whatever the bootstrap of the
# one at hand says.
_OTHER_TRAJECTORY = 3.0

_NORMAL_95 = 1.959964
# Fewer than this the bootstrap hardly draws anything else than what is there.
_FEW = 30


def generator() -> np.random.Generator:
    """Return what resamples are drawn with: the same figures get the same intervals."""
    return np.random.default_rng(_SEED)


def resamples(count: int) -> Iterator[np.ndarray]:
    """Yield `RESAMPLES` draws of as many examples as there are, with replacement.

    Args:
        count: number of examples.

    Returns:
        int64 arrays of shape (count,), the numbers of the examples.
    """
    drawing = generator()
    for _ in range(RESAMPLES):
        yield drawing.integers(0, count, count)


def interval(samples: Any) -> tuple[Any, Any]:
    """Return the ends of the 95 % percentile interval of a figure over resamples.

    Args:
        samples: float array of shape (resamples,), or (resamples, figures).

    Example:
        >>> interval(np.arange(1001))
        (np.float64(25.0), np.float64(975.0))

    Reference:
        [Efron & Tibshirani, 1993](https://doi.org/10.1201/9780429246593)
    """
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(np.asarray(samples), [tail, 1 - tail], axis=0)
    return low, high


def figure(
    name: str,
    split: str,
    value: float,
    ends: tuple[float, float],
    count: int,
    *,
    orders: bool = False,
    **more: Any,
) -> Metric:
    """Return a figure with its interval as a record holds it.

    Args:
        name: the metric's name.
        split: what the examples are.
        value: the figure.
        ends: of its 95 % interval.
        count: number of examples.
        orders: whether figures of this kind span many orders of magnitude: six digits that count
            are kept then, and else six decimals.
        **more: other fields of `Metric`.
    """
    numbers = [float(number) for number in (value, *ends)]
    if orders:
        numbers = [float(f"{number:.6g}") for number in numbers]
    else:
        numbers = [round(number, 6) for number in numbers]
    return Metric(
        name=name,
        split=split,
        value=numbers[0],
        confidence_interval=(numbers[1], numbers[2]),
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


@dataclass(frozen=True, kw_only=True)
class Noise:
    """How much an honest re-measurement of a task's figures may differ.

    Another machine's float32 moves a probability by about 1e-5, the bound that the pipelines keep
    to Keras.

    Attributes:
        tipped: share of the examples that it may tip over, where a figure counts examples.
        relative: share of a figure by its name, where it is no count.
        absolute: difference of a figure by its name.
    """

    tipped: float = 0.0
    relative: Mapping[str, float] = field(default_factory=dict)
    absolute: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Bound:
    """What decides how far a claim may lie from what was measured.

    Attributes:
        noise: how much an honest re-measurement may differ.
        scored: examples that were scored.
        total: examples of the whole split.
        class_counts: of a classifier, how many of those scored each class has that occurs.
        same_data: whether they are those that the claim is of.
    """

    noise: Noise
    scored: int
    total: int
    class_counts: tuple[int, ...] = ()
    same_data: bool = True

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
        warnings.warn(
            f"{few} example{'s are' if few > 1 else ' is'} too few for an interval: it says less "
            f"than it seems. Score {_FEW} or more",
            stacklevel=3,
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
    value, name = measured.value, measured.name
    low, high = measured.confidence_interval
    error = (high - low) / 2 / _NORMAL_95
    if not bound.same_data:
        if name == "valid_time":
            half = _Z * math.sqrt(2) * error  # two stretches, each with its error
            return value - half, value + half
        return value / _OTHER_TRAJECTORY, value * _OTHER_TRAJECTORY
    rounding = _ROUNDING * (abs(value) if name in bound.noise.relative else max(1.0, abs(value)))
    # What one example weighs: a share of them all, or of the smallest class where a figure is of
    # one class or a mean over classes, where it may change two; otherwise its standard error.
    if bound.class_counts and name != "accuracy":
        weight = 2 / (len(bound.class_counts) * min(bound.class_counts))
    elif bound.class_counts or (name == "brevity_penalty" and bound.sampled):
        weight = 1 / bound.scored
    else:
        weight = error / math.sqrt(bound.scored)
    if bound.sampled:
        unseen = math.sqrt(1 - bound.scored / bound.total)
        half = _Z * error * unseen + _Z**2 * weight
    elif name in bound.noise.absolute:
        half = bound.noise.absolute[name]
    elif name in bound.noise.relative:
        half = bound.noise.relative[name] * abs(value)
    else:
        half = math.ceil(bound.noise.tipped * bound.scored) * weight
    return value - half - rounding, value + half + rounding


def compare(claimed: Metric, measured: Metric | None, bound: Bound, info: ModelInfo) -> Comparison:
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
