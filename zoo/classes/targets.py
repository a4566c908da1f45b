"""What a text classifier is trained and scored on: labels that fit the loss, in any container."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from collections.abc import Iterator
from itertools import chain
from typing import Any

import keras
import numpy as np

from zoo.errors import InputError, shown
from zoo.text.encoding import check_texts

__all__ = ["check_labels", "check_targets", "dataset_of_batches", "takes_shares"]


def check_labels(labels: Any, count: int | None, num_classes: int) -> np.ndarray:
    """Return class numbers as an integer array.

    Args:
        labels: a list or array of class numbers.
        count: number of texts that they belong to, or None if unknown.
        num_classes: number of classes.

    Raises:
        InputError: there are more or fewer labels than texts, or one is not a class number.

    Example:
        >>> check_labels([0, 1], 2, num_classes=2)
        array([0, 1])
    """
    array = np.asarray(labels)
    expected = f"whole numbers from 0 to {num_classes - 1}, one a text, such as [0, 1]"
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        raise InputError(
            f"Expected labels that are {expected}. Received: an array of shape {array.shape}"
        )
    if count is not None and len(array) != count:
        raise InputError(
            f"Expected one label a text: {count} labels. Received: {len(array)} labels"
        )
    numeric = array.dtype.kind in "iub" or (
        array.dtype.kind == "f" and bool(np.all(array == np.floor(array)))
    )
    if not numeric:
        raise InputError(f"Expected labels that are {expected}. Received: {shown(labels)}")
    wrong = np.flatnonzero((array < 0) | (array >= num_classes))
    if len(wrong):
        raise InputError(
            f"Expected labels that are {expected}. Received: {array[wrong[0]]} at index "
            f"{wrong[0]}. For other classes load the model with num_classes="
        )
    return array.astype(np.int32)


def takes_shares(loss: Any) -> bool | None:
    """Return whether a loss reads the share of every class instead of a class number.

    Args:
        loss: a Keras loss, its name, or a function.

    Returns:
        None for a loss that is not Keras' own, which may read either.

    Example:
        >>> takes_shares("sparse_categorical_crossentropy"), takes_shares("categorical_hinge")
        (False, True)
    """
    if isinstance(loss, str):
        loss = keras.losses.get(loss)
    if loss is None:
        return False
    name = getattr(loss, "__name__", type(loss).__name__)
    if not (getattr(loss, "__module__", None) or "").startswith("keras."):
        return None
    return not name.lower().startswith("sparse")


def check_targets(labels: Any, count: int | None, num_classes: int, loss: Any) -> np.ndarray:
    """Return what a text classifier is to tell, as the loss reads it.

    Args:
        labels: class numbers, or the share of every class (one-hot or soft labels) of shape
            (texts, num_classes).
        count: number of texts that they belong to, or None if unknown.
        num_classes: number of classes.
        loss: the loss that the model was compiled with.

    Returns:
        An int32 array of shape (texts,), or a float32 array of shape (texts, num_classes).

    Raises:
        InputError: there are more or fewer labels than texts, one is out of range, or they are of
            the other kind than the loss reads.

    Example:
        >>> check_targets([[0.1, 0.9]], 1, 2, "categorical_crossentropy").tolist()
        [[0.10000000149011612, 0.8999999761581421]]
    """
    shares = takes_shares(loss)
    array = np.asarray(labels)
    of_all = array.ndim == 2 and array.shape[1] == num_classes and num_classes > 1
    if shares is False or (shares is None and not of_all):
        if of_all:
            raise InputError(
                "Expected class numbers, such as [0, 1], for a loss that reads those. Received: "
                f"an array of shape {array.shape}. For one-hot or soft labels compile the model "
                'with loss="categorical_crossentropy"'
            )
        return check_labels(labels, count, num_classes)
    name = loss if isinstance(loss, str) else getattr(loss, "name", None) or type(loss).__name__
    if not of_all:
        raise InputError(
            f"Expected the share of every class, of shape (texts, {num_classes}), for the loss "
            f"{name}. Received: labels of shape {array.shape}. Make them with "
            "keras.utils.to_categorical(labels), or compile the model with "
            'loss="sparse_categorical_crossentropy"'
        )
    if count is not None and len(array) != count:
        raise InputError(f"Expected one row of labels a text: {count}. Received: {len(array)} rows")
    numbers = array.astype(np.float32) if array.dtype.kind in "iubf" else None
    if numbers is None or not np.isfinite(numbers).all() or numbers.min() < 0 or numbers.max() > 1:
        raise InputError(
            "Expected shares from 0 to 1, such as [[0.1, 0.9]]. Received: "
            f"{shown(array.tolist() if array.size < 20 else array)}"
        )
    return numbers


def dataset_of_batches(source: Any) -> Any:
    """Return a generator or `keras.utils.PyDataset` of batches of raw texts as a `tf.data` one.

    Args:
        source: gives (texts, labels) or (texts, labels, weights), a batch at a time; anything
            else is returned as it is.

    Raises:
        InputError: the first batch is not as described.
    """
    again = isinstance(source, keras.utils.PyDataset)
    if not again and not isinstance(source, Iterator):
        known = isinstance(source, str | bytes | list | tuple | dict | None)
        if known or any(hasattr(source, name) for name in ("dtype", "element_spec", "batch")):
            return source
        raise InputError(
            "Expected texts as a list or array, a data set of tf.data or grain, a generator of "
            "(texts, labels) batches or a keras.utils.PyDataset. Received: "
            f"{type(source).__name__}. Give its batches with: iter(...)"
        )
    import tensorflow as tf

    batches = source if again else iter(source)
    try:
        first = _batch(source[0] if again else next(batches))
    except (StopIteration, IndexError):
        raise InputError("Expected at least one batch of (texts, labels). Received: none") from None
    if not again:
        batches = chain([first], batches)

    def read() -> Iterator[Any]:
        if not again:
            yield from map(_batch, batches)
            return
        count = source.num_batches
        index = 0
        while count is None or index < count:
            yield _batch(source[index])
            index += 1
        source.on_epoch_end()

    signature = tuple(
        tf.TensorSpec((None, *part.shape[1:]), tf.string if part.dtype == object else part.dtype)
        for part in first
    )
    dataset = tf.data.Dataset.from_generator(read, output_signature=signature)
    if again and source.num_batches is not None:
        dataset = dataset.apply(tf.data.experimental.assert_cardinality(source.num_batches))
    return dataset


def _batch(batch: Any) -> tuple[np.ndarray, ...]:
    if not isinstance(batch, tuple | list) or len(batch) not in (2, 3):
        raise InputError(
            "Expected batches of (texts, labels) or (texts, labels, weights), such as "
            f"(['A moving film.'], [1]). Received: {shown(batch)}"
        )
    texts, labels, *weights = batch
    return (
        np.array(check_texts(texts), dtype=object),
        _narrow(np.asarray(labels)),
        *(np.asarray(weight, np.float32) for weight in weights),
    )


def _narrow(labels: np.ndarray) -> np.ndarray:
    return labels.astype(np.float32 if labels.dtype.kind == "f" else np.int64)
