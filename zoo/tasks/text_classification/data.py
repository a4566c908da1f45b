"""Texts and labels of a user's own made ready: checked, cleaned, and cut into two parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from zoo.common.counts import counted
from zoo.common.user_warnings import warn_user
from zoo.errors import DataError, InputError, shown
from zoo.formats import Checkpoint
from zoo.interfaces import Prepared, UserData
from zoo.learning.rows import Data, Rows, name_of, read_rows, split_rows, warn, without
from zoo.learning.settings import FineTuningSettings, descent_settings
from zoo.schema import DataSource
from zoo.tables.columns import Reading, reading_of
from zoo.tables.labels import label_names, sort_labels
from zoo.tasks.text_classification.specs import TextClassifierSpec
from zoo.tasks.text_classification.starting import begin
from zoo.text.growing import with_characters

__all__ = ["LabelledTexts", "class_counts", "prepare", "prepare_labelled", "settings", "skew_of"]


@dataclass(frozen=True)
class LabelledTexts:
    """Texts of a training and a validation part with their classes.

    Attributes:
        labels: names of the classes.
        train: the texts, and their class numbers as an int32 array.
        validation: the same of the validation part.
        sources: where they come from, for the record.
        begun: how the classifier was begun from a checkpoint of another task, in sentences; empty
            where it was one before.
    """

    labels: tuple[str, ...]
    train: tuple[list[str], np.ndarray]
    validation: tuple[list[str], np.ndarray]
    sources: tuple[DataSource, ...]
    begun: str = ""


def prepare_labelled(
    train: Data,
    valid: Data = None,
    *,
    text_column: str = "text",
    label_column: str = "label",
    known: Sequence[str] = (),
    share: float | None = None,
    seed: int = 0,
    reading: Reading | None = None,
) -> LabelledTexts:
    """Read texts and labels, and make them ready for training.

    Texts without a word are left out, and rows that repeat an earlier one. A training text that
    is in the validation part too is left out of training. All of it is counted in warnings.

    Args:
        train: what `read_columns` reads, a table in memory, or a pair of lists: texts and labels.
        valid: the same for validation; by default a part of `train` is cut out, with every class
            in its share, and no text in both.
        text_column: name of the column of texts.
        label_column: name of the column of labels.
        known: names of the classes of the model; where they are those of the data, their order
            is kept.
        share: share of the texts to cut out; by default a fifth of fewer than 1,000, or a tenth.
        seed: seed of the cut.
        reading: how tables in text are to be read.

    Raises:
        DataError: a source cannot be read, has fewer than two classes or too many, or the
            validation data has a label that the training data has not.

    Example:
        >>> texts = ["a good one", "a bad one", "good again", "bad again"]
        >>> data = prepare_labelled((texts, [1, 0, 1, 0]), share=0.5)
        >>> data.labels, len(data.train[0]), len(data.validation[0])
        (('0', '1'), 2, 2)
    """
    sources: tuple[DataSource, ...]
    rows = read_rows(train, text_column, label_column, label_names, reading)
    labels = _class_names(rows, known)
    if valid is None:
        _warn_of_rare(rows, labels)
        inside, outside = split_rows(rows.keys, rows.seconds, share, seed)
        kept, held = rows.take(inside), rows.take(outside)
        sources = (rows.source(train=len(inside), validation=len(outside)),)
        if len(set(held.seconds)) < 2:
            raise DataError(
                "Expected at least two classes with two texts or more, to train and to validate. "
                f"Received: {len(rows.texts)} texts of {len(labels)} classes in {name_of(train)}. "
                "Give more texts, or a validation part with --valid"
            )
    else:
        held = read_rows(valid, text_column, label_column, label_names, reading)
        _check_labels(held, labels, rows)
        kept = without(rows, held)
        sources = (kept.source(train=len(kept.texts)), held.source(validation=len(held.texts)))
        if len(set(held.seconds)) < 2:
            raise DataError(
                f"Expected at least two classes in the validation data {held.columns.name}. "
                f"Received: only {shown(held.seconds[0])}"
            )
    numbers = {name: number for number, name in enumerate(labels)}
    train_part, valid_part = (
        (part.texts, np.array([numbers[name] for name in part.seconds], np.int32))
        for part in (kept, held)
    )
    return LabelledTexts(labels, train_part, valid_part, sources)


def class_counts(data: LabelledTexts) -> np.ndarray:
    """Return how many training texts every class has, at least 1.

    Args:
        data: the texts and their classes.
    """
    return np.maximum(1, np.bincount(data.train[1], minlength=len(data.labels)))


def skew_of(data: LabelledTexts) -> float:
    """Return how many times the texts of the rarest class the most frequent one has.

    Args:
        data: the texts and their classes.
    """
    counts = class_counts(data)
    return float(counts.max() / counts.min())


def _class_names(rows: Rows, known: Sequence[str]) -> tuple[str, ...]:
    names = set(rows.seconds)
    if names == set(known):
        return tuple(known)
    if len(names) < 2:
        raise DataError(
            f"Expected texts of at least two classes in {rows.columns.name}. "
            f"Received: only {shown(rows.seconds[0])}"
        )
    if len(rows.seconds) >= 10 and len(names) > len(rows.seconds) / 2:
        raise DataError(
            f"Expected classes of several texts each in {rows.columns.name}. Received: "
            f"{len(names)} different labels of {len(rows.seconds)} texts, such as "
            f"{shown(rows.seconds[0])}. Name the column of the labels with --label-column"
        )
    return sort_labels(names)


def _check_labels(held: Rows, labels: Sequence[str], rows: Rows) -> None:
    known = set(labels)
    for name, place in zip(held.seconds, held.places, strict=True):
        if name not in known:
            raise DataError(
                f"{held.columns.name}, {place}: expected a label of the training data "
                f"{rows.columns.name}: {shown(', '.join(labels), 200)}. Received: {shown(name)}"
            )


def _warn_of_rare(rows: Rows, labels: Sequence[str]) -> None:
    keys: dict[str, set[str]] = {}
    for key, name in zip(rows.keys, rows.seconds, strict=True):
        keys.setdefault(name, set()).add(key)
    rare = [name for name in labels if len(keys[name]) < 2]
    if rare:
        warn(
            f"Of one text alone: {counted(len(rare), 'class', 'classes')}, such as "
            f"{shown(rare[0])}; it is trained on, and nothing is known of how well it is told."
        )


def settings(source: Checkpoint, given: Mapping[str, Any]) -> FineTuningSettings:
    """Return how a classifier is to be tuned, with what is left open None.

    Args:
        source: the checkpoint.
        given: the settings that a user gives, by name.

    Raises:
        InputError: one is unknown, or out of bounds.
    """
    return descent_settings(source.info, given)


def prepare(source: Checkpoint, given: UserData, settings: Any) -> Prepared:
    """Read texts and labels to tune a classifier on, and choose what the settings leave open.

    Args:
        source: the checkpoint: a text classifier, or what one can begin from.
        given: the texts and labels.
        settings: how, with what is left open None.

    Raises:
        InputError: the network has no state that goes through time, and a setting cuts that.
        DataError: the data cannot be read, or nothing can be learnt from it.
    """
    if settings.bptt_steps is not None and not source.backbone.recurrent:
        raise InputError(
            "Expected bptt_steps for a classifier over a recurrent network only, such as "
            f"lstm-imdb. Received: {settings.bptt_steps} for {source.info.name}. Leave it out"
        )
    data = prepare_labelled(
        given.train,
        given.valid,
        text_column=given.options.get("text_column", "text"),
        label_column=given.options.get("label_column", "label"),
        known=source.info.labels,
        share=given.share,
        seed=settings.seed,
        reading=reading_of(given.options),
    )
    complete = settings.complete(len(data.train[0]), skew_of(data))
    if isinstance(source.head, TextClassifierSpec):
        begun = with_characters(source, data.train[0])
    else:
        begun, taken = begin(source, data.train[0], data.labels)
        told = taken.told(source.info.name)
        warn_user(told)
        data = replace(data, begun=f"The layers were those of {source.info.name}. {told}")
    return Prepared(
        data,
        data.sources,
        labels=data.labels,
        settings=complete,
        source=begun,
    )
