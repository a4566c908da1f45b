"""Verify a checkpoint: every hash and check anew, and every claimed figure measured again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from zoo import registry
from zoo.common.counts import whole
from zoo.common.notebook import line, table
from zoo.common.optional import tells_what_is_missing
from zoo.errors import DataError, InputError, shown
from zoo.schema import Metric, ModelInfo, short
from zoo.statistics import Bound, Comparison, compare
from zoo.task import task_of

__all__ = ["MIN_LIMIT", "Verification", "verify"]

# Of fewer examples a sample says next to nothing.
MIN_LIMIT = 100

_SEED = 0


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

    def __repr__(self) -> str:
        return line(self, self.info.name, agrees=self.agrees, comparisons=len(self.comparisons))

    def _repr_html_(self) -> str:
        rows = [
            (
                f"{item.claimed.split} {item.claimed.name}",
                short(item.claimed.value),
                short(item.measured.value) if item.measured else "",
                item.reason or "agrees",
            )
            for item in self.comparisons
        ]
        return table(rows, ("figure", "record", "measured", ""))

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


@tells_what_is_missing
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
    most. The sample is always the same one. A series that is forecast and a text that is read on
    and on are one whole: of them no sample is taken. Of the figures over seeds those of the bundled
    weights are measured, and that the others make the mean and the spread is checked.

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
    count = whole(limit)
    if limit is not None and (count is None or count < MIN_LIMIT):
        raise InputError(
            f"Expected a limit of at least {MIN_LIMIT} examples. Received: {shown(limit)}"
        )
    limit = count
    if hashes_only and limit is not None:
        raise InputError("Expected either hashes_only or a limit. Received: both")
    loaded = registry.read(name, source=source, revision=revision)
    info = loaded.info
    from zoo.pipelines import make_pipeline

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
        everything = _load(info, split) if data is None else data
        measured, bound, basis = _measure(model, everything, split, limit, progress)
        found = {metric.name: metric for metric in measured}
        for claim in claims:
            comparisons[id(claim)] = compare(claim, found.get(claim.name), bound, info)
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


def _measure(
    model: Any,
    data: Any,
    split: str,
    limit: int | None,
    progress: Callable[[str, int, int], None] | None,
) -> tuple[Sequence[Metric], Bound, str]:
    from zoo.datasets import dataset_named
    from zoo.datasets.common import fingerprint
    from zoo.evaluation import evaluate

    info: ModelInfo = model.info
    task = task_of(info)
    if task.whole:
        dataset = dataset_named(info.dataset.name) if info.dataset else None
        known = dataset.digests.get(split) if dataset else None
        same = known in (None, fingerprint(data))
        basis = f"the whole {split} split"
        if not same:
            basis += ", integrated here to another trajectory than the record's"
        metrics = evaluate(model, data, split=split, progress=progress)
        return metrics, Bound(task.noise, 1, 1, same_data=same), basis
    whole, total, classes = data, len(data), _class_counts(data)
    basis = f"the whole {split} split"
    if limit is not None and limit < total:
        data = _select(data, _sample(total, limit))
        basis = f"a sample of {limit:,} of {total:,} examples of the {split} split"
    counts = _class_counts(data)
    if limit is not None and len(counts) < len(classes):
        enough = _limit_for_all(whole, len(classes), limit)
        way = f"Give a limit of {enough:,}, or leave it out" if enough else "Leave the limit out"
        raise InputError(
            f"Expected examples of all {len(classes)} classes in {basis}. "
            f"Received: {len(counts)} of them. {way}"
        )
    metrics = evaluate(model, data, split=split, progress=progress)
    return metrics, Bound(task.noise, len(data), total, counts), basis


def _sample(total: int, limit: int) -> np.ndarray:
    """Return the rows of a sample, which is the same each time."""
    return np.sort(np.random.default_rng(_SEED).choice(total, limit, replace=False))


def _limit_for_all(data: Any, classes: int, limit: int) -> int | None:
    """Return a limit whose sample holds every class, in steps of hundreds; None if only all do."""
    for more in range((limit // 100 + 1) * 100, len(data), 100):
        if len(np.unique(data.labels[_sample(len(data), more)])) == classes:
            return more
    return None


def _class_counts(data: Any) -> tuple[int, ...]:
    """Return how many examples there are of every class that occurs; none where none is told."""
    labels = getattr(data, "labels", None)
    if not isinstance(labels, np.ndarray) or labels.shape != (len(data),):
        return ()
    return tuple(np.unique(labels, return_counts=True)[1].tolist())


def _select(data: Any, rows: np.ndarray) -> Any:
    """Return some examples of a data set, of whichever kind it is."""
    fields = {
        name: value[rows] if isinstance(value, np.ndarray) else [value[row] for row in rows]
        for name, value in vars(data).items()
        if value is not None
    }
    return type(data)(**fields)
