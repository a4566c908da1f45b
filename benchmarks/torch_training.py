"""A step of training in native torch, with all that recipes ask of the optimiser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

__all__ = ["torch_step_of"]


def torch_step_of(
    network: torch.nn.Module,
    recipe: Any,
    loss_of: Callable[..., torch.Tensor],
    *,
    steps: int,
    fused: bool,
) -> Callable[..., float]:
    """Return a step: AdamW that clips the norm, a rate that rises and falls, averaged weights.

    Args:
        network: what is trained.
        recipe: says how.
        loss_of: returns the loss of a batch, whose arrays are its arguments.
        steps: of the run whose learning rate is followed.
        fused: whether the optimiser is fused, or takes lists of tensors.
    """
    average = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(recipe.average_decay))
    biases = [p for name, p in network.named_parameters() if "bias" in name]
    others = [p for name, p in network.named_parameters() if "bias" not in name]
    optimizer = torch.optim.AdamW(
        [{"params": others}, {"params": biases, "weight_decay": 0.0}],
        lr=recipe.learning_rate,
        weight_decay=recipe.weight_decay,
        eps=1e-7,
        foreach=not fused,
        fused=fused,
    )
    rates = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, recipe.learning_rate, steps, pct_start=recipe.warmup
    )

    def step(*batch: Any) -> float:
        optimizer.zero_grad()
        loss = loss_of(*batch)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), recipe.clipnorm)
        optimizer.step()
        rates.step()
        average.update_parameters(network)
        return float(loss)

    return step
