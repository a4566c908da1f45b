"""Sentences and translations of a user's own made ready: checked, cleaned, and cut in two."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zoo.formats import Checkpoint
from zoo.interfaces import Prepared, UserData
from zoo.learning.pairs import pair_settings, prepare_pairs
from zoo.learning.settings import FineTuningSettings, Pace
from zoo.tables.columns import reading_of

__all__ = ["prepare", "settings"]

# A translator has nothing to learn from its start, as a new head has: of 160 pairs in a style of
# their own it learns the most in some 90 steps, and BLEU falls afterwards. It goes up and down by
# chance on few sentences, so that patience is half of the epochs.
_PACE = Pace(steps=120, epochs=(4, 12), patience=0.5)


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
        target_column=given.options.get("label_column", "translation"),
        share=given.share,
        seed=settings.seed,
        reading=reading_of(given.options),
    )
    complete = settings.complete(len(pairs.train[0]), pace=_PACE)
    return Prepared(pairs, pairs.sources, settings=complete)


def settings(source: Checkpoint, given: Mapping[str, Any]) -> FineTuningSettings:
    """Return how a translator is to be tuned, with what is left open None.

    Args:
        source: the checkpoint.
        given: the settings that a user gives, by name.

    Raises:
        InputError: one is unknown, out of bounds, or of no use to a translator.
    """
    return pair_settings(source.info, given, "a translator")
