"""Sentences and translations of a user's own made ready: checked, cleaned, and cut in two."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from zoo.errors import DataError, InputError, shown
from zoo.formats import Checkpoint
from zoo.interfaces import Prepared, UserData
from zoo.learning.rows import Data, name_of, read_rows, split_rows, without
from zoo.learning.settings import FineTuningSettings, Pace, descent_settings
from zoo.schema import DataSource, ModelInfo
from zoo.tables.columns import Columns, Reading, reading_of, text_of

__all__ = ["TextPairs", "prepare", "prepare_pairs", "settings"]

# A translator has nothing to learn from its start, as a new head has: of 160 pairs in a style of
# their own it learns the most in some 90 steps, and BLEU falls afterwards. It goes up and down by
# chance on few sentences, so that patience is half of the epochs.
_PACE = Pace(steps=120, epochs=(4, 12), patience=0.5)


@dataclass(frozen=True)
class TextPairs:
    """Sentences of a training and a validation part with their translations.

    Attributes:
        train: the sentences and their translations.
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
    translation_column: str = "translation",
    share: float | None = None,
    seed: int = 0,
    reading: Reading | None = None,
) -> TextPairs:
    """Read sentences and translations, and make them ready for training.

    Cleaned as by `prepare_labelled`.

    Args:
        train: what `read_columns` reads, a table in memory, or a pair of lists: sentences and
            translations.
        valid: the same for validation; by default a part of `train` is cut out.
        text_column: name of the column of sentences.
        translation_column: name of the column of translations.
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
    rows = read_rows(train, text_column, translation_column, _translations, reading)
    if valid is None:
        inside, outside = split_rows(rows.keys, None, share, seed)
        kept, held = rows.take(inside), rows.take(outside)
        sources = (rows.source(train=len(inside), validation=len(outside)),)
    else:
        held = read_rows(valid, text_column, translation_column, _translations, reading)
        kept = without(rows, held)
        sources = (kept.source(train=len(kept.texts)), held.source(validation=len(held.texts)))
    if not kept.texts or not held.texts:
        raise DataError(
            "Expected at least two different sentences, to train and to validate. "
            f"Received: {len(rows.texts)} in {name_of(train)}"
        )
    return TextPairs((kept.texts, kept.seconds), (held.texts, held.seconds), sources)


def _translations(columns: Columns) -> list[str]:
    return [text_of(cell, columns.at(row)) for row, cell in enumerate(columns.second)]


def prepare(source: Checkpoint, given: UserData, settings: Any) -> Prepared:
    """Read sentences and translations to tune a translator on, and choose what is left open.

    Args:
        source: the checkpoint, of no matter here.
        given: the sentences and translations.
        settings: how, with what is left open None.

    Raises:
        DataError: the data cannot be read, or nothing can be learnt from it.
    """
    pairs = prepare_pairs(
        given.train,
        given.valid,
        text_column=given.options.get("text_column", "text"),
        translation_column=given.options.get("label_column", "translation"),
        share=given.share,
        seed=settings.seed,
        reading=reading_of(given.options),
    )
    complete = settings.complete(len(pairs.train[0]), pace=_PACE)
    return Prepared(pairs, pairs.sources, settings=complete)


def settings(info: ModelInfo, given: Mapping[str, Any]) -> FineTuningSettings:
    """Return how a translator is to be tuned, with what is left open None.

    Args:
        info: its record.
        given: the settings that a user gives, by name.

    Raises:
        InputError: one is unknown, out of bounds, or of no use to a translator.
    """
    chosen = descent_settings(info, given, strategy="full", classes=False)
    if chosen.strategy != "full":
        raise InputError(
            "Expected the strategy full for a translator, whose head is its table of words. "
            f"Received: {shown(chosen.strategy)}"
        )
    if chosen.bptt_steps is not None:
        raise InputError(
            "Expected no bptt_steps for a translator: its sentences are short, and it reads them "
            f"whole. Received: {chosen.bptt_steps}"
        )
    return chosen
