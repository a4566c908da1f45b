"""Batches whose lengths differ, as `keras.Model.fit` reads them on every backend."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from collections.abc import Iterator
from typing import Any

import keras

__all__ = ["batches_of_any_length"]


def batches_of_any_length(source: keras.utils.PyDataset) -> Any:
    """Return batches as `fit` takes them, whatever the number of rows and steps of each.

    On TensorFlow Keras takes the shapes of the first two batches for those of all, so that the
    third fails where only it is longer. There a `tf.data` dataset says that they differ.

    Args:
        source: gives batches of arrays of shape (rows, ...), or (rows, steps, ...) where they
            stand in a dictionary of features; as many in every epoch.

    Example:
        >>> class Two(keras.utils.PyDataset):
        ...     def __len__(self):
        ...         return 2
        ...
        ...     def __getitem__(self, index):
        ...         return {"series": np.zeros((1, 3 + index, 1))}, np.zeros(1)
        >>> [len(x["series"][0]) for x, _ in batches_of_any_length(Two())]
        [3, 4]
    """
    if keras.backend.backend() != "tensorflow":
        return source
    import tensorflow as tf

    def spec(array: Any, free: int) -> Any:
        return tf.TensorSpec((None,) * free + array.shape[free:], array.dtype)

    features, *others = source[0]
    signature = (
        {name: spec(array, 2) for name, array in features.items()},
        *(spec(array, 1) for array in others),
    )
    dataset = tf.data.Dataset.from_generator(lambda: _once_more(source), output_signature=signature)
    counted = dataset.apply(tf.data.experimental.assert_cardinality(len(source)))
    return counted.prefetch(tf.data.AUTOTUNE)


def _once_more(source: keras.utils.PyDataset) -> Iterator[Any]:
    for index in range(len(source)):
        yield source[index]
    source.on_epoch_end()
