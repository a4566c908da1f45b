"""The n-grams of the training texts that a network gets vectors for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from zoo.tasks.text_classification.recipe import TeacherSettings
from zoo.tasks.text_classification.teacher import NgramTeacher
from zoo.text.encoding import START

__all__ = ["choose_ngrams", "start_embeddings", "unfold"]


def choose_ngrams(
    sequences: Sequence[np.ndarray],
    vocabulary_size: int,
    sizes: Sequence[int],
    weigh: Callable[[np.ndarray], np.ndarray] | None = None,
) -> list[np.ndarray]:
    """Return the keys of the n-grams that tell most about the texts, for `NgramEmbedding`.

    Those that occur in most texts; where each has a weight, those whose absolute weight times
    the square root of the number of texts is largest: a score of the texts loses least without
    the others.

    Args:
        sequences: token ids of the training texts, the start token first.
        vocabulary_size: number of token ids.
        sizes: most bigrams, trigrams and so on to keep; of a longer n-gram all but the last
            token must be one that is kept, and counts as much as the longer one for that.
        weigh: gives the weights of n-grams, an integer array of shape (n-grams, length).

    Returns:
        Ascending int32 arrays, one a length; shorter than asked for where there are fewer.

    Example:
        >>> texts = [np.array([2, 5, 6, 5]), np.array([2, 5, 6])]
        >>> choose_ngrams(texts, 10, [1, 1])
        [array([56], dtype=int32), array([5], dtype=int32)]
    """
    tokens = [sequence[sequence != START].astype(np.int64) for sequence in sequences]
    numbers, found, values = tokens, [], []
    for length in range(2, len(sizes) + 2):
        numbers = [
            number[: len(token) - length + 1] * vocabulary_size + token[length - 1 :]
            for number, token in zip(numbers, tokens, strict=True)
        ]
        known, counts = np.unique(
            np.concatenate([np.unique(number) for number in numbers]), return_counts=True
        )
        value = counts.astype(np.float64)
        if weigh is not None:
            value = np.abs(weigh(_digits(known, vocabulary_size, length))) * np.sqrt(value)
        found.append(known)
        values.append(value)
    for index in range(len(sizes) - 1, 0, -1):
        prefixes = np.searchsorted(found[index - 1], found[index] // vocabulary_size)
        np.maximum.at(values[index - 1], prefixes, values[index])
    tables: list[np.ndarray] = []
    shorter = np.arange(vocabulary_size)
    for known, value, size in zip(found, values, sizes, strict=True):
        prefixes = known // vocabulary_size
        rows = np.minimum(np.searchsorted(shorter, prefixes), max(len(shorter) - 1, 0))
        possible = np.flatnonzero(shorter[rows] == prefixes) if len(shorter) else rows[:0]
        # The smaller number wins a tie, so that the same texts give the same table.
        chosen = np.sort(possible[np.argsort(-value[possible], kind="stable")[:size]])
        tables.append(rows[chosen] * vocabulary_size + known[chosen] % vocabulary_size)
        shorter = known[chosen]
    return [table.astype(np.int32) for table in tables]


def _digits(numbers: np.ndarray, base: int, length: int) -> np.ndarray:
    """Return the digits of numbers, shape (numbers, length)."""
    return numbers[:, None] // base ** np.arange(length - 1, -1, -1, dtype=np.int64) % base


def unfold(tables: Sequence[np.ndarray], vocabulary_size: int) -> list[np.ndarray]:
    """Return the token ids of the n-grams of `choose_ngrams`.

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


def start_embeddings(
    model: Any,
    tables: Sequence[np.ndarray],
    teacher: NgramTeacher | None = None,
    settings: TeacherSettings | None = None,
) -> None:
    """Give a network its n-grams, and what a teacher says of them and of the words.

    Args:
        model: a text classifier.
        tables: the keys of bigrams, trigrams and so on, of an `NgramRecurrentBackbone`.
        teacher: the teacher, if there is one.
        settings: how it teaches.
    """
    import zoo.common.keras_first  # noqa: F401

    import keras

    backbone = model.backbone
    embeddings = [backbone.token_embedding.embeddings]
    if tables:
        embeddings += backbone.ngram_embedding.embeddings
        for variable, keys in zip(backbone.ngram_embedding.keys, tables, strict=True):
            variable.assign(keys)
    if teacher is None or settings is None or not settings.start:
        return
    size = backbone.spec.vocabulary_size
    known = [np.arange(size)[:, None], *unfold(tables, size)]
    for variable, ngrams in zip(embeddings, known, strict=True):
        vectors = np.array(keras.ops.convert_to_numpy(variable))
        vectors[:, 0] = settings.start * teacher.weights(ngrams)
        variable.assign(vectors)
