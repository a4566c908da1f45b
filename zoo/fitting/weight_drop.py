"""Dropout of recurrent weights: part of a layer's recurrent kernel is zeros for a batch."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from typing import Any

from zoo.errors import InputError, shown

__all__ = ["drop_weights"]


def drop_weights(backbone: Any, share: float) -> None:
    """Have a backbone's layers drop a share of their recurrent kernels in training.

    Which numbers are zeros is drawn once a batch and layer, the same for all of its steps and
    rows; the others are multiplied by `1 / (1 - share)`. Outside of training nothing is dropped,
    and the setting is no part of the configuration. To be called before the first training step.

    Args:
        backbone: a recurrent backbone of texts that reads in one direction.
        share: the share that is dropped; 0 for none.

    Raises:
        InputError: the backbone has no such layers, or the share is not from 0 to below 1.

    Example:
        >>> import zoo
        >>> model = zoo.load("lstm-imdb")
        >>> drop_weights(model.backbone, 0.5)

    Reference:
        [Merity et al., 2018](https://arxiv.org/abs/1708.02182)
    """
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share < 1:
        raise InputError(
            f"Expected a weight_drop from 0 to below 1, such as 0.5. Received: {shown(share)}"
        )
    layers = [layer for layer in backbone.layers if hasattr(layer, "weight_drop")]
    if share and not layers:
        raise InputError(
            "Expected weight_drop for a recurrent backbone of texts that reads in one direction. "
            f"Received: {share} for a {type(backbone).__name__}. Leave it out"
        )
    for layer in layers:
        layer.weight_drop = float(share)
