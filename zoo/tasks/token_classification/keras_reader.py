"""What a tagger's network says of words, computed by a Keras model."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
from keras import ops

from zoo.errors import InputError
from zoo.layers.chain import Chain
from zoo.tasks.token_classification.emissions import Reader
from zoo.tasks.token_classification.tagger import Tagger

__all__ = ["ModelReader", "chain_of", "tagger_of"]


class ModelReader(Reader):
    """Says it by a Keras model.

    Args:
        model: a `TaggingTokenClassifier` with its preprocessor.
    """

    def __init__(self, model: Any) -> None:
        preprocessor = model.preprocessor
        if preprocessor is None:
            raise InputError(
                "Expected a tagger with its preprocessor, as zoo.load returns it. "
                "Received: one without"
            )
        super().__init__(
            preprocessor.features,
            model.labels,
            chain_of(model),
            model.backbone.spec,
            preprocessor.document_length,
        )
        self._model = model

    def run(self, feed: Mapping[str, np.ndarray]) -> np.ndarray:
        places = np.arange(feed["token_ids"].shape[1])
        inside = places < np.asarray(feed["lengths"])[:, None]
        inputs = {name: value for name, value in feed.items() if name != "lengths"}
        found = keras.Model.predict_on_batch(self._model, {**inputs, "padding_mask": inside})
        return np.asarray(ops.convert_to_numpy(found))


class _ModelTagger(Tagger):
    def __init__(self, model: Any) -> None:
        self.reader = ModelReader(model)


def tagger_of(model: Any) -> Tagger:
    """Return what tags and finds names by a Keras model.

    Args:
        model: a `TaggingTokenClassifier` with its preprocessor.

    Raises:
        InputError: it has none.
    """
    return _ModelTagger(model)


def chain_of(model: Any) -> Chain:
    """Return the CRF of a tagger in NumPy.

    Args:
        model: a `TaggingTokenClassifier`.
    """
    # What the scheme forbids is in these scores already.
    transitions, start, end = map(ops.convert_to_numpy, model.crf.scores())
    return Chain(transitions, start, end)
