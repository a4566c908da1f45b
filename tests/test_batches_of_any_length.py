"""Batches of other lengths than the first ones reach a model on every backend."""

from __future__ import annotations

import numpy as np
import pytest

import zoo
from zoo.networks.recurrent.backbone import SeriesRecurrentBackbone
from zoo.tasks.time_series_classification.trained_model import SeriesRecurrentSequenceClassifier


def test_texts_that_are_longer_than_the_first_ones_with_grain(tiny):
    """KerasHub takes Grain where it is installed, which knows no other lengths."""
    pytest.importorskip("grain")
    texts = ["A film."] * 64 + ["A film. " * 40] * 32
    labels = [0] * 96
    model = zoo.load(tiny)
    model.preprocessor.tail_length = 60
    assert model.predict(texts, verbose=0).shape == (96, 3)
    assert np.isfinite(model.evaluate(texts, labels, verbose=0)).all()
    model.fit(texts[:32], labels[:32], validation_data=(texts, labels), verbose=0)


def test_series_that_are_longer_than_the_first_ones():
    model = SeriesRecurrentSequenceClassifier(
        SeriesRecurrentBackbone(channels=1, cell="gru", units=2), num_classes=2
    )
    model.compile()
    series = [np.zeros(4)] * 30 + [np.ones(9)]
    history = model.fit(series, [0, 1] * 15 + [0], batch_size=2, epochs=2, verbose=0)
    assert len(history.history["loss"]) == 2
