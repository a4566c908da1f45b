"""Rates of dropout that change from one epoch of a language model's training to another."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from collections.abc import Callable
from typing import Any

from zoo.errors import InputError, shown
from zoo.fitting.weight_drop import drop_weights
from zoo.tasks.text_generation.recipe import LaterRates

__all__ = ["changing_rates"]

_NAMES = ("dropout", "weight_drop", "embedding_dropout", "layer_dropout")


def changing_rates(
    model: Any, reading: Any, weight_drop: float, later: LaterRates | None
) -> Callable[[int], bool]:
    """Return what sets the rates of dropout before an epoch.

    Args:
        model: the language model, with the rates of the start; none of those that change is 0.
        reading: what trains it, which compiles anew where rates change.
        weight_drop: the share of the recurrent kernels that is dropped from the start.
        later: what they change to, and when.

    Returns:
        A function of the epoch's number, which returns whether rates change with it.

    Raises:
        InputError: there is no such rate, or it is 0 at the start.
    """
    layers: dict[str, list[Any]] = {name: [] for name in _NAMES}
    for layer in model.backbone.layers:
        name = layer.name.rstrip("0123456789").rstrip("_")
        if name in layers and hasattr(layer, "rate"):
            layers[name].append(layer)
    if model.output_dropout is not None:
        layers["dropout"].append(model.output_dropout)
    given = {name: own[0].rate for name, own in layers.items() if own}
    if weight_drop:
        given["weight_drop"] = weight_drop
    done: list[int] = []
    for name, rate in (later.rates if later else {}).items():
        if name not in given or not 0 < rate < 1:
            raise InputError(
                "Expected later rates between 0 and 1 of what is not 0 at the start: "
                f"{', '.join(given) or 'nothing'}. Received: {shown(name)}, {shown(rate)}"
            )

    def begin(epoch: int) -> bool:
        if later is None or epoch < later.after or later.after in done:
            return False
        done.append(later.after)
        for name, rate in later.rates.items():
            for layer in layers[name]:
                layer.rate = rate
        drop_weights(model.backbone, later.rates.get("weight_drop", weight_drop))
        reading.train_function = None
        return epoch == later.after

    return begin
