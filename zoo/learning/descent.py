"""Learning by gradient descent: trained epoch by epoch, interrupted or not, the best kept."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import keras

from zoo.common.counts import counted
from zoo.fitting.batches import steps_of
from zoo.fitting.goals import Better, Perfect, later, lower_loss, never
from zoo.fitting.loop import (
    EpochExamples,
    Report,
    TrainingInterrupted,
    TrainingResult,
    train,
)
from zoo.learning.fitted import Fitted, rounded
from zoo.learning.learner import Interrupted, Learner, Learnt, Run
from zoo.schema import DataSource

__all__ = ["Descent"]


@dataclass(kw_only=True)
class Descent(Learner):
    """A model that learns by gradient descent.

    Attributes, beside those of `Learner`:
        model: the compiled model; it reads what `examples` gives.
        kept: the model that is scored and written, where `model` only trains its weights.
        examples: returns what an epoch reads.
        score: scores a model on the validation part; the first figure is what a user is told.
        settings: `epochs`, `batch_size`, `patience` and `seed` of the run, none of them open.
        preprocessor: arguments of what makes the model's input.
        assets: the files that this reads, by name.
        trained_on: the data that the examples are made of, for what a user is told of their number,
            where that of the examples says nothing; like `held` it may say what it counts.
        better: whether scores are better than the best so far.
        perfect: whether no scores can be noticeably better, so that learning ends.
        begin: called before an epoch; see `zoo.fitting.loop.train`.
        report: what TensorBoard shows beside the curves of the loss.
        notes: lines for the report beside the scores.
        finish: called with the model whose weights are kept, before it is scored and written; may
            set what no gradient teaches.
    """

    resumable: ClassVar[bool] = True

    model: Any
    examples: EpochExamples
    score: Callable[[Any], dict[str, float]]
    settings: Any
    preprocessor: Any
    assets: Mapping[str, bytes]
    config: Mapping[str, Any] = field(default_factory=dict)
    method: str = ""
    sources: Sequence[DataSource] = ()
    held: Any = None
    trained_on: Any = None
    better: Better = lower_loss
    perfect: Perfect = never
    begin: Callable[[int], bool] | None = None
    report: Report | None = None
    notes: str = ""
    finish: Callable[[Any], None] | None = None
    kept: Any = None

    def plan(self) -> str:
        """Return how many examples and steps there are, and when it ends."""
        settings, examples = self.settings, self.examples(0)
        steps = steps_of(examples, settings.batch_size)
        count = len(examples.lengths if self.trained_on is None else self.trained_on)
        noun, held = (getattr(part, "counted", "example") for part in (self.trained_on, self.held))
        return (
            f"on {counted(count, noun)}, validated on {counted(len(self.held), held)}: at most "
            f"{counted(settings.epochs, 'epoch')} of {counted(steps, 'step')}, fewer where "
            f"{settings.patience} in a row bring no better validation (--epochs, --patience). "
            "Ctrl-C keeps the best weights so far."
        )

    def fit(self, run: Run) -> Learnt:
        """Train, and keep the weights of the epoch with the best validation."""
        settings = self.settings
        try:
            result = train(
                self.model,
                self.examples,
                lambda: self.score(self._kept),
                epochs=settings.epochs,
                batch_size=settings.batch_size,
                patience=settings.patience,
                seed=settings.seed,
                state=run.path / "state.npz",
                logs=run.path / "tensorboard",
                identity={**run.identity, "backend": keras.backend.backend()},
                better=self.better,
                perfect=self.perfect,
                begin=self.begin,
                report=self.report,
                console=run.console,
                mirror=run.mirror,
            )
        except TrainingInterrupted as stop:
            raise self._interrupted(stop) from None
        if run.mirror is not None:
            run.mirror.summarise({"best_epoch": result.best_epoch, **result.best})
        return self._learnt(result)

    @property
    def _kept(self) -> Any:
        return self.model if self.kept is None else self.kept

    def _learnt(self, result: TrainingResult) -> Learnt:
        own = dict(zip(map(id, self.model.trainable_variables), result.weights, strict=True))
        weights = [own[id(variable)] for variable in self._kept.trainable_variables]
        model = rounded(self._kept, weights)
        if self.kept is None:
            self.model = model
        else:
            self.kept = model
        if self.finish is not None:
            self.finish(model)
        scores = ", ".join(f"{name} {value:.4f}" for name, value in result.best.items())
        why = "the last" if self.better is later else "the best in validation"
        return Learnt(
            fitted=dataclasses.replace(
                Fitted.of(model), preprocessor=self.preprocessor, assets=self.assets
            ),
            backend=keras.backend.backend(),
            seconds=result.seconds,
            validation={name: round(value, 6) for name, value in self.score(model).items()},
            settings=self.config,
            epochs=result.epochs,
            best_epoch=result.best_epoch,
            history=result.history,
            notes=self.notes,
            stopped=(
                f"Stopped {result.stopped}. Kept: the weights of epoch {result.best_epoch}, {why} "
                f"({scores})."
            ),
        )

    def _interrupted(self, stop: TrainingInterrupted) -> Interrupted:
        best = stop.result
        if not best.best:
            return Interrupted(str(stop), stop.signal)
        name, value = next(iter(best.best.items()))
        told = f"of epoch {best.best_epoch} (validation {name} {value:.4f})"
        return Interrupted(str(stop), stop.signal, lambda: self._learnt(best), told)
