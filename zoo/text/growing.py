"""Vocabularies of characters and other units that grow by those of new texts."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from tokenizers import Tokenizer

from zoo.common.user_warnings import warn_user
from zoo.errors import DataError, shown
from zoo.formats import TOKENIZER, Checkpoint
from zoo.specs import holds_keys, make_spec
from zoo.text.characters import CharacterReader, reads_characters
from zoo.text.encoding import parse_tokenizer
from zoo.text.units import UnitEncoder, units_of

__all__ = ["with_characters", "with_units"]

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
    size = len(source.tensors[_TABLE])
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
    name = source.info.name
    if left := found[len(chosen) :]:
        rare = counts[left[0]] < _LEAST
        why = "stands in one training text alone" if rare else f"is beyond the {_MOST:,} added"
        warn_user(
            f"{len(left):,} character{'s' * (len(left) > 1)} that {name} does not know, each of "
            f"which {why}, stay{'s' * (len(left) == 1)} unknown: {_named(left)}."
        )
    if not chosen:
        return None
    many = len(chosen) > 1
    warn_user(
        f"{len(chosen):,} character{'s' * many} of the training texts {'are' if many else 'is'} "
        f"new to {name} and added to its vocabulary: {_named(chosen)}."
    )
    return _with_tokens(source, TOKENIZER, _TABLE, "vocabulary_size", dict.fromkeys(chosen))


def _with_tokens(
    source: Checkpoint,
    asset: str,
    table_name: str,
    argument: str,
    tokens: Mapping[str, str | None],
) -> Checkpoint:
    """Return a checkpoint with further tokens in one of its vocabularies.

    Vectors of those that begin as no other are drawn as far from the others' mean as those are.

    Args:
        source: the checkpoint.
        asset: the vocabulary's file.
        table_name: the table of its vectors.
        argument: the backbone's argument that is the number of its token ids.
        tokens: the tokens, and of each the known one that it begins as, or None.
    """
    table = source.tensors[table_name]
    size, width = table.shape
    content = json.loads(source.assets[asset])
    known = content["model"]["vocab"].copy()
    content["model"]["vocab"] |= {token: size + place for place, token in enumerate(tokens)}
    drawn = np.random.default_rng(len(tokens)).normal(
        table.mean(axis=0), table.std(axis=0), (len(tokens), width)
    )
    for row, begun in zip(drawn, tokens.values(), strict=True):
        if begun is not None:
            row[:] = table[known[begun]]
    tensors = {
        name: _renumbered(value, size, size + len(tokens)) if holds_keys(name) else value
        for name, value in source.tensors.items()
    }
    tensors[table_name] = np.concatenate([table, drawn.astype(table.dtype)])
    given = {**msgspec.structs.asdict(source.backbone), argument: size + len(tokens)}
    return dataclasses.replace(
        source,
        backbone=make_spec(type(source.backbone), **given),
        assets={
            **source.assets,
            asset: json.dumps(content, ensure_ascii=False).encode("utf-8"),
        },
        tensors=tensors,
    )


def with_units(
    source: Checkpoint, sides: Mapping[str, tuple[str, str]], texts: Mapping[str, Sequence[str]]
) -> Checkpoint | None:
    """Return an encoder-decoder whose vocabularies hold the units of further texts too.

    Also those of one text alone are added: such data is small, and a letter may stand in it once.
    One that is a known unit but for its marks, as an accent, or the number of a stress, begins as
    that one.

    Args:
        source: the checkpoint of an encoder-decoder over units.
        sides: of every vocabulary's file the table of its vectors, and the backbone's argument
            that is the number of its token ids.
        texts: the texts that it is to learn from, by the file of their vocabulary.

    Returns:
        The larger checkpoint, or None where it knows all units.

    Raises:
        DataError: most texts of a side are without spaces between their units.
    """
    larger = source
    for asset, (table, argument) in sides.items():
        tokenizer = Tokenizer.from_buffer(source.assets[asset])
        # A curved apostrophe that is read as the straight one is nothing new.
        encoder = UnitEncoder(tokenizer, keep=asset == TOKENIZER)
        known = tokenizer.get_vocab().keys() | encoder.known | {""}
        counts: Counter[str] = Counter()
        for text in texts[asset]:
            counts.update(set(units_of(tokenizer, text)) - known)
        if not reads_characters(tokenizer):
            _check_spaces(tokenizer, texts[asset], counts)
        found = sorted(counts, key=lambda unit: (-counts[unit], unit))
        if not found:
            continue
        chosen = found[:_MOST]
        plain = {unit: encoder.plain(unit) for unit in chosen}
        begun = {unit: forms[0] if len(forms) == 1 else None for unit, forms in plain.items()}
        side = "read" if asset != TOKENIZER else "to be written"
        warn_user(
            f"{len(chosen):,} {'units' if len(chosen) > 1 else 'unit'} of the training texts that "
            f"are {side} {'are' if len(chosen) > 1 else 'is'} new to {source.info.name}, such as "
            f"{', '.join(map(repr, chosen[:5]))}: added to its vocabulary."
            + _told({unit: other for unit, other in begun.items() if other is not None})
        )
        if len(found) > _MOST:
            warn_user(
                f"{len(found) - _MOST:,} more units of the training texts that are {side} are not "
                f"added, for no more than {_MOST:,} are, the most frequent: "
                f"{', '.join(map(repr, found[_MOST : _MOST + 5]))} and so on stay unknown."
            )
        larger = _with_tokens(larger, asset, table, argument, begun)
    return larger if larger is not source else None


def _named(characters: Sequence[str]) -> str:
    return ", ".join(map(repr, characters[:5])) + " and so on" * (len(characters) > 5)


def _told(begun: Mapping[str, str]) -> str:
    """Return which units begin as known ones."""
    if not begun:
        return ""
    (unit, other), *_ = begun.items()
    they = "begin as what they are" if len(begun) > 1 else "begins as what it is"
    return f" {len(begun):,} of them {they} without marks: {unit!r} as {other!r}."


def _check_spaces(tokenizer: Tokenizer, texts: Sequence[str], new: Mapping[str, int]) -> None:
    """Refuse texts most of which hold only units that stand in no other text: whole words, say."""
    strange = [
        text
        for text in texts
        if (units := set(units_of(tokenizer, text)) - {""})
        and all(new.get(unit) == 1 for unit in units)
    ]
    if 2 * len(strange) <= len(texts):
        return
    text = " ".join(units_of(tokenizer, strange[0]))
    spaced = " ".join(text.replace(" ", "")[:40])
    raise DataError(
        "Expected units between spaces, most of which stand in several texts, such as "
        f"'M AA S K V AH'. Received: {shown(text, 60)} and others, {len(strange):,} of "
        f"{len(texts):,} of which no unit stands in another text, or is known to the model. Put "
        f"spaces between the units, such as the letters: {shown(spaced, 80)}"
    )


def _renumbered(keys: np.ndarray, before: int, after: int) -> np.ndarray:
    """Return keys of n-grams: the row of what comes before times the vocabulary, and the last."""
    wide = keys.astype(np.int64)
    renumbered: np.ndarray = (wide // before * after + wide % before).astype(keys.dtype)
    return renumbered
