"""Score a model: metrics with bootstrap intervals, on a data set or a user's file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from zoo import statistics
from zoo.datasets import (
    PairDataset,
    SeriesDataset,
    TextDataset,
    dataset_named,
    load_dataset,
)
from zoo.errors import DataError, InputError, shown
from zoo.interfaces import Scoring
from zoo.pipelines import pipeline
from zoo.schema import Metric, ModelInfo
from zoo.series.files import SeriesReading
from zoo.tables.columns import Reading
from zoo.task import Task, task_of

__all__ = ["evaluate"]


def evaluate(
    name: Any,
    data: Any = None,
    *,
    source: str | None = None,
    revision: str | None = None,
    split: str = "test",
    progress: Callable[[str, int, int], None] | None = None,
    plot: str | Path | None = None,
    text_column: str = "text",
    label_column: str | None = None,
    reading: Reading | SeriesReading | None = None,
    horizon: int | None = None,
) -> tuple[Metric, ...]:
    """Score a checkpoint, by default on the official test split of its own data set.

    Args:
        name: an entry's name, a checkpoint directory, `"hf://user/repo"`, or a pipeline.
        data: what to score on instead: a `TextDataset`, `PairDataset` or `SeriesDataset`; or
            whatever `zoo.finetune` takes. Of texts a file, folder or data set, a table of pandas,
            polars, Arrow or `datasets`, or a pair of lists; of series a file, a folder of them or
            for every class, or arrays.
        source: `"hub"` for the published copy of an entry.
        revision: branch, tag or commit on the Hub, as for `zoo.load`.
        split: the split of the checkpoint's data set, when `data` is not given.
        progress: called with what is being done, how much is done, and how much there is.
        plot: PNG file to write BLEU by the length of the source to, of a translator.
        text_column: name of the column of texts in a table.
        label_column: name of the column of labels, `"label"` by default, or of translations,
            `"translation"` by default.
        reading: how a table in text is to be read, of series a `SeriesReading`; by default that
            is found out.
        horizon: steps of every free-running forecast of series of one's own.

    Returns:
        Accuracy, precision, recall, F1 and AUC of a classifier; BLEU, chrF, ROUGE-L, perplexity
        and brevity penalty of a translator; of a forecaster how far it runs free, and the error
        of one step; all with 95 % bootstrap intervals.

    Raises:
        UnknownModelError: there is no such entry or directory, or it is not published.
        CheckpointError: the checkpoint is damaged or tampered with.
        HubError: the Hub cannot be reached, or does not have it.
        DataError: the data cannot be read, or the checkpoint names no data set.

    Example:
        >>> import zoo
        >>> zoo.evaluate("lstm-imdb")[0].name  # doctest: +SKIP
        'accuracy'
    """
    if isinstance(name, str | Path):
        model: Any = pipeline(name, source=source, revision=revision)
    elif source is None and revision is None:
        model = name
    else:
        raise InputError(
            "Expected source and revision with the name of a checkpoint only. "
            f"Received: {type(name).__name__}"
        )
    info, task = model.info, task_of(model.info)
    if task.data is not SeriesDataset and (
        horizon is not None or isinstance(reading, SeriesReading)
    ):
        raise InputError(
            "Expected a horizon and a SeriesReading with a model of numeric series only. "
            f"Received: {info.name}, of the task {info.task}"
        )
    own = data is not None and not isinstance(data, TextDataset | PairDataset | SeriesDataset)
    how = Scoring(
        split=split,
        own=own,
        text_column=text_column,
        label_column=label_column,
        reading=reading,
        horizon=horizon,
        plot=None if plot is None else Path(plot),
        progress=progress,
    )
    if data is None:
        data = _official(info, task, split)
    elif own:
        data = task.read(model, data, how)
    return statistics.warn_of_few(task.evaluate(model, data, how))


def _official(info: ModelInfo, task: Task, split: str) -> Any:
    """Return a split of the data set that a record names."""
    name = info.dataset.name if info.dataset else None
    if name is None or dataset_named(name) is None:
        raise DataError(
            "Expected a checkpoint that names a data set of the zoo, or data of your own: "
            f"{task.own_data}. Received: {info.name!r}, which names "
            f"{'none' if name is None else shown(name)}. Give it with --data (data= in Python)"
        )
    return load_dataset(name, split)
