"""Which layers learn when, and how fast."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from typing import Any

__all__ = ["gradual_begin", "layer_groups"]


def layer_groups(paths: Sequence[str], head: Collection[str]) -> list[int]:
    """Return how far below the head the layer of every weight is: 0 is the head itself.

    Embeddings are the lowest; layers side by side, as convolutions of several widths, count as
    one, and what stands above the last numbered layer belongs to it.

    Args:
        paths: names of the weights, such as `"recurrent_0/lstm_cell/kernel"`.
        head: names of the layers of the head.

    Example:
        >>> paths = ["token_embedding/embeddings", "recurrent_0/kernel", "logits/kernel"]
        >>> layer_groups(paths, head=["logits"])
        [2, 1, 0]
    """
    heights = []
    for path in paths:
        layer = path.split("/")[0]
        number = re.fullmatch(r"(?:recurrent|encoder)_(\d+)", layer)
        if layer in head:
            heights.append(10_000)
        elif layer.endswith("embedding"):
            heights.append(0)
        else:
            heights.append(1 + int(number[1]) if number else 9_999)
    numbered = [height for height in heights if height < 9_999]
    highest = max([1, *numbered])
    heights = [highest if height == 9_999 else height for height in heights]
    levels = sorted({*heights, 10_000}, reverse=True)
    return [levels.index(height) for height in heights]


def gradual_begin(
    optimizer: Any, groups: Sequence[int], epochs: int, rate_decay: float, first: int = 0
) -> Callable[[int], bool]:
    """Return what sets the rates before an epoch: the head first, then layer after layer.

    A layer joins every tenth of the epochs, at least every epoch. The rate of a layer is that of
    the one above it divided by `rate_decay`.

    Args:
        optimizer: a `LayerwiseAdamW` of the weights.
        groups: how far below the head every weight is.
        epochs: number of epochs.
        rate_decay: by how much the rate falls from a layer to the one below.
        first: how many layers below the head learn from the start.

    Returns:
        A function of the epoch's number, which returns whether a layer joins with it.

    Reference:
        [Howard & Ruder, 2018](https://aclanthology.org/P18-1031/)
    """
    stage = max(1, epochs // 10)

    def begin(epoch: int) -> bool:
        free = first + epoch // stage
        optimizer.set_shares([rate_decay**-group if group <= free else 0.0 for group in groups])
        return epoch % stage == 0 and free <= max(groups)

    return begin
