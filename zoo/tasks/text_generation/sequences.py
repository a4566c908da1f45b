"""Texts cut to sequences of one length to train and score on; nothing of a text is left out."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from collections.abc import Sequence
from typing import Any

import numpy as np

from zoo.errors import InputError, shown
from zoo.text.encoding import PAD, check_texts
from zoo.text.language import END

__all__ = ["batches", "cut", "dataset_of_sequences", "weights_of"]


def cut(texts: Sequence[np.ndarray], length: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the sequences of texts one after another, and the text of each.

    Every token of a text is told once, of those before it in its sequence and of the one before
    that: the last token of a sequence is the first one that the next one reads.

    Args:
        texts: token ids of each text.
        length: tokens that a sequence tells.

    Returns:
        int32 array of shape (sequences, length + 1), padded; int64 array of shape (sequences,),
        the number of its text.

    Example:
        >>> rows, texts = cut([np.array([3, 4, 5]), np.array([6])], 2)
        >>> rows.tolist(), texts.tolist()
        ([[2, 3, 4], [4, 5, 0], [2, 6, 0]], [0, 0, 1])
    """
    counts = [-(-len(ids) // length) for ids in texts]
    rows = np.full((sum(counts), length + 1), PAD, np.int32)
    start = 0
    for ids, count in zip(texts, counts, strict=True):
        told = rows[start : start + count, 1:]
        full = np.full(count * length, PAD, np.int32)
        full[: len(ids)] = ids
        told[:] = full.reshape(count, length)
        rows[start + 1 : start + count, 0] = told[:-1, -1]
        if count:
            rows[start, 0] = END
        start += count
    return rows, np.repeat(np.arange(len(texts)), counts)


def weights_of(given: Any, count: int) -> np.ndarray | None:
    """Return the weights of texts, float32 of shape (texts,), checked; None where there are none.

    Args:
        given: the weights, or None.
        count: number of texts.

    Raises:
        InputError: there is not one a text.
    """
    if given is None:
        return None
    weights = np.asarray(given, np.float32)
    if weights.shape != (count,):
        raise InputError(f"Expected one weight a text: shape ({count},). Received: {weights.shape}")
    return weights


def _split(rows: Any) -> tuple[dict[str, Any], Any]:
    """Return what is read of sequences, and what is told."""
    read = rows[..., :-1]
    return {"token_ids": read, "padding_mask": read != PAD}, rows[..., 1:]


def batches(
    rows: np.ndarray, weights: np.ndarray | None, batch_size: int, shuffle: bool = False
) -> Any:
    """Return sequences as a `tf.data` data set of what is read, what is told, and its weight.

    Args:
        rows: sequences as `cut` returns them.
        weights: weight of each, or None.
        batch_size: sequences a step.
        shuffle: whether every epoch has a new order.
    """
    import tensorflow as tf

    weights = np.ones(len(rows), np.float32) if weights is None else weights
    data = tf.data.Dataset.from_tensor_slices((rows, weights))
    if shuffle:
        data = data.shuffle(len(rows), seed=int(np.random.randint(1 << 31)))

    def parts(rows: Any, weights: Any) -> tuple[Any, Any, Any]:
        features, told = _split(rows)
        return features, told, tf.cast(told != PAD, tf.float32) * weights[:, None]

    return data.batch(batch_size).map(parts).prefetch(tf.data.AUTOTUNE)


def dataset_of_sequences(data: Any, encode: Any, length: int) -> Any:
    """Return the same of a `tf.data` data set of batches of texts.

    A batch of texts gives batches of at most as many sequences.

    Args:
        data: the data set, of batches of strings.
        encode: returns the token ids of each of several texts.
        length: tokens that a sequence tells.

    Raises:
        InputError: it holds something else.
    """
    import tensorflow as tf

    spec = data.element_spec
    if isinstance(spec, tuple) and len(spec) == 1:
        data, spec = data.map(lambda texts: texts), spec[0]
    if getattr(spec, "dtype", None) != tf.string or spec.shape.rank != 1:
        raise InputError(
            "Expected a tf.data data set of batches of texts, such as "
            "tf.data.Dataset.from_tensor_slices(['to be or not']).batch(1). "
            f"Received: one of {shown(str(spec), 200)}"
        )

    def rows_of(texts: np.ndarray) -> np.ndarray:
        return cut(encode(check_texts(texts)), length)[0]

    def sequences(texts: Any) -> Any:
        rows = tf.numpy_function(rows_of, [texts], tf.int32)
        rows.set_shape((None, length + 1))
        count = tf.size(texts, out_type=tf.int64)
        return tf.data.Dataset.from_tensor_slices(rows).batch(count)

    def parts(rows: Any) -> tuple[Any, Any, Any]:
        features, told = _split(rows)
        return features, told, tf.cast(told != PAD, tf.float32)

    return data.flat_map(sequences).map(parts).prefetch(tf.data.AUTOTUNE)
