"""Vocabularies of a tagger that grow by what new documents hold; without Keras."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec
import numpy as np

from zoo.common.counts import counted
from zoo.common.user_warnings import warn_user
from zoo.formats import TOKENIZER, Checkpoint
from zoo.specs import make_spec
from zoo.tasks.token_classification.emissions import features_of
from zoo.tasks.token_classification.specs import AFFIX_TOKENIZER, LETTER_TOKENIZER
from zoo.text.word_features import UNKNOWN, learn_vocabularies

__all__ = ["with_vocabularies"]

# What is added at most; and how often it must stand in the documents: what stands there once
# would be read as unknown half the time, and is told as well by its letters.
_MOST = 50_000
_LEAST = 2
# The file of a vocabulary, the argument of its size, its table, and its name.
_PARTS = {
    "words": (TOKENIZER, "vocabulary_size", "token_embedding/embeddings"),
    "letters": (LETTER_TOKENIZER, "letter_vocabulary_size", "letter_embedding/embeddings"),
    "affixes": (AFFIX_TOKENIZER, "affix_vocabulary_size", "affix_embedding/embeddings"),
}


def with_vocabularies(source: Checkpoint, sentences: Iterable[Sequence[str]]) -> Checkpoint | None:
    """Return a tagger that knows the words, letters and parts of words of new sentences too.

    Each starts at the vector of what is unknown, and a little beside it: at first the tagger says
    of it what it would have said anyway.

    Args:
        source: the checkpoint.
        sentences: what it is to learn from, each a sequence of words.

    Returns:
        The larger checkpoint, or None where it knows them all.
    """
    features = features_of(source)
    known = {"words": features.words, "letters": features.letters, "affixes": features.affixes}
    again = _repeated(sentences)
    found = learn_vocabularies(again)
    assets, tensors, sizes = dict(source.assets), dict(source.tensors), {}
    told = []
    for name, (file, argument, path) in _PARTS.items():
        vocabulary = found[name].get_vocab()
        new = sorted(vocabulary.keys() - known[name].keys(), key=vocabulary.__getitem__)[:_MOST]
        if not new:
            continue
        size = getattr(source.backbone, argument)
        content = json.loads(assets[file])
        content["model"]["vocab"] |= {token: size + place for place, token in enumerate(new)}
        assets[file] = json.dumps(content, ensure_ascii=False).encode("utf-8")
        tensors[path] = _longer(tensors[path], len(new))
        sizes[argument] = size + len(new)
        told.append(f"{counted(len(new), _NOUNS[name])}, such as {new[0]!r}")
    if not sizes:
        return None
    warn_user(
        f"New to {source.info.name} are {'; '.join(told)}: they are added to its vocabularies."
    )
    backbone = make_spec(
        type(source.backbone), **{**msgspec.structs.asdict(source.backbone), **sizes}
    )
    return dataclasses.replace(source, backbone=backbone, assets=assets, tensors=tensors)


_NOUNS = {"words": "word", "letters": "letter", "affixes": "beginning or end"}


def _repeated(sentences: Iterable[Sequence[str]]) -> list[list[str]]:
    """Return the words that stand in sentences more than once, as often as they do."""
    given = [list(words) for words in sentences]
    counts = Counter(word.lower() for words in given for word in words)
    return [[word for word in words if counts[word.lower()] >= _LEAST] for words in given]


def _longer(table: np.ndarray, count: int) -> np.ndarray:
    """Return a table with further rows, near that of what is unknown."""
    generator = np.random.default_rng(count)
    near = generator.normal(0.0, 0.1 * float(table.std()), (count, table.shape[1]))
    found: np.ndarray = np.concatenate([table, (table[UNKNOWN] + near).astype(table.dtype)])
    return found
