"""Texts to ask a classifier, where a user has not given any."""

from __future__ import annotations

from zoo.datasets.common import DataSet
from zoo.schema import ModelInfo

__all__ = ["texts_of"]

# Of nothing in particular; the last is long, for the gradient goes back in it.
_TEXTS = (
    "It works as described, and I would choose it again.",
    "It broke after two days, and nobody answers when I call.",
    "I wanted to like it, and at first it is not bad at all, but then it falls apart.",
    "At first I thought that this would be one more of those things that promise much and do "
    "little. It took me an hour to find out how to begin, nobody whom I asked could tell me more, "
    "and for the first days I asked myself why I had paid for it. But then I read the letter that "
    "came with it once more, and from there on everything that seemed to be wrong turned out to "
    "have a reason. It has been made with great care, it does what it should and nothing else, "
    "and the people who answer questions, once one has found their number, know what they are "
    "talking about. It is a small thing, and it asks for patience, but I would not give it back.",
)


def texts_of(info: ModelInfo, dataset: DataSet | None) -> tuple[str, ...]:
    """Return texts to ask a classifier: those of its data set, or of nothing in particular.

    Args:
        info: its record.
        dataset: what it was trained on first; None for one that is none of the zoo's.
    """
    first = dataset.examples if dataset and not info.sources else ()
    return first or _TEXTS
