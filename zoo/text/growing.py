"""A vocabulary of characters that grows by those of new texts."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Sequence

import msgspec
import numpy as np

from zoo.common.user_warnings import warn_user
from zoo.formats import TOKENIZER, Checkpoint
from zoo.specs import holds_keys, make_spec
from zoo.text.characters import CharacterReader, reads_characters
from zoo.text.encoding import parse_tokenizer

__all__ = ["with_characters"]

_TABLE = "token_embedding/embeddings"
# Characters that are added at most, and texts that one must stand in: one that stands in one text
# alone teaches nothing.
_MOST, _LEAST = 5_000, 2


def with_characters(source: Checkpoint, texts: Sequence[str]) -> Checkpoint | None:
    """Return a classifier whose vocabulary holds the characters of further texts too.

    Their vectors are drawn as far from the others' mean as those are; nothing else changes.

    Args:
        source: the checkpoint of a classifier.
        texts: texts that it is to learn from.

    Returns:
        The larger checkpoint, or None where it reads words, or knows all characters.
    """
    size, width = source.tensors[_TABLE].shape
    tokenizer = parse_tokenizer(source.tokenizer, size)
    if not reads_characters(tokenizer):
        return None
    vocabulary = tokenizer.get_vocab()
    normalizer = CharacterReader(tokenizer).normalizer
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(set(normalizer.normalize_str(text).strip(" ")) - vocabulary.keys())
    found = sorted(counts, key=lambda character: (-counts[character], character))
    chosen = [character for character in found[:_MOST] if counts[character] >= _LEAST]
    if not chosen:
        return None
    warn_user(
        f"{len(chosen)} characters of the training texts are new to {source.info.name}, such as "
        f"{', '.join(map(repr, chosen[:5]))}: they are added to its vocabulary."
    )
    content = json.loads(source.tokenizer)
    content["model"]["vocab"] |= {token: size + place for place, token in enumerate(chosen)}
    table = source.tensors[_TABLE]
    drawn = np.random.default_rng(len(chosen)).normal(
        table.mean(axis=0), table.std(axis=0), (len(chosen), width)
    )
    tensors = {
        name: _renumbered(value, size, size + len(chosen)) if holds_keys(name) else value
        for name, value in source.tensors.items()
    }
    tensors[_TABLE] = np.concatenate([table, drawn.astype(table.dtype)])
    given = {**msgspec.structs.asdict(source.backbone), "vocabulary_size": size + len(chosen)}
    return dataclasses.replace(
        source,
        backbone=make_spec(type(source.backbone), **given),
        assets={
            **source.assets,
            TOKENIZER: json.dumps(content, ensure_ascii=False).encode("utf-8"),
        },
        tensors=tensors,
    )


def _renumbered(keys: np.ndarray, before: int, after: int) -> np.ndarray:
    """Return keys of n-grams: the row of what comes before times the vocabulary, and the last."""
    wide = keys.astype(np.int64)
    renumbered: np.ndarray = (wide // before * after + wide % before).astype(keys.dtype)
    return renumbered
