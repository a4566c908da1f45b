"""Texts to write the answers to, where a user has not given any."""

from __future__ import annotations

import json

from zoo.datasets import dataset_named
from zoo.formats import Checkpoint
from zoo.pairs.files import SOURCE_TOKENIZER
from zoo.text.forms import LETTERS

__all__ = ["examples_of"]

_WORDS = ("zoology", "through", "mnemonic")
_SPECIAL = len(LETTERS["added_tokens"])
_UNITS = 5


def examples_of(source: Checkpoint) -> tuple[str, ...]:
    """Return texts for a checkpoint: those of its data set, or of units that it knows.

    Args:
        source: a verified checkpoint of the task.
    """
    info = source.info
    dataset = dataset_named(info.dataset.name) if info.dataset else None
    if dataset and dataset.examples:
        return tuple(dataset.examples)
    vocabulary = json.loads(source.assets[SOURCE_TOKENIZER])["model"]["vocab"]
    if set("".join(_WORDS)) <= vocabulary.keys():
        return _WORDS
    numbered = {number: unit for unit, number in vocabulary.items() if number >= _SPECIAL}
    units = [numbered[number] for number in sorted(numbered) if numbered[number].strip()]
    between = " " if source.preprocessor.source_unit == "words" else ""
    return tuple(
        between.join(units[at : at + _UNITS]) for at in range(0, 3 * _UNITS, _UNITS) if units[at:]
    ) or ("a",)
