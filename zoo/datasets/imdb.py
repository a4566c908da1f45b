"""The IMDB movie reviews of Maas et al. (2011), through TensorFlow Datasets."""

from __future__ import annotations

import os

import numpy as np

from zoo.datasets.common import TextDataset
from zoo.errors import DataError, InputError, shown

__all__ = ["VALIDATION_SIZE", "load_imdb_reviews", "split_train"]

VALIDATION_SIZE = 2_500
_SPLIT_SEED = 20_110_619  # fixed for ever: the checkpoints were chosen on this validation part


def split_train(texts: list[str], labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cut the validation part from the training reviews.

    As many positive as negative reviews are drawn, always the same ones. Reviews that occur
    more than once stay out of the validation part, so that no text is on both sides.

    Args:
        texts: the reviews of the official training split, in their official order.
        labels: their class numbers.

    Returns:
        Indices of the training part and of the validation part, both ascending.
    """
    occurrences: dict[str, int] = {}
    for text in texts:
        occurrences[text] = occurrences.get(text, 0) + 1
    single = np.array([occurrences[text] == 1 for text in texts])
    generator = np.random.default_rng(_SPLIT_SEED)
    chosen = [
        generator.choice(
            np.flatnonzero(single & (labels == label)), VALIDATION_SIZE // 2, replace=False
        )
        for label in (0, 1)
    ]
    validation = np.sort(np.concatenate(chosen))
    return np.setdiff1d(np.arange(len(texts)), validation), validation


def load_imdb_reviews(split: str) -> TextDataset:
    """Load a split of the IMDB movie reviews; label 0 is negative, 1 is positive.

    The data is read from the directory of TensorFlow Datasets (the environment variable
    `TFDS_DATA_DIR`, or `~/tensorflow_datasets`), and fetched into it the first time.

    Args:
        split: `"train"` (22,500 reviews), `"validation"` (2,500, cut from the official training
            split) or `"test"` (the official 25,000).

    Raises:
        InputError: there is no such split.
        DataError: the data is neither cached nor reachable.

    Example:
        >>> load_imdb_reviews("test").labels.mean()  # doctest: +SKIP
        0.5

    Reference:
        [Maas et al., 2011](https://aclanthology.org/P11-1015/)
    """
    if split not in ("train", "validation", "test"):
        raise InputError(f"Expected 'train', 'validation' or 'test'. Received: {shown(split)}")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # TensorFlow reports its CUDA search
    import tensorflow_datasets as tfds

    official = "test" if split == "test" else "train"
    try:
        # Only the labelled splits are asked for: the unsupervised one is not needed.
        data = tfds.load("imdb_reviews", split=official, shuffle_files=False)
        examples = [
            (example["text"].decode("utf-8"), int(example["label"]))
            for example in tfds.as_numpy(data)
        ]
    except Exception as error:  # every transport and every parser below raises its own kind
        raise DataError(
            "The data set imdb_reviews could not be loaded. Expected: a prepared copy in the "
            f"directory TFDS_DATA_DIR (now: {os.environ.get('TFDS_DATA_DIR', 'not set')}), or "
            f"the network to fetch it. Received: {type(error).__name__}: {shown(str(error), 200)}"
        ) from error
    texts = [text for text, _ in examples]
    labels = np.array([label for _, label in examples], np.int32)
    if split == "test":
        return TextDataset(texts, labels)
    rows = split_train(texts, labels)[split == "validation"]
    return TextDataset([texts[row] for row in rows], labels[rows])
