"""Word vectors counted out of the training texts, which a network's embeddings start at.

Labels alone teach little about most words, which occur in few texts; the words around them in the
same texts tell which are alike. Factorising those counts takes seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from zoo.errors import InputError
from zoo.tasks.text_classification.recipe import WordVectorSettings
from zoo.text.encoding import START

__all__ = ["start_word_vectors", "word_vectors"]


def word_vectors(
    sequences: Sequence[np.ndarray],
    vocabulary_size: int,
    dimensions: int,
    settings: WordVectorSettings,
) -> np.ndarray:
    """Return vectors of words that are alike where the words around them are.

    Counts of the words around each word, the nearer the more, become positive pointwise mutual
    information, of which the leading singular vectors are kept.

    Args:
        sequences: token ids of the texts, the start token first.
        vocabulary_size: number of token ids.
        dimensions: length of the vectors.
        settings: what is counted and how it is weighed.

    Returns:
        float32 array of shape (vocabulary_size, dimensions), rows of length 1, or 0 for words
        without another beside them. The same texts give the same vectors.

    Raises:
        InputError: the texts have fewer different words than the vectors dimensions.

    Example:
        >>> texts = [np.array([2, 5, 6, 7, 5, 8]), np.array([2, 6, 5, 8, 7])]
        >>> word_vectors(texts, 9, 2, WordVectorSettings()).shape
        (9, 2)

    Reference:
        [Levy, Goldberg & Dagan, 2015](https://aclanthology.org/Q15-1016/)
    """
    from scipy.sparse.linalg import svds

    information = _information(sequences, vocabulary_size, settings)
    known = int((np.diff(information.indptr) > 0).sum())
    if known <= dimensions:
        raise InputError(
            f"Expected texts of more different words than the vectors' {dimensions} dimensions. "
            f"Received: {known}. Take shorter vectors or more texts"
        )
    # The iteration starts at fixed numbers, or each run would have other signs and digits.
    start = np.random.default_rng(0).normal(size=vocabulary_size)
    left, values, _ = svds(information, k=dimensions, v0=start)
    order = np.argsort(-values)
    vectors = left[:, order] * values[order] ** settings.power
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: np.ndarray = np.where(lengths > 1e-9, vectors / np.maximum(lengths, 1e-9), 0)
    return scaled.astype(np.float32)


def _information(sequences: Sequence[np.ndarray], size: int, settings: WordVectorSettings) -> Any:
    """Return the positive pointwise mutual information of words and words around, sparse."""
    from scipy import sparse

    gap = np.full(settings.window, -1)  # no word is near one of another text
    flat = np.concatenate(
        [part for ids in sequences for part in (ids[ids != START].astype(np.int64), gap)]
    )
    counts = sparse.csr_matrix((size, size))
    for distance in range(1, settings.window + 1):
        first, second = flat[:-distance], flat[distance:]
        inside = (first >= 0) & (second >= 0)
        pairs = (first[inside], second[inside])
        weights = np.full(len(pairs[0]), 1 / distance)
        found = sparse.coo_matrix((weights, pairs), shape=(size, size)).tocsr()
        counts = counts + found + found.T
    counts = counts.tocoo()
    words = np.asarray(counts.sum(axis=1))[:, 0]
    # Rare words around would otherwise count for too much.
    around = words**settings.smoothing
    values = np.log(counts.data * around.sum() / (words[counts.row] * around[counts.col]))
    kept = values > 0
    return sparse.csr_matrix(
        (values[kept], (counts.row[kept], counts.col[kept])), shape=(size, size)
    )


def start_word_vectors(
    model: Any, sequences: Sequence[np.ndarray], settings: WordVectorSettings
) -> None:
    """Let the embeddings of a network start at word vectors of its training texts.

    Args:
        model: a text classifier.
        sequences: token ids of the training texts, the start token first.
        settings: what is counted and how it is weighed.
    """
    embeddings = model.backbone.token_embedding.embeddings
    size, dimensions = embeddings.shape
    embeddings.assign(word_vectors(sequences, size, dimensions, settings))
