"""Few of many classes for a step of training, drawn so that the cross-entropy can be estimated."""

from __future__ import annotations

from typing import Any

import numpy as np

from zoo.errors import InputError, shown
from zoo.fitting.loop import Batches

__all__ = ["ClassSampler", "SampledStreams"]

# Power of a class's count by which it is drawn: below 1, so that rare ones come often enough.
_POWER = 0.6


class ClassSampler:
    """Draws a number of classes without repetition, frequent ones more often.

    A class comes with a probability that is known; with the exponential of its logit divided by
    it, the sum over those drawn is that over all classes in expectation.

    Args:
        counts: how often each class occurs, of shape (classes,).
        size: how many are drawn.

    Attributes:
        probabilities: of each class to be drawn, of shape (classes,).

    Raises:
        InputError: there are not as many classes.

    Example:
        >>> sampler = ClassSampler(np.array([1, 100, 1, 1]), 2)
        >>> sampler.probabilities.round(2).tolist()
        [0.33, 1.0, 0.33, 0.33]
        >>> classes, _ = sampler.draw(np.random.default_rng(0))
        >>> len(classes)
        2

    Reference:
        [Jean et al., 2015](https://aclanthology.org/P15-1001/),
        [Madow, 1949](https://doi.org/10.1214/aoms/1177729988) (systematic sampling)
    """

    def __init__(self, counts: np.ndarray, size: int) -> None:
        if not 0 < size <= len(counts):
            raise InputError(
                f"Expected from 1 to {len(counts)} classes to draw, which is how many there are. "
                f"Received: {shown(size)}"
            )
        self.size = size
        wanted = np.maximum(counts, 1).astype(np.float64) ** _POWER
        chances = np.zeros(len(counts))
        # Those that would come more than once come always, and leave fewer for the others.
        while True:
            left = chances < 1
            chances[left] = wanted[left] * ((size - (~left).sum()) / wanted[left].sum())
            if not (chances > 1).any():
                break
            chances[chances >= 1] = 1
        self.probabilities = chances

    def draw(self, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Return classes, and what to add to the logit of each, both of shape (size,).

        Args:
            generator: where the random numbers come from.
        """
        order = generator.permutation(len(self.probabilities))
        passed = np.cumsum(self.probabilities[order])
        passed *= self.size / passed[-1]
        marks = np.arange(self.size) + generator.uniform()
        classes = order[np.minimum(np.searchsorted(passed, marks), len(order) - 1)]
        return classes.astype(np.int32), -np.log(self.probabilities[classes]).astype(np.float32)


class SampledStreams:
    """Streams whose every piece also says which classes its targets are told from.

    Args:
        streams: the streams.
        sampler: draws the classes.
        seed: seed of the draws of an epoch, a sequence of numbers.
    """

    in_order = True

    def __init__(self, streams: Batches, sampler: ClassSampler, seed: list[int]) -> None:
        self.streams, self.sampler, self.seed = streams, sampler, seed

    @property
    def lengths(self) -> np.ndarray:
        """Steps of every piece."""
        return self.streams.lengths

    def batch(self, rows: np.ndarray) -> tuple[dict[str, Any], np.ndarray, np.ndarray]:
        """Return features, targets and weights of a piece.

        The features hold, beside those of the streams, the `targets`, the `classes` and their
        `log_weights`. What is to be told is the first of the logits: the target's own.

        Args:
            rows: the piece's number, alone.
        """
        features, targets, weights = self.streams.batch(rows)
        classes, log_weights = self.sampler.draw(np.random.default_rng([*self.seed, int(rows[0])]))
        features |= {"targets": targets, "classes": classes, "log_weights": log_weights}
        return features, np.zeros_like(targets), weights
