"""Word vectors of the training texts, against a dense computation and for what they are for."""

from __future__ import annotations

import numpy as np
import pytest

from zoo.errors import InputError
from zoo.tasks.text_classification.recipe import WordVectorSettings
from zoo.tasks.text_classification.word_vectors import start_word_vectors, word_vectors
from zoo.text.encoding import START


def _texts(number: int, seed: int = 0) -> list[np.ndarray]:
    """Texts whose words 10 to 19 stand beside 30 to 39, and 20 to 29 beside 40 to 49."""
    generator = np.random.default_rng(seed)
    texts = []
    for _ in range(number):
        words = [START]
        for kind in generator.integers(2, size=20):
            words += [10 + 10 * kind + generator.integers(10), 30 + 10 * kind]
            words[-1] += generator.integers(10)
        texts.append(np.array(words))
    return texts


def _dense(texts: list[np.ndarray], size: int, dimensions: int, window: int) -> np.ndarray:
    counts = np.zeros((size, size))
    for text in texts:
        words = text[1:]
        for here in range(len(words)):
            for there in range(max(0, here - window), min(len(words), here + window + 1)):
                if there != here:
                    counts[words[here], words[there]] += 1 / abs(there - here)
    sums = counts.sum(axis=1)
    around = sums**0.75
    with np.errstate(divide="ignore", invalid="ignore"):
        information = np.log(counts * around.sum() / np.outer(sums, around))
    information = np.where(counts > 0, np.maximum(information, 0), 0)
    left, values, _ = np.linalg.svd(information)
    vectors = left[:, :dimensions] * np.sqrt(values[:dimensions])
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.where(lengths > 1e-9, vectors / np.maximum(lengths, 1e-9), 0)


@pytest.mark.parametrize("window", [1, 3])
def test_vectors_equal_a_dense_computation(window):
    texts = _texts(30)
    received = word_vectors(texts, 60, 4, WordVectorSettings(window=window))
    expected = _dense(texts, 60, 4, window)
    # Singular vectors are known up to their sign; products of the rows are free of it.
    np.testing.assert_allclose(received @ received.T, expected @ expected.T, atol=1e-4)


def test_words_with_the_same_neighbours_are_alike():
    vectors = word_vectors(_texts(200), 60, 4, WordVectorSettings(window=1))
    alike = vectors @ vectors.T
    assert alike[10:20, 10:20].min() > alike[10:20, 20:30].max()
    np.testing.assert_allclose(np.linalg.norm(vectors[10:50], axis=1), 1, atol=1e-5)
    assert not vectors[:10].any()


def test_the_same_texts_give_the_same_vectors():
    first, second = (word_vectors(_texts(50), 60, 4, WordVectorSettings()) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_too_few_words_are_refused():
    with pytest.raises(InputError, match=r"more different words.*Received: 2"):
        word_vectors([np.array([START, 5, 6])], 10, 2, WordVectorSettings())


@pytest.mark.at_once
def test_a_network_starts_at_the_vectors():
    import zoo

    model = zoo.load("gru-imdb")
    texts = _texts(40)
    size, dimensions = model.backbone.token_embedding.embeddings.shape
    with pytest.raises(InputError, match="more different words"):
        start_word_vectors(model, texts, WordVectorSettings())
    many = [np.arange(2, 2 + dimensions * 3, dtype=np.int64)] * 2
    start_word_vectors(model, many, WordVectorSettings())
    np.testing.assert_array_equal(
        np.asarray(model.backbone.token_embedding.embeddings),
        word_vectors(many, size, dimensions, WordVectorSettings()),
    )
