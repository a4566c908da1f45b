"""Score what a pipeline writes of texts: the shares of wrong texts and of wrong units."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo import statistics
from zoo.common.user_warnings import warn_user
from zoo.errors import DataError, InputError, shown
from zoo.interfaces import Scoring
from zoo.learning.pairs import read_pairs
from zoo.pairs.edits import count_errors, error_rates, symbols
from zoo.pairs.examples import VariantDataset
from zoo.schema import Metric
from zoo.tables.columns import reading_of
from zoo.text.doubts import Doubts

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from zoo.tasks.text2text_generation.pipeline import Text2TextPipeline

__all__ = ["draw_errors_by_length", "errors", "evaluate", "evaluate_answers", "metrics_of", "read"]

# Texts that are answered between two reports of progress.
_AT_ONCE = 512
# Of the lengths of texts, the longest that has a bar of its own.
_LONGEST = 14


def errors(found: Sequence[str], data: VariantDataset, unit: str) -> tuple[np.ndarray, np.ndarray]:
    """Return how far answers are from the nearest of what is right, and how long that is.

    Args:
        found: an answer to each text.
        data: the texts with all that is right to write of them.
        unit: what answers are compared by, `"words"` between white space or `"characters"`.

    Returns:
        The units to put in, leave out or replace, int (texts,); the units of the nearest
        reference, int (texts,).

    Raises:
        InputError: there are fewer than two texts, or not one answer to each.

    Example:
        >>> data = VariantDataset(["tom", "to"], [("T AA M",), ("T UW", "T AH")])
        >>> [array.tolist() for array in errors(["T OW M", "T AH"], data, "words")]
        [[1, 0], [3, 2]]
    """
    if len(found) != len(data) or len(data) < 2:
        raise InputError(
            "Expected at least two texts, and one answer to each. "
            f"Received: {len(found)} answers to {len(data)} texts"
        )
    return count_errors(found, data.targets, unit)


def metrics_of(wrong: np.ndarray, size: np.ndarray, split: str, unit: str) -> tuple[Metric, ...]:
    """Return the word error rate, and that of phones or characters, with 95 % intervals.

    The word error rate is the share of texts whose answer is none of what is right; the other one
    is the units that are wrong in all answers, over those of the nearest references. Their
    intervals are percentile bootstraps over the texts.

    Args:
        wrong: units that are wrong in each answer, int (texts,).
        size: units of the nearest references, int (texts,).
        split: what the texts are, for the record.
        unit: as for `errors`.

    Example:
        >>> for metric in metrics_of(np.array([1, 0]), np.array([3, 2]), "test", "words"):
        ...     print(metric.name, metric.value)
        word_error_rate 0.5
        phone_error_rate 0.2
    """

    def estimate(rows: np.ndarray) -> tuple[float, ...]:
        return tuple(error_rates(wrong[rows], size[rows], unit).values())

    count = len(wrong)
    low, high = statistics.bootstrap(estimate, count)
    return tuple(
        statistics.figure(name, split, value, (low[index], high[index]), count)
        for index, (name, value) in enumerate(error_rates(wrong, size, unit).items())
    )


def evaluate_answers(
    model: Text2TextPipeline, data: VariantDataset, how: Scoring, num_beams: int | None = None
) -> list[str]:
    """Return what a pipeline writes of the texts of a split, by beam search.

    Args:
        model: the pipeline.
        data: the texts.
        how: who is told of the progress.
        num_beams: sequences that the search keeps; by default as the pipeline answers.
    """
    answers = [""] * len(data)
    # Those of one length share batches.
    order = np.argsort([len(text) for text in data.sources], kind="stable")
    doubts = Doubts()
    for start in range(0, len(order), _AT_ONCE):
        rows = order[start : start + _AT_ONCE]
        found, more = model.with_doubts([data.sources[row] for row in rows], num_beams=num_beams)
        doubts.add(more, rows)
        for row, one in zip(rows, found, strict=True):
            answers[row] = one["generated_text"]
        how.advance("texts", start + len(rows), len(order))
    doubts.warn()
    return answers


def evaluate(model: Text2TextPipeline, data: VariantDataset, how: Scoring) -> tuple[Metric, ...]:
    """Return the word error rate, and that of phones or characters, with 95 % intervals.

    Args:
        model: the pipeline.
        data: the texts with all that is right to write of them.
        how: the split, who is told of the progress, and who is shown errors by the length.

    Raises:
        InputError: there are fewer than two texts.
    """
    unit = model.target_unit
    found = evaluate_answers(model, data, how)
    _tell_of_unknown(model, data)
    wrong, size = errors(found, data, unit)
    if how.show is not None:
        lengths = np.array([len(symbols(text, model.source_unit)) for text in data.sources])
        how.show("word_error_rate", draw_errors_by_length(lengths, wrong))
    return metrics_of(wrong, size, how.split, unit)


def _tell_of_unknown(model: Text2TextPipeline, data: VariantDataset) -> None:
    """Warn of texts all of whose references hold what the model never writes: none can be right."""
    lost = []
    for row, right in enumerate(data.targets):
        unknown = model.unknown_targets(list(right))
        if all(unknown):
            lost.append((row, unknown[0][0]))
    if lost:
        row, unit = lost[0]
        warn_user(
            f"What is right of {len(lost):,} of {len(data):,} texts holds what the model never "
            f"writes, such as {shown(unit)} (the first at index {row}): its answers to them count "
            "as wrong."
        )


def read(model: Text2TextPipeline, data: Any, how: Scoring) -> VariantDataset:
    """Return texts of a user's own with all that is right to write of each.

    Rows of one text are its references. A row without either side is left out, and told.

    Args:
        model: the pipeline.
        data: a file, a table in memory, or a pair of lists: texts and targets.
        how: its options name the columns, and say how a table is to be read.

    Raises:
        DataError: it cannot be read, or holds no pair.
    """
    options = how.options
    texts, targets = read_pairs(
        data,
        options.get("text_column") or "text",
        options.get("label_column") or "target",
        reading_of(options),
    )
    rows = [row for row in range(len(texts)) if texts[row].strip() and targets[row].strip()]
    if not rows:
        raise DataError(
            "Expected rows with a text and what is to be written of it, such as 'cat' and "
            f"'K AE T', or the other way round. Received: {len(texts)} rows without one of them"
        )
    if len(rows) < len(texts):
        first = next(row for row in range(len(texts)) if row not in set(rows))
        warn_user(
            f"{len(texts) - len(rows):,} of {len(texts):,} rows have no text or no target (the "
            f"first: row {first + 1}) and are left out."
        )
    return VariantDataset.of([texts[row] for row in rows], [targets[row] for row in rows])


def _share(some: np.ndarray, rows: np.ndarray) -> float:
    return float(some[rows].mean())


def draw_errors_by_length(lengths: np.ndarray, wrong: np.ndarray) -> Figure:
    """Draw the share of wrong answers against the length of the text, with 95 % intervals.

    Args:
        lengths: units of each text, int (texts,).
        wrong: units that are wrong in each answer, int (texts,).

    Example:
        >>> figure = draw_errors_by_length(np.array([3, 3, 4]), np.array([0, 1, 0]))
    """
    from matplotlib.figure import Figure

    groups = np.minimum(lengths, _LONGEST)
    names, values, bars = [], [], []
    for group in np.unique(groups):
        some = wrong[groups == group] > 0
        share = float(some.mean())
        low, high = statistics.bootstrap(partial(_share, some), len(some))
        names.append(f"{group}{'+' if group == _LONGEST else ''}\n({len(some):,})")
        values.append(share)
        bars.append((max(0.0, share - float(low)), max(0.0, float(high) - share)))
    figure = Figure(figsize=(9, 4), layout="constrained")
    axes = figure.subplots()
    axes.errorbar(range(len(names)), values, yerr=np.array(bars).T, fmt="o-", capsize=3)
    axes.set_xticks(range(len(names)), names, fontsize="small")
    axes.set_xlabel("units of the text (and how many texts)")
    axes.set_ylabel("word error rate")
    axes.set_title("Errors by the length of the text")
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    return figure
