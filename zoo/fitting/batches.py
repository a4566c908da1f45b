"""Batches of texts of like length, in an order that depends on seed and epoch only."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ["length_batches"]


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
