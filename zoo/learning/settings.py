"""How a model is fine-tuned; what is left open is chosen by the amount of data."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from zoo.common.counts import plain
from zoo.errors import InputError, shown
from zoo.fitting.choices import PRECISIONS, SCHEDULES, check_choice
from zoo.schema import MAX_EPOCHS, ModelInfo

__all__ = ["STRATEGIES", "FineTuningSettings", "Pace", "closed_form_settings", "descent_settings"]

STRATEGIES = ("gradual", "full", "head")
# A new head learns fast; a body that was trained for long is moved gently.
_RATES = {"gradual": 3e-3, "full": 1e-3, "head": 1e-2}
_MOST = (1 << 31) - 1
# Where classes differ less than that, weights cost accuracy and gain the rare ones little.
_SKEW = 4.0
# Settings that say something with one value of another alone.
_ONLY = {
    "rate_decay": ("strategy", "gradual"),
    "plateau_factor": ("schedule", "plateau"),
    "plateau_patience": ("schedule", "plateau"),
}


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How long a model is tuned where nobody says so.

    The defaults suit a new head: with few texts an epoch is few steps, and many are needed to
    learn anything.

    Attributes:
        steps: of all epochs together.
        epochs: the fewest and the most, whatever the steps.
        patience: share of the epochs that may pass without a better validation.
    """

    steps: int = 1_000
    epochs: tuple[int, int] = (6, 60)
    patience: float = 0.2


_PACE = Pace()


@dataclass(frozen=True, kw_only=True)
class FineTuningSettings:
    """How a model is fine-tuned by gradient descent.

    Attributes:
        strategy: `"head"` trains the head alone; `"full"` everything at one rate; `"gradual"` the
            head first, then layer after layer from the top down, with lower rates below. A head
            that `linear_probe` has solved begins together with the topmost layer.
        epochs: passes over the training part at most.
        learning_rate: its peak, after the warm-up.
        batch_size: examples a step.
        patience: passes without a better validation after which training stops.
        seed: of a new head, of dropout, of the order of the batches and of the split.
        class_weights: whether rare classes count more in the loss, by the inverse of their share,
            up to ten times; by default they do where one class has four times the texts of another.
            None where there are no classes.
        linear_probe: whether a new head starts at the linear classifier of the frozen body's
            features, and not at random; None where there are no classes.
        rate_decay: by how much the rate falls from a layer to the one below, when gradual.
        warmup: share of all steps in which the rate rises.
        final_rate: share of the peak that the rate ends at.
        weight_decay: AdamW's, for all weights but biases.
        schedule: how the rate goes on after the warm-up: `"cosine"`, `"linear"`, `"constant"`, or
            `"plateau"`, constant but lowered while the validation does not improve.
        plateau_factor: what the rate is multiplied by at a plateau.
        plateau_patience: passes without a better validation that make a plateau.
        clipnorm: largest norm of the gradient of all weights together.
        clipvalue: largest size of any number of the gradient, before `clipnorm`; None for any.
        bptt_steps: steps over which the gradient of the state of a recurrent classifier of texts
            goes back in time; None for all.
        precision: `"float32"`, `"mixed_bfloat16"`, or `"auto"`: the latter on a GPU or TPU. What
            is written is float32 and scored in it.
        average_decay: decay of a moving average of the weights, which is then what is kept; 0
            keeps the weights themselves.

    Raises:
        InputError: by `check`, when one is out of bounds.

    Reference:
        [Howard & Ruder, 2018](https://aclanthology.org/P18-1031/) (gradual unfreezing, rates by
        layer)
    """

    strategy: str = "gradual"
    epochs: int | None = None
    learning_rate: float | None = None
    batch_size: int | None = None
    patience: int | None = None
    seed: int = 0
    class_weights: bool | None = None
    linear_probe: bool | None = True
    rate_decay: float = 2.6
    warmup: float = 0.1
    final_rate: float = 0.02
    weight_decay: float = 0.01
    clipnorm: float = 1.0
    average_decay: float = 0.0
    schedule: str = "cosine"
    plateau_factor: float = 0.5
    plateau_patience: int = 2
    clipvalue: float | None = None
    bptt_steps: int | None = None
    precision: str = "float32"

    def __post_init__(self) -> None:
        for field in fields(self):
            object.__setattr__(self, field.name, plain(getattr(self, field.name)))

    def check(self) -> None:
        """Refuse what is out of bounds."""
        check_choice("strategy", self.strategy, STRATEGIES)
        check_choice("schedule", self.schedule, SCHEDULES)
        check_choice("precision", self.precision, PRECISIONS)
        for name, least, most in (
            ("epochs", 1, MAX_EPOCHS),  # a record holds what each of them came to
            ("batch_size", 1, _MOST),
            ("patience", 1, _MOST),
            ("seed", 0, _MOST),
            ("plateau_patience", 1, _MOST),
            ("bptt_steps", 1, _MOST),
        ):
            value = getattr(self, name)
            if value is not None and (
                isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most
            ):
                bound = f" and at most {most:,}" if most < _MOST else ""
                raise InputError(
                    f"Expected {name} of at least {least}{bound}, a whole number. "
                    f"Received: {shown(value)}"
                )
        for name, low, high in (
            ("learning_rate", 1e-9, 10.0),
            ("rate_decay", 1.0, 1e6),
            ("warmup", 0.0, 1.0),
            ("final_rate", 0.0, 1.0),
            ("weight_decay", 0.0, 1.0),
            ("clipnorm", 1e-9, 1e9),
            ("clipvalue", 1e-9, 1e9),
            ("plateau_factor", 1e-9, 1.0),
            ("average_decay", 0.0, 0.99999),
        ):
            value = getattr(self, name)
            if value is not None and (
                isinstance(value, bool)
                or not isinstance(value, int | float)
                or not low <= value <= high
            ):
                raise InputError(
                    f"Expected {name} from {low:g} to {high:g}. Received: {shown(value)}"
                )

    def complete(
        self, examples: int, skew: float | None = None, pace: Pace = _PACE
    ) -> FineTuningSettings:
        """Return the settings with what was left open chosen for a number of training examples.

        Args:
            examples: size of the training part.
            skew: how many times the texts of the rarest class the most frequent one has; None
                without classes.
            pace: how long a model of the task is tuned.

        Example:
            >>> chosen = FineTuningSettings().complete(800)
            >>> chosen.epochs, chosen.batch_size, chosen.learning_rate, chosen.patience
            (20, 16, 0.003, 4)
            >>> FineTuningSettings().complete(160, pace=Pace(steps=120, epochs=(4, 8))).epochs
            8
        """
        batch_size = self.batch_size or (16 if examples < 2_000 else 32)
        least, most = pace.epochs
        weighted = self.class_weights
        if weighted is None and skew is not None:
            weighted = skew >= _SKEW
        wanted = math.ceil(pace.steps / math.ceil(examples / batch_size))
        epochs = self.epochs or min(most, max(least, wanted))
        return replace(
            self,
            epochs=epochs,
            batch_size=batch_size,
            learning_rate=self.learning_rate or _RATES[self.strategy],
            patience=self.patience or max(3, int(epochs * pace.patience)),
            class_weights=weighted,
        )

    def as_dict(self) -> dict[str, Any]:
        """Return them by name, as a record holds them: without those that say nothing.

        Example:
            >>> "plateau_factor" in FineTuningSettings(schedule="cosine").as_dict()
            False
        """
        idle = {name for name, of in _ONLY.items() if getattr(self, of[0]) != of[1]}
        return {
            # NumPy's own kind of float is one too, but none that a record can be written of.
            name: float(value) if isinstance(value, float) else value
            for name, value in asdict(self).items()
            if value is not None and name not in idle
        }


def descent_settings(
    info: ModelInfo, given: Mapping[str, Any], strategy: str = "gradual", classes: bool = True
) -> FineTuningSettings:
    """Return the settings of a task that learns by gradient descent.

    Args:
        info: the record of what is tuned.
        given: those that a user gives, by name.
        strategy: the usual one of the task.
        classes: whether the task has classes, to weight and to begin a head for.

    Raises:
        InputError: one is unknown, out of bounds, or of no use without classes.
    """
    known = {field.name for field in fields(FineTuningSettings)}
    if unknown := sorted(given.keys() - known):
        raise InputError(
            f"Expected settings out of {', '.join(sorted(known))} for {info.name}. "
            f"Received: {shown(unknown[0])}"
        )
    if not classes:
        for name in ("class_weights", "linear_probe"):
            if given.get(name):
                raise InputError(
                    f"Expected {name} for a classifier only, such as lstm-imdb. "
                    f"Received: {shown(given[name])} for {info.name}. Leave it out"
                )
        given = {**given, "class_weights": None, "linear_probe": None}
    chosen = FineTuningSettings(**{"strategy": strategy, **given})
    chosen.check()
    return chosen


def closed_form_settings(info: ModelInfo, given: Mapping[str, Any]) -> FineTuningSettings:
    """Return the settings of a task that is fitted in closed form: the seed alone.

    Args:
        info: the record of what is tuned.
        given: those that a user gives, by name.

    Raises:
        InputError: there is another, or it is out of bounds.
    """
    if unknown := sorted(given.keys() - {"seed"}):
        raise InputError(
            f"Expected settings out of seed for {info.name}, of the task {info.task}, which is "
            f"fitted in closed form. Received: {shown(unknown[0])}"
        )
    return descent_settings(info, given)
