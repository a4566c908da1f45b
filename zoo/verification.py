"""Verify a checkpoint: every hash and check anew, and every claimed figure measured again."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from zoo import registry
from zoo.errors import DataError, InputError, shown
from zoo.schema import Metric, ModelInfo

__all__ = ["MIN_LIMIT", "Comparison", "Verification", "allowed_range", "verify"]

# Of fewer examples a sample says next to nothing.
MIN_LIMIT = 100

# A record of five honest figures fails on a sample in at most one of ten thousand samples: each
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
_TRAJECTORIES = {
    "mackey_glass": "3376040e0e885153d57a32818c0babe63827765b9f72c2caca323ec0d24271cd",
    "lorenz": "706a2b438d111ea0ec7f07e5b71d42033c4d7ae0ab019524ca8573d5a26b6366",
}
_OTHER_TRAJECTORY = 3.0

_NORMAL_95 = 1.959964
_SEED = 0


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
class Verification:
    """What a verification found; that the files are as the record says is certain by then.

    Attributes:
        info: the checkpoint's record.
        comparisons: one of every figure of the record; none where only hashes were asked for.
        basis: what was measured on, in words.
    """

    info: ModelInfo
    comparisons: tuple[Comparison, ...] = ()
    basis: str = ""

    @property
    def agrees(self) -> bool:
        """Whether every claim is borne out."""
        return all(comparison.agrees for comparison in self.comparisons)

    @property
    def complaint(self) -> str:
        """What does not agree, as one sentence; empty where all does."""
        wrong = [item for item in self.comparisons if not item.agrees]
        named = ", ".join(
            f"{item.claimed.split} {item.claimed.name} ({item.reason})" for item in wrong
        )
        if not wrong:
            return ""
        return (
            f"Expected the figures of {self.info.name} as its record claims them. Received: "
            f"{len(wrong)} of {len(self.comparisons)} that do not agree: {named}"
        )


def verify(
    name: str | Path,
    data: Any = None,
    *,
    source: str | None = None,
    revision: str | None = None,
    limit: int | None = None,
    hashes_only: bool = False,
    progress: Callable[[str, int, int], None] | None = None,
) -> Verification:
    """Check all files of a checkpoint, and measure every figure of its record again.

    On the whole split, a figure agrees when it is the same but for the noise of floating point,
    its interval the same but for a tenth of its width. On a sample it agrees when it lies within
    what the sample allows: an honest record fails by chance in one of ten thousand samples at
    most. The sample is always the same one. A forecaster's series is one whole: of it no sample
    is taken. Of the figures over seeds those of the bundled weights are measured, and that the
    others make the mean and the spread is checked.

    Args:
        name: an entry's name, a checkpoint directory, or `"hf://user/repo"` for a repository of
            the Hugging Face Hub.
        data: the split that the figures are of, where it was loaded before; by default it is read
            where it is at hand, and never fetched.
        source: `"hub"` for the published copy of an entry; None for the bundled one.
        revision: branch, tag or commit on the Hub, as for `zoo.load`.
        limit: examples of the sample, at least 100; None measures on the whole split.
        hashes_only: whether the figures are left out.
        progress: called with what is being done, how much is done, and how much there is.

    Raises:
        UnknownModelError: there is no such entry or directory, or it is not published.
        CheckpointError: the checkpoint is damaged or tampered with.
        HubError: the Hub cannot be reached, or does not have it.
        DataError: the files are as they should be, but the data set is not at hand.
        InputError: `limit` is too small, or stands beside `hashes_only`; or `data` is given for
            a record of several splits.

    Example:
        >>> import zoo
        >>> zoo.verify("lstm-imdb", hashes_only=True).agrees
        True
        >>> zoo.verify("lstm-imdb", limit=1000).agrees  # doctest: +SKIP
        True
    """
    if limit is not None and (
        isinstance(limit, bool) or not isinstance(limit, int) or limit < MIN_LIMIT
    ):
        raise InputError(
            f"Expected a limit of at least {MIN_LIMIT} examples. Received: {shown(limit)}"
        )
    if hashes_only and limit is not None:
        raise InputError("Expected either hashes_only or a limit. Received: both")
    loaded = registry.read(name, source=source, revision=revision)
    info = loaded.info
    from zoo.runtime.pipeline import make_pipeline

    model = make_pipeline(loaded)  # which refuses a vocabulary that does not fit
    if hashes_only or not info.metrics:
        return Verification(info)
    splits = list(dict.fromkeys(metric.split for metric in info.metrics))
    if data is not None and len(splits) > 1:
        raise InputError(
            f"Expected no data for a record of the splits {shown(splits)}: each is loaded. "
            f"Received: {type(data).__name__}"
        )
    comparisons, basis = {}, ""
    for split in splits:
        claims = [metric for metric in info.metrics if metric.split == split]
        whole = _load(info, split) if data is None else data
        measured, bound, basis = _measure(model, whole, split, limit, progress)
        found = {metric.name: metric for metric in measured}
        for claim in claims:
            comparisons[id(claim)] = _compare(claim, found.get(claim.name), bound, info)
    ordered = tuple(comparisons[id(metric)] for metric in info.metrics)
    return Verification(info, ordered, basis)


def _load(info: ModelInfo, split: str) -> Any:
    """Return a split of the record's data set, or say plainly that it is not at hand."""
    from zoo.datasets import load_dataset

    if info.dataset is None:
        raise DataError(
            f"The files of {info.name} are as its record says, but its figures cannot be "
            "verified. Expected: a record that names its data set. Received: none"
        )
    try:
        return load_dataset(info.dataset.name, split, download=False)
    except (DataError, InputError) as error:
        raise DataError(
            f"The files of {info.name} are as its record says, but its figures cannot be "
            f"verified: the {shown(split)} split of {shown(info.dataset.name)} is not at hand. "
            f"Fetch it with `zoo evaluate`. {error}"
        ) from error


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


def _measure(
    model: Any,
    data: Any,
    split: str,
    limit: int | None,
    progress: Callable[[str, int, int], None] | None,
) -> tuple[Sequence[Metric], Bound, str]:
    from zoo.evaluation import evaluate

    info: ModelInfo = model.info
    if info.task == "time-series-forecasting":
        content = np.ascontiguousarray(data.series[0], np.float64).tobytes()
        known = _TRAJECTORIES.get(info.dataset.name if info.dataset else "")
        same = split != "test" or hashlib.sha256(content).hexdigest() == known
        basis = f"the whole {split} split"
        if not same:
            basis += ", integrated here to another trajectory than the record's"
        metrics = evaluate(model, data, split=split, progress=progress)
        return metrics, Bound(info.task, 1, 1, same_data=same), basis
    total = len(data)
    basis = f"the whole {split} split"
    if limit is not None and limit < total:
        rows = np.sort(np.random.default_rng(_SEED).choice(total, limit, replace=False))
        data = _select(data, rows)
        basis = f"a sample of {limit:,} of {total:,} examples of the {split} split"
    labels = getattr(data, "labels", None)
    counts: tuple[int, ...] = ()
    if labels is not None:
        counts = tuple(np.unique(labels, return_counts=True)[1].tolist())
        if len(counts) < len(info.labels):
            raise InputError(
                f"Expected examples of all {len(info.labels)} classes in {basis}. "
                f"Received: {len(counts)} of them. Raise the limit"
            )
    metrics = evaluate(model, data, split=split, progress=progress)
    return metrics, Bound(info.task, len(data), total, counts), basis


def _select(data: Any, rows: np.ndarray) -> Any:
    """Return some examples of a data set, of whichever kind it is."""
    fields = {
        name: value[rows] if isinstance(value, np.ndarray) else [value[row] for row in rows]
        for name, value in vars(data).items()
        if value is not None
    }
    return type(data)(**fields)


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


def _compare(claimed: Metric, measured: Metric | None, bound: Bound, info: ModelInfo) -> Comparison:
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
