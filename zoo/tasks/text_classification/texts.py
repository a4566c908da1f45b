"""The texts that a classifier is trained on, with the vocabulary that is learnt from them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zoo.datasets import dataset_named, load_dataset
from zoo.errors import InputError
from zoo.schema import DataSource
from zoo.tasks.text_classification.data import prepare_labelled
from zoo.text.encoding import TextEncoder, parse_tokenizer, train_tokenizer
from zoo.text.examples import TextDataset

__all__ = ["TrainingTexts", "read_texts"]


@dataclass(frozen=True)
class TrainingTexts:
    """A data set as a recipe reads it.

    Attributes:
        parts: the training and the validation part by name.
        tokenizer: the tokenizer's file, learnt from the training part alone.
        vocabulary_size: number of its token ids.
        sequences: token ids of the training texts, uncut.
        sources: where they come from, of data of a user's own.
    """

    parts: dict[str, TextDataset]
    tokenizer: bytes
    vocabulary_size: int
    sequences: list[np.ndarray]
    sources: tuple[DataSource, ...] = ()


def read_texts(
    dataset: str,
    vocabulary_size: int,
    labels: tuple[str, ...] = (),
    *,
    text_column: str = "text",
    label_column: str = "label",
    unit: str = "words",
) -> TrainingTexts:
    """Read a data set and learn its vocabulary.

    Args:
        dataset: name of the data set in `zoo.datasets`, or a table of texts and labels that
            `zoo.finetune` reads, of which a part is cut out for validation.
        vocabulary_size: number of token ids at most, special tokens included.
        labels: names of the classes, which such a table must have.
        text_column: name of its column of texts.
        label_column: name of its column of labels.
        unit: what the vocabulary is of, `"words"` or `"characters"`.

    Raises:
        DataError: the data set cannot be loaded.
        InputError: a table has other labels.

    Example:
        >>> read_texts("imdb_reviews", 20_000).vocabulary_size  # doctest: +SKIP
        20000
    """
    sources: tuple[DataSource, ...] = ()
    if dataset_named(dataset) is not None:
        parts = {split: load_dataset(dataset, split) for split in ("train", "validation")}
    else:
        own = prepare_labelled(
            dataset, text_column=text_column, label_column=label_column, known=labels
        )
        if own.labels != labels:
            raise InputError(
                f"Expected a recipe with the labels of {dataset}: labels={own.labels!r}. "
                f"Received: {labels!r}"
            )
        parts = {"train": TextDataset(*own.train), "validation": TextDataset(*own.validation)}
        sources = own.sources
    # The vocabulary, too, is learnt from the training part alone.
    learnt = train_tokenizer(parts["train"].texts, vocabulary_size, unit)
    tokenizer, size = learnt.to_str(pretty=False).encode("utf-8"), learnt.get_vocab_size()
    # N-grams are counted and taught on whole texts; only what the network reads is cut.
    encode = TextEncoder(parse_tokenizer(tokenizer, size), 1, 0)
    return TrainingTexts(
        parts, tokenizer, size, encode(parts["train"].texts, truncate=False), sources
    )
