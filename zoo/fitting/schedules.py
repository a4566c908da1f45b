"""How the learning rate goes over the steps of a run."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from typing import Any

import keras
from keras import ops

from zoo.fitting.choices import SCHEDULES, check_choice

__all__ = ["WarmupLinear", "make_schedule"]

START = 0.05  # share of the peak that the warm-up begins at


@keras.saving.register_keras_serializable(package="zoo")
class WarmupLinear(keras.optimizers.schedules.LearningRateSchedule):
    """A linear rise to the peak, and a linear fall from it.

    Args:
        peak: the highest rate.
        warmup_steps: steps of the rise, which begins at a twentieth of the peak.
        decay_steps: steps of the fall.
        final_rate: share of the peak that the rate ends at; with 1 it stays at the peak.

    Example:
        >>> schedule = WarmupLinear(0.1, warmup_steps=10, decay_steps=100, final_rate=0.0)
        >>> round(float(schedule(60)), 3)
        0.05

    Reference:
        [Goyal et al., 2017](https://arxiv.org/abs/1706.02677) (warm-up)
    """

    def __init__(
        self, peak: float, warmup_steps: int, decay_steps: int, final_rate: float = 0.0
    ) -> None:
        super().__init__()
        self.peak = peak
        self.warmup_steps = warmup_steps
        self.decay_steps = decay_steps
        self.final_rate = final_rate

    def __call__(self, step: Any) -> Any:
        step = ops.cast(step, "float32")
        risen = ops.minimum(step / self.warmup_steps, 1.0)
        fallen = ops.clip((step - self.warmup_steps) / self.decay_steps, 0.0, 1.0)
        share = START + (1.0 - START) * risen - (1.0 - self.final_rate) * fallen
        return self.peak * share

    def get_config(self) -> dict[str, Any]:
        return {
            "peak": self.peak,
            "warmup_steps": self.warmup_steps,
            "decay_steps": self.decay_steps,
            "final_rate": self.final_rate,
        }


def make_schedule(
    schedule: str, *, steps: int, learning_rate: float, warmup: float, final_rate: float
) -> keras.optimizers.schedules.LearningRateSchedule:
    """Return the learning rate over the steps of a run; all of them begin with a warm-up.

    Args:
        schedule: after the warm-up the rate falls along a `"cosine"` or in a `"linear"` way, or
            stays `"constant"`; `"plateau"` stays too, and the optimiser lowers it when the
            validation has not improved.
        steps: number of steps of the whole run.
        learning_rate: peak of the learning rate.
        warmup: share of the steps in which the rate rises to its peak.
        final_rate: share of the peak that a falling rate ends at.

    Raises:
        InputError: there is no such schedule.

    Example:
        >>> rate = make_schedule(
        ...     "constant", steps=100, learning_rate=0.5, warmup=0.1, final_rate=0.0
        ... )
        >>> float(rate(90))
        0.5

    Reference:
        [Loshchilov & Hutter, 2017](https://arxiv.org/abs/1608.03983) (cosine)
    """
    check_choice("schedule", schedule, SCHEDULES)
    warmup_steps = max(1, int(steps * warmup))
    decay_steps = max(1, steps - warmup_steps)
    if schedule == "cosine":
        return keras.optimizers.schedules.CosineDecay(
            initial_learning_rate=learning_rate * START,
            warmup_target=learning_rate,
            warmup_steps=warmup_steps,
            decay_steps=decay_steps,
            alpha=final_rate,
        )
    end = final_rate if schedule == "linear" else 1.0
    return WarmupLinear(learning_rate, warmup_steps, decay_steps, end)
