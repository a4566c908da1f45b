"""Pairs of texts of a user's own made ready: checked, cleaned, and cut in two."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from zoo.errors import DataError, InputError, shown
from zoo.learning.rows import Data, name_of, read_rows, split_rows, without
from zoo.learning.settings import FineTuningSettings, descent_settings
from zoo.schema import DataSource, ModelInfo
from zoo.tables.columns import Columns, Reading, text_of
from zoo.tables.sources import read_columns

__all__ = ["TextPairs", "pair_settings", "prepare_pairs", "read_pairs"]


@dataclass(frozen=True)
class TextPairs:
    """Texts of a training and a validation part with what is to be written of them.

    Attributes:
        train: the texts and their targets, a row for each target of a text.
        validation: the same of the validation part.
        sources: where they come from, for the record.
    """

    train: tuple[list[str], list[str]]
    validation: tuple[list[str], list[str]]
    sources: tuple[DataSource, ...]


def prepare_pairs(
    train: Data,
    valid: Data = None,
    *,
    text_column: str = "text",
    target_column: str = "target",
    share: float | None = None,
    seed: int = 0,
    reading: Reading | None = None,
) -> TextPairs:
    """Read texts and their targets, and make them ready for training.

    Cleaned as by `prepare_labelled`.

    Args:
        train: what `read_columns` reads, a table in memory, or a pair of lists: texts and
            targets.
        valid: the same for validation; by default a part of `train` is cut out.
        text_column: name of the column of texts.
        target_column: name of the column of targets.
        share: share of the pairs to cut out; by default a fifth of fewer than 1,000, or a tenth.
        seed: seed of the cut.
        reading: how tables in text are to be read.

    Raises:
        DataError: a source cannot be read, or has fewer than two pairs.

    Example:
        >>> pairs = prepare_pairs((["Ja.", "Nein."], ["Yes.", "No."]), share=0.5)
        >>> len(pairs.train[0]), len(pairs.validation[0])
        (1, 1)
    """
    sources: tuple[DataSource, ...]
    rows = read_rows(train, text_column, target_column, _targets, reading)
    if valid is None:
        inside, outside = split_rows(rows.keys, None, share, seed)
        kept, held = rows.take(inside), rows.take(outside)
        sources = (rows.source(train=len(inside), validation=len(outside)),)
    else:
        held = read_rows(valid, text_column, target_column, _targets, reading)
        kept = without(rows, held, classes=False)
        sources = (kept.source(train=len(kept.texts)), held.source(validation=len(held.texts)))
    if not kept.texts or not held.texts:
        raise DataError(
            "Expected at least two different texts, to train and to validate. "
            f"Received: {len(rows.texts)} in {name_of(train)}"
        )
    return TextPairs((kept.texts, kept.seconds), (held.texts, held.seconds), sources)


def _targets(columns: Columns) -> list[str]:
    return [text_of(cell, columns.at(row)) for row, cell in enumerate(columns.second)]


def read_pairs(
    data: Data, text_column: str, target_column: str, reading: Reading | None = None
) -> tuple[list[str], list[str]]:
    """Read texts and their targets as they are, in any form that `read_columns` takes.

    Args:
        data: the file or data set, a table in memory, or a pair of lists.
        text_column: name of the column of texts.
        target_column: name of the column of targets.
        reading: how a table in text is to be read.

    Raises:
        DataError: the file is missing, or not a table; or a column is missing.

    Example:
        >>> read_pairs((["Ja."], ["Yes."]), "text", "target")
        (['Ja.'], ['Yes.'])
    """
    columns = read_columns(data, text_column, target_column, reading)
    return columns.texts, _targets(columns)


def pair_settings(info: ModelInfo, given: Mapping[str, Any], noun: str) -> FineTuningSettings:
    """Return how an encoder-decoder is to be tuned, with what is left open None.

    Args:
        info: its record.
        given: the settings that a user gives, by name.
        noun: what it is, with its article.

    Raises:
        InputError: one is unknown, out of bounds, or of no use to it.
    """
    chosen = descent_settings(info, given, strategy="full", classes=False)
    if chosen.strategy != "full":
        raise InputError(
            f"Expected the strategy full for {noun}, whose head is its table of what it writes. "
            f"Received: {shown(chosen.strategy)}"
        )
    if chosen.bptt_steps is not None:
        raise InputError(
            f"Expected no bptt_steps for {noun}: its texts are short, and it reads them "
            f"whole. Received: {chosen.bptt_steps}"
        )
    return chosen
