"""The optimiser of the recipes: AdamW that clips, averages, and reports gradient norms."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

__all__ = ["MonitoredAdamW", "make_optimizer"]


class MonitoredAdamW(keras.optimizers.AdamW):
    """AdamW that keeps the norm of every variable's last gradient, before clipping.

    The norms are variables of the optimiser, so that they exist on every backend without a
    training step of our own.

    Attributes:
        gradient_norms: one scalar variable a trainable variable, in their order.

    Reference:
        [Loshchilov & Hutter, 2019](https://arxiv.org/abs/1711.05101)
    """

    def build(self, variables: list[Any]) -> None:
        if self.built:
            return
        super().build(variables)
        self.gradient_norms = [
            self.add_variable((), name=f"gradient_norm_{index}") for index in range(len(variables))
        ]

    def apply(self, grads: list[Any], trainable_variables: list[Any] | None = None) -> None:
        if not self.built and trainable_variables is not None:
            with keras.name_scope(self.name, caller=self):
                self.build(trainable_variables)
        for norm, gradient in zip(self.gradient_norms, grads, strict=True):
            dense = ops.convert_to_tensor(gradient)
            norm.assign(ops.sqrt(ops.sum(ops.square(dense))))
        super().apply(grads, trainable_variables)


def make_optimizer(
    *,
    steps: int,
    learning_rate: float,
    warmup: float,
    final_rate: float,
    weight_decay: float,
    clipnorm: float,
    average_decay: float,
) -> MonitoredAdamW:
    """Make the optimiser of a run: linear warm-up, cosine decay, clipping, weight averaging.

    Args:
        steps: number of steps of the whole run.
        learning_rate: peak of the learning rate.
        warmup: share of the steps in which the rate rises to its peak.
        final_rate: share of the peak that the rate ends at.
        weight_decay: decay of all weights but biases.
        clipnorm: largest norm of the gradient of all weights together.
        average_decay: decay of the moving average of the weights.

    Reference:
        [Loshchilov & Hutter, 2017](https://arxiv.org/abs/1608.03983) (cosine),
        [Pascanu et al., 2013](https://arxiv.org/abs/1211.5063) (clipping),
        [Polyak & Juditsky, 1992](https://doi.org/10.1137/0330046) (averaging)
    """
    warmup_steps = max(1, int(steps * warmup))
    schedule = keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=learning_rate * 0.05,
        warmup_target=learning_rate,
        warmup_steps=warmup_steps,
        decay_steps=max(1, steps - warmup_steps),
        alpha=final_rate,
    )
    optimizer = MonitoredAdamW(
        schedule,
        weight_decay=weight_decay,
        global_clipnorm=clipnorm,
        use_ema=True,
        ema_momentum=average_decay,
    )
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    return optimizer
