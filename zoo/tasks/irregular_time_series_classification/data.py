"""Irregular series and their classes made ready: read, checked, and cut in two."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from zoo.common.counts import counted
from zoo.errors import DataError, InputError, shown
from zoo.formats import Checkpoint
from zoo.interfaces import Prepared, UserData
from zoo.learning.rows import split_rows, warn
from zoo.learning.settings import FineTuningSettings, descent_settings
from zoo.schema import DataSource
from zoo.series.irregular import IrregularDataset, Names
from zoo.series.irregular_files import IrregularSource, read_irregular, tell_all
from zoo.tables.labels import sort_labels

__all__ = ["LabelledIrregular", "cut", "prepare", "read_labelled", "settings"]


@dataclass(frozen=True)
class LabelledIrregular:
    """Irregular series to train a classifier on, and to validate it.

    Attributes:
        train: the training series with their class numbers.
        held: those of the validation part.
        labels: names of the classes.
        sources: what a record says of both.
    """

    train: IrregularDataset
    held: IrregularDataset
    labels: tuple[str, ...]
    sources: tuple[DataSource, ...] = ()


def read_labelled(
    train: Any,
    names: Names,
    known: Sequence[str] = (),
    *,
    valid: Any = None,
    share: float | None = None,
    seed: int = 0,
    options: Mapping[str, Any] | None = None,
) -> LabelledIrregular:
    """Read series and their classes, and cut a validation part where none is given.

    Args:
        train: what `read_irregular` reads, with a label for every series.
        names: what the model calls what it reads.
        known: names of the classes of the model; where they are those of the data, their order is
            kept.
        valid: the same for validation.
        share: share of the series to cut out, by default a fifth of fewer than 1,000, or a tenth.
        seed: seed of the cut.
        options: how tables are read.

    Raises:
        DataError: a file cannot be read, a series has no label, or there are fewer than two classes
            to train and to validate on.
        InputError: a series is not as the model needs it.
    """
    source = _read(train, names, options or {})
    strata = [str(label) for label in source.labels]
    labels = _class_names(strata, known, source.name)
    number = {name: index for index, name in enumerate(labels)}
    numbers = np.array([number[label] for label in strata], np.int32)
    data = IrregularDataset.of(source.series, numbers)
    if valid is not None:
        other = _read(valid, names, options or {})
        unknown = [label for label in other.labels if label not in number]
        held_numbers = np.array([number.get(str(label), 0) for label in other.labels], np.int32)
        _check_held(held_numbers, labels, other.name, unknown)
        held = IrregularDataset.of(other.series, held_numbers)
        sources = (source.used(train=len(data)), other.used(validation=len(held)))
        return LabelledIrregular(data, held, labels, sources)
    rare = [label for label, count in Counter(strata).items() if count < 2]
    if rare:
        warn(
            f"Of one series alone: {counted(len(rare), 'class', 'classes')}, such as "
            f"{shown(rare[0])}; it is trained on, and nothing is known of how well it is told."
        )
    kept, held = cut(data, share, seed)
    assert held.labels is not None
    _check_held(held.labels, labels, source.name, [])
    used = source.used(train=len(kept), validation=len(held))
    return LabelledIrregular(kept, held, labels, (used,))


def cut(
    data: IrregularDataset, share: float | None, seed: int
) -> tuple[IrregularDataset, IrregularDataset]:
    """Cut a data set into two parts, every class in its share, equal series in one of them.

    Args:
        data: series with class numbers.
        share: share of the second part.
        seed: seed of the draws.
    """
    keys = [
        hashlib.sha256(
            b"".join(np.ascontiguousarray(part).tobytes() for part in (times, values, static))
        ).hexdigest()
        for times, values, static in zip(data.times, data.values, data.static, strict=True)
    ]
    assert data.labels is not None
    parts = split_rows(keys, [str(label) for label in data.labels], share, seed)
    first, second = (_take(data, rows) for rows in parts)
    return first, second


def _take(data: IrregularDataset, rows: Sequence[int]) -> IrregularDataset:
    assert data.labels is not None
    return IrregularDataset(
        [data.times[row] for row in rows],
        [data.values[row] for row in rows],
        data.static[rows],
        data.labels[rows],
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
    """Read series and their classes to tune a classifier on, and choose what is left open.

    Args:
        source: the checkpoint.
        given: where the series are.
        settings: how, with what is left open None.

    Raises:
        DataError: nothing can be learnt from it.
        InputError: a series is not as the model needs it, or a setting means nothing here.
    """
    if settings.bptt_steps is not None:
        raise InputError(
            "Expected no bptt_steps: the gradient of a network of irregular series goes back to "
            f"the first step. Received: {settings.bptt_steps} for {source.info.name}. Leave it out"
        )
    data = read_labelled(
        given.train,
        source.backbone.names,
        source.info.labels,
        valid=given.valid,
        share=given.share,
        seed=settings.seed,
        options=given.options,
    )
    assert data.train.labels is not None
    counts = np.maximum(1, np.bincount(data.train.labels, minlength=len(data.labels)))
    complete = settings.complete(len(data.train), float(counts.max() / counts.min()))
    complete = replace(complete, linear_probe=False)  # a new head starts at random
    return Prepared(data, data.sources, labels=data.labels, settings=complete)


def _read(data: Any, names: Names, options: Mapping[str, Any]) -> IrregularSource:
    source = read_irregular(data, names, **options)
    tell_all(source)
    for name, label in zip(source.ids, source.labels, strict=True):
        if label is None:
            raise DataError(
                f"{source.name}, series {shown(name)}: expected its class, in a long table a row "
                f"without a time such as {shown(f'{name},,label,died')}, in JSON a key label. "
                "Received: none"
            )
    return source


def _class_names(strata: Sequence[str], known: Sequence[str], name: str) -> tuple[str, ...]:
    found = set(strata)
    if found == set(known):
        return tuple(known)
    if len(found) < 2:
        raise DataError(
            f"Expected series of at least two classes in {name}. Received: only {shown(strata[0])}"
        )
    return sort_labels(found)


def _check_held(
    numbers: np.ndarray, labels: Sequence[str], name: str, unknown: Sequence[Any]
) -> None:
    if unknown or len(set(numbers.tolist())) < 2:
        received = shown(unknown[0]) if unknown else "one class"
        raise DataError(
            "Expected validation series of two classes or more, out of "
            f"{shown(', '.join(labels), 200)}. Received: {received} in {name}. Give more series of "
            "every class, or a validation part with --valid"
        )
