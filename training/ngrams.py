"""The n-grams of the training texts that a network gets vectors for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from training.teacher import NgramTeacher, TeacherSettings
from zoo.text import START

__all__ = ["frequent_ngrams", "start_ngrams", "unfold"]


def frequent_ngrams(
    sequences: Sequence[np.ndarray], vocabulary_size: int, sizes: Sequence[int]
) -> list[np.ndarray]:
    """Return the keys of the n-grams that occur in most texts, for `NgramEmbedding`.

    Args:
        sequences: token ids of the training texts, the start token first.
        vocabulary_size: number of token ids.
        sizes: most bigrams, trigrams and so on to keep; of a longer n-gram all but the last
            token must be one that is kept.

    Returns:
        Ascending int32 arrays, one a length; shorter than asked for where there are fewer.

    Example:
        >>> texts = [np.array([2, 5, 6, 5]), np.array([2, 5, 6])]
        >>> frequent_ngrams(texts, 10, [1, 1])
        [array([56], dtype=int32), array([5], dtype=int32)]
    """
    tokens = [sequence[sequence != START].astype(np.int64) for sequence in sequences]
    # The row of the n-gram that ends at each token in the table of the last length, -1 for none.
    rows = tokens
    tables = []
    for size in sizes:
        keys = [
            np.where(row[:-1] < 0, -1, row[:-1] * vocabulary_size + token[1:])
            for row, token in zip(rows, tokens, strict=True)
        ]
        found = np.concatenate([np.unique(key[key >= 0]) for key in keys])
        known, counts = np.unique(found, return_counts=True)
        # The smaller key wins a tie, so that the same texts give the same table.
        table = np.sort(known[np.argsort(-counts, kind="stable")[:size]])
        tables.append(table.astype(np.int32))
        rows = [np.full(len(token), -1) for token in tokens]
        for row, key in zip(rows, keys, strict=True):
            if len(table) and len(key):
                places = np.minimum(np.searchsorted(table, key), len(table) - 1)
                row[1:] = np.where(table[places] == key, places, -1)
    return tables


def unfold(tables: Sequence[np.ndarray], vocabulary_size: int) -> list[np.ndarray]:
    """Return the token ids of the n-grams of `frequent_ngrams`.

    Args:
        tables: the keys of bigrams, trigrams and so on.
        vocabulary_size: number of token ids.

    Returns:
        Integer arrays of shape (len(table), length), one a table, in the order of the keys.

    Example:
        >>> unfold([np.array([56]), np.array([5])], 10)
        [array([[5, 6]]), array([[5, 6, 5]])]
    """
    shorter = np.arange(vocabulary_size)[:, None]
    unfolded = []
    for keys in tables:
        rows, last = np.divmod(keys.astype(np.int64), vocabulary_size)
        shorter = np.column_stack([shorter[rows], last])
        unfolded.append(shorter)
    return unfolded


def start_ngrams(
    model: Any,
    tables: Sequence[np.ndarray],
    teacher: NgramTeacher | None = None,
    settings: TeacherSettings | None = None,
) -> None:
    """Give a network its n-grams, and what a teacher says of them and of the words.

    Args:
        model: a classifier over an `NgramRecurrentBackbone`.
        tables: the keys of bigrams, trigrams and so on.
        teacher: the teacher, if there is one.
        settings: how it teaches.
    """
    import keras

    backbone = model.backbone
    for variable, keys in zip(backbone.ngram_embedding.keys, tables, strict=True):
        variable.assign(keys)
    if teacher is None or settings is None or not settings.start:
        return
    size = backbone.spec.vocabulary_size
    known = [np.arange(size)[:, None], *unfold(tables, size)]
    words = backbone.token_embedding.embeddings
    for variable, ngrams in zip([words, *backbone.ngram_embedding.embeddings], known, strict=True):
        vectors = np.array(keras.ops.convert_to_numpy(variable))
        vectors[:, 0] = settings.start * teacher.weights(ngrams)
        variable.assign(vectors)
