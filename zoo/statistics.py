"""When a claimed figure agrees with a measured one: on the same examples, and on a sample."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from zoo.schema import Metric, ModelInfo

__all__ = ["TRAJECTORIES", "Bound", "Comparison", "allowed_range", "compare", "warn_of_few"]

# By the normal law a record of five honest figures fails on one sample in ten thousand: each
# figure has a fifth of that, both sides together, and this many standard errors leave it.
_Z = 4.265

# What noise of floating point may change. Another machine's float32 moves a probability by about
# 1e-5, the bound that the pipelines keep to Keras; of 25,000 reviews some 0.1 are so undecided
# that it tips them over, and three are allowed. A sentence has twenty tokens, each of which may
# tip over: three of 1,000. Series are computed in float64, where none has been seen to.
_TIPPED = {"text-classification": 3 / 25_000, "translation": 3 / 1_000}
_AUC_NOISE = 2e-5
_NUMBER_NOISE = {"perplexity": 1e-4, "nrmse_84": 2e-3, "rmse_1": 2e-3, "valid_time": 2e-3}
_ROUNDING = 1.5e-6  # both figures are rounded to six decimals, or six digits

# The test stretches of the systems that are integrated here. Chaos turns another machine's last
# digit into another trajectory of the same system, of which an error of 84 steps, or of one, was
# seen to differ by a factor of 2.5, whatever the bootstrap of the one at hand says.
TRAJECTORIES = {
    "mackey_glass": "3376040e0e885153d57a32818c0babe63827765b9f72c2caca323ec0d24271cd",
    "lorenz": "706a2b438d111ea0ec7f07e5b71d42033c4d7ae0ab019524ca8573d5a26b6366",
}
_OTHER_TRAJECTORY = 3.0

_NORMAL_95 = 1.959964
# Fewer than this the bootstrap hardly draws anything else than what is there.
_FEW = 30


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
        task: the checkpoint's task.
        scored: examples that were scored.
        total: examples of the whole split.
        class_counts: of a classifier, how many of those scored each class has that occurs.
        same_data: whether they are those that the claim is of.
    """

    task: str
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
    rounding = _ROUNDING * (abs(value) if name in _NUMBER_NOISE else max(1.0, abs(value)))
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
    elif name == "auc":
        half = _AUC_NOISE
    elif name in _NUMBER_NOISE:
        half = _NUMBER_NOISE[name] * abs(value)
    else:
        half = math.ceil(_TIPPED.get(bound.task, 0.0) * bound.scored) * weight
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
