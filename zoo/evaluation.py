"""Score a model: metrics with bootstrap intervals, on a data set or a user's file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any

from zoo import statistics
from zoo.common.figures import png
from zoo.common.optional import tells_what_is_missing
from zoo.datasets import dataset_named, load_dataset
from zoo.errors import DataError, InputError, shown
from zoo.files import output_path, write_atomically
from zoo.interfaces import Scoring
from zoo.pipelines import pipeline
from zoo.schema import Metric, ModelInfo
from zoo.task import Task, options_of, task_names, task_of

__all__ = ["evaluate"]


@tells_what_is_missing
def evaluate(
    name: Any,
    data: Any = None,
    *,
    source: str | None = None,
    revision: str | None = None,
    split: str = "test",
    progress: Callable[[str, int, int], None] | None = None,
    plot: str | Path | None = None,
    **options: Any,
) -> tuple[Metric, ...]:
    """Score a checkpoint, by default on the official test split of its own data set.

    Args:
        name: an entry's name, a checkpoint directory, `"hf://user/repo"`, or a pipeline.
        data: what to score on instead: a data set as `zoo.datasets.load_dataset` returns it; or
            whatever `zoo.finetune` takes. Of texts a file, folder or data set, a table of pandas,
            polars, Arrow or `datasets`, or a pair of lists; of running text a text file, a folder
            of them, or a list; of series a file, a folder of them or for every class, or arrays.
        source: `"hub"` for the published copy of an entry.
        revision: branch, tag or commit on the Hub, as for `zoo.load`.
        split: the split of the checkpoint's data set, when `data` is not given.
        progress: called with what is being done, how much is done, and how much there is.
        plot: PNG file to write a picture of the scores to, of a task that draws one: BLEU by the
            length of the source, of a translator; errors by the length of the text, of a speller;
            scores by type, of a tagger; which words or characters were expected least, of a
            language model.
        **options: those of `zoo evaluate` for the model's task, with underscores. Of texts:
            `text_column`, by default `"text"`, and `label_column`, by default `"label"`, or
            `"translation"` of a translator and `"target"` of a speller. Of series: `horizon`, the
            steps of every free-running forecast of series of one's own; `id_column`, the column of
            a table of many that says which series a line is of, and `label_column` of their
            classes. And what says how a table in text is to be read, which may be one value:
            `reading`, a `Reading`, or a `SeriesReading` of series.

    Returns:
        Accuracy, precision, recall, F1 and AUC of a classifier; BLEU, chrF, ROUGE-L, perplexity
        and brevity penalty of a translator; word and phone (or character) error rates
        of a speller; F1, precision and recall of whole entities of a tagger; perplexity, or nats
        and bits a character, of a language model; of a forecaster how far it runs free, and the
        error of one step, or of one that forecasts many steps at once its mean errors over them,
        and how many true values its quantiles hold; all with 95 % bootstrap intervals.

    Raises:
        UnknownModelError: there is no such entry or directory, or it is not published.
        CheckpointError: the checkpoint is damaged or tampered with.
        HubError: the Hub cannot be reached, or does not have it.
        DataError: the data cannot be read, or the checkpoint names no data set.
        InputError: the model's task does not take an option, or the data does not fit the model.

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
    given = {key: value for key, value in options.items() if value is not None}
    _check({**given, "plot": plot} if plot is not None else given, info)
    picture = None if plot is None else output_path(plot, "scores.png", (".png",))
    own = data is not None and not is_dataclass(data)

    def show(name: str, figure: Any) -> None:
        assert picture is not None
        write_atomically(picture, png(figure))

    how = Scoring(
        split=split,
        own=own,
        options=given,
        progress=progress,
        show=None if plot is None else show,
    )
    if data is None:
        data = _official(info, task, split)
    elif own:
        data = task.read(model, data, how)
    if not isinstance(data, task.data):
        raise InputError(
            f"Expected {task.own_data}, or a {task.data.__name__}, to score {task.noun}. "
            f"Received: {type(data).__name__}"
        )
    return statistics.warn_of_few(task.evaluate(model, data, how))


def _check(options: Mapping[str, Any], info: ModelInfo) -> None:
    """Refuse options that a model's task does not take."""
    if not options:
        return
    by_task = {task: {"reading", *options_of(task, "evaluate")} for task in task_names()}
    for option in options:
        if option in by_task[info.task]:
            continue
        takers = [task for task, known in by_task.items() if option in known]
        if not takers:
            known = ", ".join(sorted(by_task[info.task]))
            raise InputError(f"Expected options out of {known}. Received: {shown(option)}")
        raise InputError(
            f"Expected {option} with a model of the task {' or '.join(takers)} only. "
            f"Received: {info.name}, of the task {info.task}"
        )


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
