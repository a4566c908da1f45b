"""Learning to answer texts with texts, by gradient descent with teacher forcing."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from typing import Any

from zoo.fitting.optimizer import optimizer_of
from zoo.learning.descent import Descent
from zoo.pairs.batches import Pairs, SmoothedCrossEntropy

__all__ = ["pair_descent"]


def pair_descent(
    model: Any, examples: Pairs, settings: Any, *, smoothing: float, **more: Any
) -> Descent:
    """Return what trains an encoder-decoder on pairs, compiled for it.

    Args:
        model: the model, which reads token ids.
        examples: token ids of the training pairs.
        settings: the recipe, or how a model is tuned.
        smoothing: share of a target that is spread over all tokens.
        **more: what else a `Descent` takes.
    """
    steps = -(-len(examples.sources) // settings.batch_size) * settings.epochs
    model.compile(
        optimizer=optimizer_of(settings, steps=steps),
        loss=SmoothedCrossEntropy(smoothing),
        weighted_metrics=[],
        sampler="greedy",
    )
    return Descent(model=model, examples=lambda epoch: examples, settings=settings, **more)
