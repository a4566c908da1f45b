"""The optimiser: AdamW that clips, averages, reports gradient norms and knows layers."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from zoo.errors import InputError
from zoo.fitting.schedules import make_schedule

__all__ = ["LayerwiseAdamW", "MonitoredAdamW", "make_optimizer", "optimizer_of"]

# What recipes and the settings of fine-tuning both say of the optimiser.
_SETTINGS = (
    "learning_rate",
    "warmup",
    "final_rate",
    "schedule",
    "plateau_factor",
    "plateau_patience",
    "weight_decay",
    "clipnorm",
    "clipvalue",
    "average_decay",
)


class MonitoredAdamW(keras.optimizers.AdamW):
    """AdamW that keeps the norm of every variable's last gradient, before clipping.

    The norms are variables of the optimiser, so that they exist on every backend without a
    training step of our own; so is what a plateau has left of the learning rate, which a saved
    run must not forget.

    Args:
        learning_rate: as for `keras.optimizers.AdamW`.
        clipvalue: largest size of any number of a gradient. Unlike Keras' own it goes together
            with the clipping of norms, which comes after it.
        plateau_factor: what the learning rate is multiplied by at a plateau; None for never.
        plateau_patience: epochs without a better validation that make a plateau.
        **kwargs: as for `keras.optimizers.AdamW`.

    Attributes:
        gradient_norms: one scalar variable a trainable variable, in their order.

    Reference:
        [Loshchilov & Hutter, 2019](https://arxiv.org/abs/1711.05101),
        [Graves, 2013](https://arxiv.org/abs/1308.0850) (clipping by value)
    """

    _rate_of_step: Any = None

    def __init__(
        self,
        learning_rate: Any = 1e-3,
        *,
        clipvalue: float | None = None,
        plateau_factor: float | None = None,
        plateau_patience: int = 2,
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate, **kwargs)
        self.clipvalue = clipvalue  # set here, for Keras' own check allows one way alone
        self.plateau_factor = plateau_factor
        self.plateau_patience = plateau_patience
        self._step = _Step()

    def build(self, variables: list[Any]) -> None:
        if self.built:
            return
        super().build(variables)
        self.gradient_norms = [
            self.add_variable((), name=f"gradient_norm_{index}") for index in range(len(variables))
        ]
        if self.plateau_factor is not None:
            self.rate_left = self.add_variable((), initializer="ones", name="rate_left")

    def end_epoch(self, stale: int) -> None:
        """Lower the learning rate where the validation is on a plateau.

        Args:
            stale: number of epochs that did not improve the validation up to now.
        """
        if self.plateau_factor is not None and stale and stale % self.plateau_patience == 0:
            self.rate_left.assign(self.rate_left * self.plateau_factor)

    def _get_current_learning_rate(self) -> Any:
        if self._rate_of_step is not None:
            return self._rate_of_step
        rate = super()._get_current_learning_rate()
        if self.plateau_factor is None or not self.built:
            return rate
        return rate * ops.convert_to_tensor(self.rate_left)

    def _clip_gradients(self, grads: list[Any]) -> list[Any]:
        grads = self._clip_values(grads)
        if not self.global_clipnorm or not any(self._fused(one.shape) for one in grads):
            return super()._clip_gradients(grads)
        # Keras' formulas, but for where the gradients are multiplied.
        norm = ops.sqrt(ops.sum(ops.stack([ops.square(_norm(one)) for one in grads])))
        scale = self.global_clipnorm * ops.minimum(1.0 / norm, 1.0 / self.global_clipnorm)
        return self._scaled(grads, scale + (norm - norm))

    def _scaled(self, grads: list[Any], scale: Any) -> list[Any]:
        """Multiply gradients; those of what is updated in one pass are multiplied there."""
        self._step.scale = scale
        tensors = map(self._step.tensor, grads)
        return [one if self._fused(one.shape) else one * scale for one in tensors]

    def _fused(self, shape: Any) -> bool:
        """Return whether variables of a shape are updated in one pass."""
        if keras.backend.backend() != "tensorflow":
            return False
        from zoo.fitting.fused_adamw import can_fuse

        return can_fuse(self, shape)

    def _apply_weight_decay(self, variables: list[Any]) -> None:
        super()._apply_weight_decay([one for one in variables if not self._fused(one.shape)])

    def _update_model_variables_moving_average(self, trainable_variables: list[Any]) -> None:
        if not self.use_ema:
            return
        momentum = ops.cast(self.iterations != 0, "float32") * self.ema_momentum
        averages = self._model_variables_moving_average
        for variable, average in zip(trainable_variables, averages, strict=True):
            if average is not None and not self._fused(variable.shape):
                kept = ops.cast(momentum, variable.dtype)
                average.assign(kept * average + (1 - kept) * variable)

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        if not self._fused(variable.shape):
            super().update_step(gradient, variable, learning_rate)
            return
        from zoo.fitting.fused_adamw import adamw_step, sum_of_squares

        index = self._get_variable_index(variable)
        step = ops.cast(self.iterations + 1, variable.dtype)
        beta_1, beta_2 = (ops.cast(beta, variable.dtype) for beta in (self.beta_1, self.beta_2))
        rate = ops.cast(learning_rate, variable.dtype)
        corrected = rate * ops.sqrt(1 - ops.power(beta_2, step)) / (1 - ops.power(beta_1, step))
        decays = self.weight_decay and self._use_weight_decay(variable)
        later = ops.cast(self.iterations != 0, variable.dtype)
        adamw_step(
            variable,
            self._momentums[index].value,
            self._velocities[index].value,
            self._model_variables_moving_average[index].value if self.use_ema else None,
            self._step.tensor(gradient),
            sum_of_squares(gradient),
            ops.cast(self._step.scale, variable.dtype),
            (rate * (self.weight_decay if decays else 0.0), corrected),
            (1 - self.beta_1, 1 - self.beta_2),
            self.epsilon,
            later * self.ema_momentum,
        )

    def _clip_values(self, grads: list[Any]) -> list[Any]:
        if self.clipvalue is None:
            return grads
        limit = self.clipvalue
        return [ops.clip(_dense(gradient), -limit, limit) for gradient in grads]

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "plateau_factor": self.plateau_factor,
            "plateau_patience": self.plateau_patience,
        }

    def apply(self, grads: list[Any], trainable_variables: list[Any] | None = None) -> None:
        if not self.built and trainable_variables is not None:
            with keras.name_scope(self.name, caller=self):
                self.build(trainable_variables)
        self._step = _Step()
        variables = (
            self._trainable_variables if trainable_variables is None else trainable_variables
        )
        grads = [_shaped(one, own.shape) for one, own in zip(grads, variables, strict=True)]
        for norm, gradient in zip(self.gradient_norms, grads, strict=True):
            norm.assign(_norm(self._step.tensor(gradient)))
        # Keras computes the rate anew for every variable, which lengthens the compiling.
        self._rate_of_step = self._get_current_learning_rate()
        try:
            super().apply(grads, trainable_variables)
        finally:
            self._rate_of_step, self._step = None, _Step()


class _Step:
    """What a step computes once: gradients of tables as tensors, and what clips all gradients."""

    def __init__(self) -> None:
        self.scale: Any = 1.0
        self._tensors: dict[int, Any] = {}

    def tensor(self, gradient: Any) -> Any:
        """Return a gradient as a tensor."""
        values = getattr(gradient, "values", None)
        if values is None:
            return gradient
        if id(values) not in self._tensors:
            self._tensors[id(values)] = values, _dense(gradient)
        return self._tensors[id(values)][1]


def _shaped(gradient: Any, shape: Any) -> Any:
    """Return a gradient that is known to have its variable's shape, by which it is clipped."""
    known = getattr(getattr(gradient, "shape", None), "is_fully_defined", None)
    if known is None or known():
        return gradient
    dense = _dense(gradient)
    dense.set_shape(shape)
    return dense


def _norm(gradient: Any) -> Any:
    """Return the norm of a gradient; of TensorFlow's gradient of a table that of its rows."""
    gradient = getattr(gradient, "values", gradient)
    return ops.sqrt(ops.sum(ops.square(ops.convert_to_tensor(gradient))))


def _dense(gradient: Any) -> Any:
    """Return TensorFlow's gradient of a table as a tensor: its rows of one word, summed up."""
    if not hasattr(gradient, "indices"):
        return gradient
    import tensorflow as tf

    return tf.convert_to_tensor(gradient)


class LayerwiseAdamW(MonitoredAdamW):
    """AdamW with a learning rate of its own for every variable, as a share of the common one.

    A share of 0 freezes a variable: it is not moved, does not decay, and its gradient does not
    count for `clip`. Shares are variables of the optimiser, so that they change between two
    epochs without compiling anew.

    Args:
        learning_rate: as for `keras.optimizers.AdamW`.
        clip: largest norm of the gradient of all variables together that are not frozen; None
            for any.
        **kwargs: as for `MonitoredAdamW`.

    Attributes:
        shares: one scalar variable a trainable variable, in their order; 1 at first.

    Reference:
        [Howard & Ruder, 2018](https://aclanthology.org/P18-1031/)
    """

    def __init__(self, learning_rate: Any = 1e-3, clip: float | None = 1.0, **kwargs: Any) -> None:
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
        grads = self._clip_values(grads)
        if self.clip is None:
            return grads
        # As Keras' own clipping on TensorFlow does, of a table row by row: a word that a batch
        # holds twice counts as two rows.
        norms = [_norm(gradient) for gradient in grads]
        squares = [
            ops.where(share > 0, ops.square(norm), 0.0)
            for share, norm in zip(self.shares, norms, strict=True)
        ]
        norm = ops.sqrt(ops.sum(ops.stack(squares)))
        return self._scaled(grads, self.clip / ops.maximum(norm, self.clip))

    def _apply_weight_decay(self, variables: list[Any]) -> None:
        """Do nothing: every variable decays at its own rate, in `update_step`."""

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        rate = learning_rate * self.shares[self._get_variable_index(variable)]
        decays = self.weight_decay and self._use_weight_decay(variable)
        if decays and not self._fused(variable.shape):
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
    clipnorm: float | None,
    average_decay: float,
    clipvalue: float | None = None,
    schedule: str = "cosine",
    plateau_factor: float = 0.5,
    plateau_patience: int = 2,
    layerwise: bool = False,
) -> MonitoredAdamW:
    """Make the optimiser of a run: warm-up and a schedule, clipping, weight averaging.

    Args:
        steps: number of steps of the whole run.
        learning_rate: peak of the learning rate.
        warmup: share of the steps in which the rate rises to its peak.
        final_rate: share of the peak that a falling rate ends at.
        weight_decay: decay of all weights but biases.
        clipnorm: largest norm of the gradient of all weights together; None for any.
        average_decay: decay of the moving average of the weights; with 0 they are not averaged.
        clipvalue: largest size of any number of the gradient, before `clipnorm`; None for any.
        schedule: one of `zoo.fitting.choices.SCHEDULES`.
        plateau_factor: what `"plateau"` multiplies the rate by.
        plateau_patience: epochs without a better validation after which it does.
        layerwise: whether variables are to have learning rates of their own.

    Raises:
        InputError: there is no such schedule.

    Example:
        >>> optimizer = make_optimizer(
        ...     steps=1000, learning_rate=1e-3, warmup=0.1, final_rate=0.0, weight_decay=0.01,
        ...     clipnorm=1.0, average_decay=0.99, schedule="linear",
        ... )

    Reference:
        [Loshchilov & Hutter, 2017](https://arxiv.org/abs/1608.03983) (cosine),
        [Pascanu et al., 2013](https://arxiv.org/abs/1211.5063) (clipping),
        [Polyak & Juditsky, 1992](https://doi.org/10.1137/0330046) (averaging)
    """
    rate = make_schedule(
        schedule, steps=steps, learning_rate=learning_rate, warmup=warmup, final_rate=final_rate
    )
    common: dict[str, Any] = {
        "weight_decay": weight_decay,
        "use_ema": average_decay > 0,
        "clipvalue": clipvalue,
        "plateau_factor": plateau_factor if schedule == "plateau" else None,
        "plateau_patience": plateau_patience,
    }
    if average_decay > 0:
        common["ema_momentum"] = average_decay
    optimizer = (
        LayerwiseAdamW(rate, clip=clipnorm, **common)
        if layerwise
        else MonitoredAdamW(rate, global_clipnorm=clipnorm, **common)
    )
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    return optimizer


def optimizer_of(settings: Any, *, steps: int, layerwise: bool = False) -> MonitoredAdamW:
    """Make the optimiser that a recipe, or the settings of a fine-tuning, describe.

    Args:
        settings: a recipe or settings, whose fields are the arguments of `make_optimizer`.
        steps: number of steps of the whole run.
        layerwise: whether variables are to have learning rates of their own.

    Raises:
        InputError: there is no such schedule, or the run would end before the first plateau.
    """
    if settings.schedule == "plateau" and settings.plateau_patience >= settings.patience:
        raise InputError(
            f"Expected a plateau_patience below patience, {settings.patience}, for the run ends "
            f"before the rate falls. Received: {settings.plateau_patience}"
        )
    arguments = {name: getattr(settings, name) for name in _SETTINGS}
    return make_optimizer(steps=steps, layerwise=layerwise, **arguments)
