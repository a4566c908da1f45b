"""The optimiser: AdamW that clips, averages, reports gradient norms and knows layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

__all__ = ["LayerwiseAdamW", "MonitoredAdamW", "make_optimizer"]


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


class LayerwiseAdamW(MonitoredAdamW):
    """AdamW with a learning rate of its own for every variable, as a share of the common one.

    A share of 0 freezes a variable: it is not moved, does not decay, and its gradient does not
    count for `clip`. Shares are variables of the optimiser, so that they change between two
    epochs without compiling anew.

    Args:
        learning_rate: as for `keras.optimizers.AdamW`.
        clip: largest norm of the gradient of all variables together that are not frozen.
        **kwargs: as for `keras.optimizers.AdamW`.

    Attributes:
        shares: one scalar variable a trainable variable, in their order; 1 at first.

    Reference:
        [Howard & Ruder, 2018](https://aclanthology.org/P18-1031/)
    """

    def __init__(self, learning_rate: Any = 1e-3, clip: float = 1.0, **kwargs: Any) -> None:
        super().__init__(learning_rate, **kwargs)
        self.clip = clip

    def build(self, variables: list[Any]) -> None:
        if self.built:
            return
        super().build(variables)
        self.shares = [
            self.add_variable((), initializer="ones", name=f"share_{index}")
            for index in range(len(variables))
        ]

    def set_shares(self, shares: Sequence[float]) -> None:
        """Set the share of every variable.

        Args:
            shares: as many as there are trainable variables, from 0 to 1.
        """
        for variable, share in zip(self.shares, shares, strict=True):
            variable.assign(share)

    def _clip_gradients(self, grads: list[Any]) -> list[Any]:
        squares = [
            ops.where(share > 0, ops.square(norm), 0.0)
            for share, norm in zip(self.shares, self.gradient_norms, strict=True)
        ]
        norm = ops.sqrt(ops.sum(ops.stack(squares)))
        scale = self.clip / ops.maximum(norm, self.clip)
        return [gradient * scale for gradient in grads]

    def _apply_weight_decay(self, variables: list[Any]) -> None:
        """Do nothing: every variable decays at its own rate, in `update_step`."""

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        rate = learning_rate * self.shares[self._get_variable_index(variable)]
        if self.weight_decay and self._use_weight_decay(variable):
            decay = ops.cast(rate * self.weight_decay, variable.dtype)
            self.assign_sub(variable, variable * decay)
        super().update_step(gradient, variable, rate)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "clip": self.clip}


def make_optimizer(
    *,
    steps: int,
    learning_rate: float,
    warmup: float,
    final_rate: float,
    weight_decay: float,
    clipnorm: float,
    average_decay: float,
    layerwise: bool = False,
) -> MonitoredAdamW:
    """Make the optimiser of a run: linear warm-up, cosine decay, clipping, weight averaging.

    Args:
        steps: number of steps of the whole run.
        learning_rate: peak of the learning rate.
        warmup: share of the steps in which the rate rises to its peak.
        final_rate: share of the peak that the rate ends at.
        weight_decay: decay of all weights but biases.
        clipnorm: largest norm of the gradient of all weights together.
        average_decay: decay of the moving average of the weights; with 0 they are not averaged.
        layerwise: whether variables are to have learning rates of their own.

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
    common: dict[str, Any] = {"weight_decay": weight_decay, "use_ema": average_decay > 0}
    if average_decay > 0:
        common["ema_momentum"] = average_decay
    optimizer = (
        LayerwiseAdamW(schedule, clip=clipnorm, **common)
        if layerwise
        else MonitoredAdamW(schedule, global_clipnorm=clipnorm, **common)
    )
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    return optimizer
