"""Texts to find names in, where a user has not given any."""

from __future__ import annotations

from zoo.datasets import dataset_named
from zoo.schema import ModelInfo

__all__ = ["texts_of"]

_TEXTS = (
    "EU rejects German call to boycott British lamb.",
    "Mary Ann Smith moved from New York to the Bank of England in London.",
    "The Swedish team of Ericsson plays Real Madrid in Spain on Friday.",
)


def texts_of(info: ModelInfo) -> tuple[str, ...]:
    """Return texts for a model: those of the data set that it was trained on, or English ones.

    Args:
        info: the model's record.
    """
    dataset = dataset_named(info.dataset.name) if info.dataset else None
    return dataset.examples if dataset and dataset.examples else _TEXTS
