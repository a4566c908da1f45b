"""The IMDB movie reviews of Maas et al. (2011), through TensorFlow Datasets."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from zoo.common.quiet import import_quietly
from zoo.datasets.common import DataSet
from zoo.errors import DataError, InputError, shown
from zoo.fetching.urls import prepare
from zoo.schema import DatasetInfo
from zoo.text.examples import TextDataset

__all__ = ["DATASETS", "VALIDATION_FILE", "digest", "load_imdb_reviews", "read_official"]

# Which reviews of the official training split are the validation part. `training.split_films`
# wrote it; it is fixed for ever, for the checkpoints were chosen by it.
VALIDATION_FILE = str(Path(__file__).with_name("imdb_reviews_validation.json"))


def digest(texts: Sequence[str]) -> str:
    """Return the sha256 of texts in their order, in hexadecimal.

    Args:
        texts: the texts.

    Example:
        >>> digest(["A moving film."])[:8]
        'd10a5a66'
    """
    return hashlib.sha256("\0".join(texts).encode("utf-8")).hexdigest()


def read_official(split: str, download: bool = True) -> tuple[list[str], np.ndarray]:
    """Read an official split, the reviews in their official order.

    Args:
        split: `"train"` or `"test"`, 25,000 reviews each.
        download: whether the data is fetched where it is not cached.

    Returns:
        The reviews, and their class numbers as an int32 array of shape (reviews,).

    Raises:
        DataError: the data is neither cached nor reachable.

    Example:
        >>> len(read_official("train")[0])  # doctest: +SKIP
        25000
    """
    import_quietly("tensorflow_datasets")
    import tensorflow_datasets as tfds

    try:
        builder = tfds.builder("imdb_reviews")
        if download:
            prepare(builder)
        # Only the labelled splits are asked for: the unsupervised one is not needed.
        # As one batch it is read five times as fast as review by review.
        data = builder.as_dataset(split=split, shuffle_files=False, batch_size=-1)
        batch: Any = tfds.as_numpy(data)
        texts = [text.decode("utf-8") for text in batch["text"]]
    except Exception as error:  # every transport and every parser below raises its own kind
        raise DataError(
            "The data set imdb_reviews could not be loaded. Expected: a prepared copy in the "
            f"directory TFDS_DATA_DIR (now: {os.environ.get('TFDS_DATA_DIR', 'not set')}), or "
            f"the network to fetch it. Received: {type(error).__name__}: {shown(str(error), 200)}"
        ) from error
    return texts, batch["label"].astype(np.int32)


def load_imdb_reviews(split: str, download: bool = True) -> TextDataset:
    """Load a split of the IMDB movie reviews; label 0 is negative, 1 is positive.

    The data is read from the directory of TensorFlow Datasets (the environment variable
    `TFDS_DATA_DIR`, or `~/tensorflow_datasets`), and fetched into it the first time. The
    validation part is cut from the official training split so that the two share no film, as
    the official splits share none: what is learnt of a film by heart does not help there.

    Args:
        split: `"train"` (22,500 reviews), `"validation"` (2,500, half of them positive) or
            `"test"` (the official 25,000).
        download: whether the data is fetched where it is not cached.

    Raises:
        InputError: there is no such split.
        DataError: the data is neither cached nor reachable, or not the one expected.

    Example:
        >>> load_imdb_reviews("test").labels.mean()  # doctest: +SKIP
        0.5

    Reference:
        [Maas et al., 2011](https://aclanthology.org/P11-1015/)
    """
    if split not in ("train", "validation", "test"):
        raise InputError(f"Expected 'train', 'validation' or 'test'. Received: {shown(split)}")
    texts, labels = read_official("test" if split == "test" else "train", download)
    if split == "test":
        return TextDataset(texts, labels)
    record = json.loads(Path(VALIDATION_FILE).read_bytes())
    rows = np.array(record["indices"])
    if rows[-1] >= len(texts) or digest([texts[row] for row in rows]) != record["sha256"]:
        raise DataError(
            "Expected the reviews of imdb_reviews 1.0.0 in their official order, of which the "
            f"validation part is cut. Received: {len(texts)} others. Prepare the data set anew, "
            "with the tensorflow-datasets that pyproject.toml asks for"
        )
    if split == "train":
        rows = np.setdiff1d(np.arange(len(texts)), rows)
    return TextDataset([texts[row] for row in rows], labels[rows])


# What the picture of all entries on it shows, for their cards.
_FLOW = (
    "The picture compares the recurrent entries that read forwards: the derivative of the last "
    "state with respect to the word some steps earlier, relative to the last word, over long "
    "reviews (`zoo.gradient_flow`). Where a curve falls the network cannot learn from words that "
    "far back; it reads long reviews all the same because every step has a short way to the "
    "answer, through pooling. They are curves of these entries, each with its start and its "
    "teacher, not of what an LSTM or a GRU is: `docs/imdb.md` has the figures, and the same for "
    "plain networks, trained on labels alone from the initial values of Keras."
)
# The last is long: the gradient goes back in it.
_EXAMPLES = (
    "A moving, beautifully acted film.",
    "A dull film and a waste of two hours.",
    "I wanted to like it, and the first half hour is not bad at all, but then it falls apart.",
    "At first I thought that this would be one more of those slow films about nothing, in which "
    "people stand at windows and look at the rain. The camera hardly moves, the actors hardly "
    "speak, and for the first twenty minutes I asked myself why I had paid for the ticket. But "
    "then the old man opens the letter, and from there on every scene that seemed to be empty "
    "turns out to have been full. The music is used with great care, the ending is as sad as it "
    "is right, and the young actress, whom I had never seen before, is a wonder. It is a small "
    "film, and it asks for patience, but it is the best that I have seen this year.",
)

DATASETS = (
    DataSet(
        info=DatasetInfo(
            name="imdb_reviews",
            title="Large Movie Review Dataset (IMDB)",
            url="https://ai.stanford.edu/~amaas/data/sentiment/",
            hub_id="stanfordnlp/imdb",
            splits={"train": 22_500, "validation": 2_500, "test": 25_000},
        ),
        terms="No licence stated; for research, citing Maas et al. (2011)",
        load=load_imdb_reviews,
        languages=("en",),
        labels=("negative", "positive"),
        limits=(
            "It knows English movie reviews of up to about 2011. On other kinds of text, other "
            "languages, irony, comparisons and plot summaries it errs more often, and its "
            "scores are not calibrated there.",
            "Words outside its vocabulary count as unknown. A text longer than the model reads "
            "keeps its beginning and its end, and loses its middle.",
            "The reviews have clear verdicts (at most 4 or at least 7 stars of 10); it never "
            "saw a mixed one.",
            "The reviewers were not a sample of the public. Names of people, genres and "
            "countries carry the sentiment they had in the reviews; do not use it to judge "
            "people or groups.",
            "123 of the official test reviews also occur in the official training split.",
        ),
        meanings={"gradient-flow.png": _FLOW},
        examples=_EXAMPLES,
        tags=("sentiment-analysis",),
    ),
)
