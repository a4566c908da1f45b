"""Sentences to translate, where a user has not given any."""

from __future__ import annotations

from zoo.datasets.common import DataSet

__all__ = ["sentences_of"]

_SENTENCES = (
    "A man is riding a bike.",
    "Two dogs are playing in the snow.",
    "A woman in a red dress is standing in front of a large house.",
)


def sentences_of(dataset: DataSet | None) -> tuple[str, ...]:
    """Return sentences to translate: those of a data set, or English ones.

    Args:
        dataset: what a model was trained on first; None for one that is none of the zoo's.
    """
    return dataset.examples if dataset and dataset.examples else _SENTENCES
