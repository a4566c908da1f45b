"""The n-grams that a network gets vectors for, against counting them one by one."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoo.layers.ngram_embedding import NgramEmbedding
from zoo.tasks.text_classification.ngrams import choose_ngrams, unfold
from zoo.text.encoding import START


@given(st.lists(st.lists(st.integers(3, 8), max_size=12), min_size=1, max_size=8))
def test_the_most_frequent_are_kept(texts):
    sequences = [np.array([START, *text]) for text in texts]
    everything = choose_ngrams(sequences, 9, [99, 999])
    for length, found in zip((2, 3), unfold(everything, 9), strict=True):
        expected = {
            tuple(text[i : i + length]) for text in texts for i in range(len(text) - length + 1)
        }
        assert {tuple(ngram) for ngram in found.tolist()} == expected
    (bigrams,) = choose_ngrams(sequences, 9, [3])
    counts = Counter(pair for text in texts for pair in {*pairwise(text)})
    kept = [counts[first, second] for first, second in unfold([bigrams], 9)[0].tolist()]
    assert sorted(kept, reverse=True) == sorted(counts.values(), reverse=True)[:3]


def test_a_trigram_needs_its_bigram():
    sequences = [np.array([START, 5, 6, 7])] * 2 + [np.array([START, 5, 6])]
    tables = choose_ngrams(sequences, 10, [1, 9])
    assert [ngrams.tolist() for ngrams in unfold(tables, 10)] == [[[5, 6]], [[5, 6, 7]]]


def test_the_layer_trains_the_vectors_of_what_it_reads_and_no_others():
    layer = NgramEmbedding(vocabulary_size=10, sizes=[2, 1], dims=[3, 2])
    inputs = keras.Input((None,), dtype="int32")
    model = keras.Model(inputs, keras.layers.GlobalAveragePooling1D()(layer(inputs)))
    layer.keys[0].assign([45, 56])
    layer.keys[1].assign([17])  # after the bigram of row 1: 5 6 7
    before = [np.array(keras.ops.convert_to_numpy(table)) for table in layer.embeddings]
    model.compile(keras.optimizers.SGD(1.0), "mse")
    model.train_on_batch(np.array([[2, 5, 6, 7, 0]]), np.ones((1, 5)))
    after = [keras.ops.convert_to_numpy(table) for table in layer.embeddings]
    assert np.array_equal(after[0][0], before[0][0]) and (after[0][1] != before[0][1]).all()
    assert (after[1] != before[1]).all()
    assert [keys.dtype for keys in layer.keys] == ["int32", "int32"] and not any(
        keys.trainable for keys in layer.keys
    )


@pytest.mark.parametrize("tokens", [[[5]], [[6, 5, 7]], [[0, 0, 0]]])
def test_unknown_ngrams_are_zeros(tokens):
    layer = NgramEmbedding(vocabulary_size=10, sizes=[2, 1], dims=[3, 2])
    tokens = np.array(tokens)
    layer.build(tokens.shape)
    assert not keras.ops.convert_to_numpy(layer(tokens)).any()  # its keys are not set yet
    layer.keys[0].assign([45, 56])
    layer.keys[1].assign([17])
    assert not keras.ops.convert_to_numpy(layer(tokens)).any()


def test_the_weightiest_are_kept_and_what_they_stand_on():
    sequences = [np.array([START, 5, 6, 7, 8])] * 4 + [np.array([START, 3, 4])]
    weights = {(5, 6, 7): 2.0, (6, 7): 0.1, (7, 8): 0.2, (3, 4): 3.0}

    def weigh(ngrams):
        return np.array([-weights.get(tuple(ngram), 0.0) for ngram in ngrams.tolist()])

    bigrams, trigrams = unfold(choose_ngrams(sequences, 10, [2, 1], weigh), 10)
    # 3 4 counts 3 (3 times the root of one text), 5 6 counts 4 for the sake of 5 6 7.
    assert bigrams.tolist() == [[3, 4], [5, 6]]
    assert trigrams.tolist() == [[5, 6, 7]]
