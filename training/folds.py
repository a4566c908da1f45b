"""Figures over models of one recipe, each trained on another cut of the same data."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np

from zoo.datasets import dataset_named, load_dataset
from zoo.errors import InputError, shown
from zoo.formats import Checkpoint
from zoo.interfaces import Scoring
from zoo.pipelines import make_pipeline
from zoo.recipe import Recipe
from zoo.schema import FoldSpread, Metric, ModelInfo
from zoo.task import task_of

__all__ = ["FoldPipelines", "joined", "on_fold", "with_folds"]


class FoldPipelines:
    """Answers examples of all cuts, those of each by the model that has not seen them.

    Args:
        pipelines: one of every cut, in the order in which the examples come.
        counts: how many examples there are of each.
    """

    def __init__(self, pipelines: Sequence[Any], counts: Sequence[int]) -> None:
        self._pipelines, self._counts = pipelines, counts
        self._done = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pipelines[0], name)

    def predict_proba(self, examples: Sequence[Any], *args: Any, **kwargs: Any) -> np.ndarray:
        """Return what the models answer to the next examples, whose order is that of the cuts."""
        found, ends = [], np.cumsum([0, *self._counts])
        first, self._done = self._done, self._done + len(examples)
        for number, pipeline in enumerate(self._pipelines):
            own = slice(max(0, ends[number] - first), max(0, ends[number + 1] - first))
            if part := examples[own]:
                found.append(pipeline.predict_proba(part, *args, **kwargs))
        return np.concatenate(found)


def joined(parts: Sequence[Any]) -> Any:
    """Return the examples of several data sets of a kind as one.

    Args:
        parts: dataclasses of arrays and lists.
    """
    values: dict[str, Any] = {}
    for field in dataclasses.fields(parts[0]):
        own = [getattr(part, field.name) for part in parts]
        if isinstance(own[0], np.ndarray):
            values[field.name] = np.concatenate(own)
        else:
            values[field.name] = None if own[0] is None else [one for part in own for one in part]
    return type(parts[0])(**values)


def on_fold(recipe: Recipe, name: str) -> Recipe:
    """Return a recipe for another cut of its data.

    Args:
        recipe: the recipe.
        name: the cut, one of the `folds` of its data set.

    Raises:
        InputError: its data has no such cut.
    """
    dataset = dataset_named(recipe.dataset)
    folds = dataset.folds if dataset is not None else ()
    if name not in folds:
        known = f"out of {', '.join(folds)}" if folds else "of data that has any"
        raise InputError(f"Expected a fold {known}, for {recipe.name}. Received: {shown(name)}")
    other = dataset_named(name)
    assert other is not None
    return dataclasses.replace(recipe, dataset=name, dataset_info=other.info)


def with_folds(
    info: ModelInfo, source: Checkpoint, others: Sequence[Checkpoint]
) -> tuple[Metric, ...]:
    """Return the metrics of a checkpoint with what they are over all cuts of its data.

    Args:
        info: its record, with its metrics on the test part of its own cut.
        source: the checkpoint.
        others: evaluated checkpoints of the same recipe and seed, one of every other cut.

    Raises:
        InputError: one is missing, is there twice, or is another entry's or seed's.
    """
    assert info.dataset is not None
    dataset = dataset_named(info.dataset.name)
    wanted = set(dataset.folds) if dataset is not None else set[str]()
    records = [info, *(other.info for other in others)]
    cuts = [record.dataset.name if record.dataset else "" for record in records]
    seeds = {record.training.seed if record.training else None for record in records}
    names = {record.name for record in records}
    if len(cuts) != len(set(cuts)) or set(cuts) != wanted or len(names) > 1 or len(seeds) > 1:
        raise InputError(
            f"Expected one run of {info.name} on each of {shown(sorted(wanted), 400)}, all of one "
            f"seed. Received: {shown(cuts, 400)}, of the seeds {shown(seeds)}"
        )
    tests = [load_dataset(cut, "test") for cut in cuts]
    pipelines = [make_pipeline(one) for one in (source, *others)]
    together = task_of(info).evaluate(
        FoldPipelines(pipelines, [len(test) for test in tests]), joined(tests), Scoring()
    )
    metrics = []
    for metric, pooled in zip(info.metrics, together, strict=True):
        found = [record.metric(metric.name) for record in records]
        values = {cut: one.value for cut, one in zip(cuts, found, strict=True) if one is not None}
        numbers = list(values.values())
        folds = FoldSpread(
            values=values,
            mean=float(f"{np.mean(numbers):.6g}"),
            std=float(f"{np.std(numbers, ddof=1):.6g}"),
            pooled=pooled.value,
            confidence_interval=pooled.confidence_interval,
            num_examples=pooled.num_examples,
        )
        metrics.append(msgspec.structs.replace(metric, folds=folds))
    return tuple(metrics)
