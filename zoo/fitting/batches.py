"""Batches of an epoch: of texts of like length in a drawn order, or as they follow each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

__all__ = ["epoch_batches", "length_batches", "steps_of"]


def epoch_batches(examples: Any, batch_size: int, *, seed: int, epoch: int) -> list[np.ndarray]:
    """Return which examples are the batches of an epoch.

    Args:
        examples: what the epoch reads, a `zoo.fitting.loop.Batches`. Where its attribute
            `in_order` is true, each of its examples is a batch, read after the one before.
        batch_size: examples a batch, of others.
        seed: seed of the run.
        epoch: number of the epoch.
    """
    lengths = examples.lengths
    if getattr(examples, "in_order", False):
        return list(np.arange(len(lengths))[:, None])
    return length_batches(lengths, batch_size, seed=seed, epoch=epoch)


def steps_of(examples: Any, batch_size: int) -> int:
    """Return how many batches an epoch has.

    Args:
        examples: what it reads, as for `epoch_batches`.
        batch_size: examples a batch.
    """
    count = len(examples.lengths)
    return count if getattr(examples, "in_order", False) else -(-count // batch_size)


def length_batches(
    lengths: Sequence[int] | np.ndarray, batch_size: int, *, seed: int, epoch: int
) -> list[np.ndarray]:
    """Draw one epoch's batches.

    Texts are sorted by a noisy length, so that a batch pads little and still differs from
    epoch to epoch; the order of the batches is random.

    Args:
        lengths: number of tokens of every text.
        batch_size: texts a batch; the last drawn may be smaller.
        seed: seed of the run.
        epoch: number of the epoch.

    Returns:
        A list of arrays of indices; together they hold every text once.

    Example:
        >>> batches = length_batches([3, 9, 4, 8], 2, seed=0, epoch=0)
        >>> sorted(int(index) for batch in batches for index in batch)
        [0, 1, 2, 3]
    """
    generator = np.random.default_rng([seed, epoch])
    noisy = np.asarray(lengths) * generator.uniform(0.9, 1.1, len(lengths))
    order = np.argsort(noisy, kind="stable")
    batches = [order[start : start + batch_size] for start in range(0, len(order), batch_size)]
    generator.shuffle(batches)
    return batches
