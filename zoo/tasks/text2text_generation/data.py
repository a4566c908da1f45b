"""Texts of a user's own and what is to be written of them: checked, cleaned, and cut in two."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import msgspec

from zoo.formats import TOKENIZER, Checkpoint
from zoo.interfaces import Prepared, UserData
from zoo.learning.pairs import TextPairs, pair_settings, prepare_pairs
from zoo.learning.settings import FineTuningSettings, Pace
from zoo.pairs.files import SOURCE_TOKENIZER
from zoo.tables.columns import reading_of
from zoo.text.growing import with_units
from zoo.text.units import UnitEncoder, parse_units

__all__ = ["prepare", "settings"]

# Other words of known units take few steps; new units have everything to learn.
_PACE, _NEW = Pace(steps=600, epochs=(4, 20)), Pace(steps=2_000, epochs=(8, 60))
_SIDES = {
    SOURCE_TOKENIZER: ("source_embedding/embeddings", "source_vocabulary_size"),
    TOKENIZER: ("token_embedding/embeddings", "vocabulary_size"),
}
# Units that a text or an answer may come to have by the texts that are learnt from.
_LONGEST = 1_000


def prepare(source: Checkpoint, given: UserData, settings: Any) -> Prepared:
    """Read texts and targets to tune a speller on, and choose what is left open.

    Rows of one text are its references, and stay in one part. Units of the training part that are
    new to the checkpoint are added to its vocabularies, and it comes to read and write as long
    texts as there are.

    Args:
        source: the checkpoint.
        given: the texts and targets.
        settings: how, with what is left open None.

    Raises:
        DataError: the data cannot be read, or nothing can be learnt from it.
    """
    pairs = prepare_pairs(
        given.train,
        given.valid,
        text_column=given.options.get("text_column") or "text",
        target_column=given.options.get("label_column") or "target",
        share=given.share,
        seed=settings.seed,
        reading=reading_of(given.options),
    )
    sources, targets = pairs.train
    grown = with_units(source, _SIDES, {SOURCE_TOKENIZER: sources, TOKENIZER: targets})
    longer = _as_long(grown or source, pairs)
    complete = settings.complete(len(sources), pace=_PACE if grown is None else _NEW)
    return Prepared(
        pairs,
        pairs.sources,
        settings=complete,
        source=longer if longer is not source else None,
    )


def _as_long(source: Checkpoint, pairs: TextPairs) -> Checkpoint:
    """Return a checkpoint that reads and writes as long texts as there are, on which no weight
    depends."""
    spec, backbone = source.preprocessor, source.backbone
    lengths = [spec.source_length, spec.target_length]
    for side, (asset, form, size) in enumerate(
        (
            (SOURCE_TOKENIZER, spec.source_vocabulary, backbone.source_vocabulary_size),
            (TOKENIZER, spec.target_vocabulary, backbone.vocabulary_size),
        )
    ):
        encode = UnitEncoder(parse_units(source.assets[asset], form, size), keep=side == 1)
        longest = max(len(ids) for ids in encode([*pairs.train[side], *pairs.validation[side]]))
        # Of what is written the start token counts too.
        lengths[side] = max(lengths[side], min(_LONGEST, longest + side))
    if lengths == [spec.source_length, spec.target_length]:
        return source
    return dataclasses.replace(
        source,
        preprocessor=msgspec.structs.replace(
            spec, source_length=lengths[0], target_length=lengths[1]
        ),
    )


def settings(source: Checkpoint, given: Mapping[str, Any]) -> FineTuningSettings:
    """Return how a speller is to be tuned, with what is left open None.

    Args:
        source: the checkpoint.
        given: the settings that a user gives, by name.

    Raises:
        InputError: one is unknown, out of bounds, or of no use to a speller.
    """
    return pair_settings(source.info, given, "a speller")
