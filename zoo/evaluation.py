"""Score a model: metrics with bootstrap intervals, on a data set or a user's file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.classes.scores import ClassificationScores
from zoo.datasets.common import TextDataset
from zoo.errors import DataError, InputError
from zoo.pipelines import pipeline
from zoo.schema import Metric
from zoo.series.files import SeriesReading
from zoo.statistics import warn_of_few
from zoo.tables.columns import Reading, tell, text_of
from zoo.tables.labels import class_numbers
from zoo.tables.memory_tables import is_table
from zoo.tables.sources import read_columns
from zoo.tasks.translation.pipeline import TranslationPipeline
from zoo.text.doubts import Doubts

if TYPE_CHECKING:
    from zoo.datasets import PairDataset

__all__ = ["METRICS", "classification_metrics", "evaluate", "read_labelled", "read_pairs"]

METRICS = ("accuracy", "precision", "recall", "f1", "auc")
CONFIDENCE = 0.95
RESAMPLES = 1_000
_SEED = 0
_MOST_RANKED = 2_000_000  # probabilities up to which there is an AUC


def classification_metrics(
    probabilities: np.ndarray,
    labels: np.ndarray,
    split: str,
    progress: Callable[[int], None] | None = None,
) -> tuple[Metric, ...]:
    """Return accuracy, precision, recall, F1 and AUC, each with a 95 % bootstrap interval.

    With two classes, precision, recall and F1 are those of the second one; with more, all are
    averaged over the classes with equal weight, and AUC is one class against the rest. Where there
    are very many classes and examples AUC is left out: it would take hours. Where only one class
    occurs there is accuracy alone, and a warning: the others compare classes.

    Args:
        probabilities: float array of shape (examples, classes).
        labels: integer array of shape (examples,), the true class numbers.
        split: what the examples are, for the record.
        progress: called with the number of bootstrap samples done.

    Example:
        >>> scores = np.array([[0.9, 0.1], [0.2, 0.8], [0.4, 0.6], [0.7, 0.3]])
        >>> classification_metrics(scores, np.array([0, 1, 1, 1]), "test")[0].value
        0.75

    Reference:
        [Efron & Tibshirani, 1993](https://doi.org/10.1201/9780429246593) (percentile bootstrap)
    """
    present = np.unique(labels)
    names = METRICS if len(present) > 1 else METRICS[:1]
    if len(present) < 2:
        tell(
            f"All {len(labels)} examples are of one class, so that there is accuracy alone: "
            f"{', '.join(METRICS[1:])} need examples of two."
        )
    scores = (
        ClassificationScores(probabilities, labels, auc=probabilities.size <= _MOST_RANKED)
        if len(present) > 1
        else _accuracy(probabilities, labels)
    )
    by_class = np.argsort(labels, kind="stable")
    _, starts, sizes = np.unique(labels[by_class], return_index=True, return_counts=True)
    values = scores(np.ones(len(labels)))
    generator = np.random.default_rng(_SEED)
    samples: list[Sequence[float] | np.ndarray] = []
    drawn_in_vain = 0
    while len(samples) < RESAMPLES:
        if drawn_in_vain < RESAMPLES:
            drawn = generator.integers(0, len(labels), len(labels))
            if len(np.unique(labels[drawn])) < len(present):
                drawn_in_vain += 1  # a sample without one of the classes has no AUC
                continue
        else:  # some class is so rare that most samples lack it: draw within the classes
            places = generator.random(len(labels)) * np.repeat(sizes, sizes)
            drawn = by_class[np.repeat(starts, sizes) + places.astype(np.int64)]
        weights = np.bincount(drawn, minlength=len(labels)).astype(np.float64)
        samples.append(scores(weights))
        if progress is not None:
            progress(len(samples))
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(np.array(samples), [tail, 1 - tail], axis=0)
    return tuple(
        Metric(
            name=name,
            split=split,
            value=round(float(values[index]), 6),
            confidence_interval=(round(float(low[index]), 6), round(float(high[index]), 6)),
            confidence_level=CONFIDENCE,
            num_examples=len(labels),
        )
        for index, name in enumerate(names[: len(values)])
    )


def _accuracy(probabilities: np.ndarray, labels: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    right = probabilities.argmax(axis=1) == labels
    return lambda weights: np.array([np.average(right, weights=weights)])


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
    if model.info.task.startswith("time-series-"):
        from zoo.series.evaluation import evaluate_series

        if isinstance(reading, Reading):
            reading = SeriesReading(encoding=reading.encoding, delimiter=reading.delimiter)
        return warn_of_few(
            evaluate_series(model, data, split, progress, horizon=horizon, reading=reading)
        )
    if horizon is not None or isinstance(reading, SeriesReading):
        raise InputError(
            "Expected a horizon and a SeriesReading with a model of numeric series only. "
            f"Received: {model.info.name}, of the task {model.info.task}"
        )
    if data is None:
        if model.info.dataset is None:
            raise DataError(
                f"Expected a checkpoint that names its data set. Received: {model.info.name!r}, "
                "which names none. Give a file of texts and labels"
            )
        from zoo.datasets import load_dataset

        data = load_dataset(model.info.dataset.name, split)
    own = _is_source(data)
    if own and isinstance(model, TranslationPipeline):
        data = read_pairs(data, text_column, label_column or "translation", reading)
    elif own:
        labels = model.info.labels
        data = read_labelled(data, text_column, label_column or "label", labels, reading)
    if isinstance(model, TranslationPipeline):
        from zoo.common.figures import png
        from zoo.datasets import PairDataset
        from zoo.files import write_atomically
        from zoo.tasks.translation.scoring import draw_bleu_by_length, evaluate_translation

        if not isinstance(data, PairDataset):
            raise InputError(
                "Expected sentences and translations, a PairDataset, to score a translator. "
                f"Received: {type(data).__name__}"
            )
        metrics, translations = evaluate_translation(model, data, split, progress)
        if plot is not None:
            figure = draw_bleu_by_length(data.sources, translations, data.targets)
            write_atomically(Path(plot), png(figure))
        return warn_of_few(metrics)
    if not isinstance(data, TextDataset):
        raise InputError(
            "Expected texts and labels, a TextDataset, to score a classifier. "
            f"Received: {type(data).__name__}"
        )
    count = len(data.texts)
    probabilities = np.empty((count, len(model.info.labels)), np.float32)
    # Like lengths together, here as in the pipeline, but in chunks that progress can show.
    order = np.argsort([len(text) for text in data.texts], kind="stable")
    doubts = Doubts()
    for start in range(0, count, 1_000):
        rows = order[start : start + 1_000]
        texts = [data.texts[row] for row in rows]
        probabilities[rows], more = model.score_with_doubts(texts)
        doubts.add(more, rows)
        if progress is not None:
            progress("texts", start + len(rows), count)
    samples = None if progress is None else lambda done: progress("bootstrap", done, RESAMPLES)
    metrics = classification_metrics(probabilities, data.labels, split, samples)
    # The cards say what is read of the long reviews of a published data set.
    (doubts if own else doubts.only("empty text", "unknown words")).warn()
    return warn_of_few(metrics)


def _is_source(data: Any) -> bool:
    return isinstance(data, str | Path | tuple | list) or is_table(data)


def read_labelled(
    data: Any,
    text_column: str,
    label_column: str,
    labels: Sequence[str],
    reading: Reading | None = None,
) -> TextDataset:
    """Read texts and labels from a file, in any form that `read_columns` takes, or a table.

    The labels are names of the classes, or all of them their numbers from 0.

    Args:
        data: the file, folder or data set, a table in memory, or a pair of lists.
        text_column: name of the column of texts.
        label_column: name of the column of labels.
        labels: names of the classes, in the order of their numbers.
        reading: how a table in text is to be read.

    Raises:
        DataError: the file is missing, or not a table; a column is missing; or a label is not one
            of the classes.

    Example:
        >>> read_labelled((["a film"], ["good"]), "text", "label", ["bad", "good"]).labels.tolist()
        [1]
    """
    columns = read_columns(data, text_column, label_column, reading)
    return TextDataset(columns.texts, class_numbers(columns, labels))


def read_pairs(
    data: Any, text_column: str, translation_column: str, reading: Reading | None = None
) -> PairDataset:
    """Read sentences and translations from a file, in any form that `read_columns` takes.

    Args:
        data: the file or data set, a table in memory, or a pair of lists.
        text_column: name of the column of sentences.
        translation_column: name of the column of their translations.
        reading: how a table in text is to be read.

    Raises:
        DataError: the file is missing, or not a table; or a column is missing.

    Example:
        >>> read_pairs((["Ja."], ["Yes."]), "text", "translation").targets
        ['Yes.']
    """
    from zoo.datasets import PairDataset

    columns = read_columns(data, text_column, translation_column, reading)
    translations = [text_of(cell, columns.at(row)) for row, cell in enumerate(columns.second)]
    return PairDataset(columns.texts, translations)
