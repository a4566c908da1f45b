"""Learning by gradient descent from data that is too small to spare a part of it."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras

from zoo.fitting.goals import Better, Perfect, later, never
from zoo.fitting.loop import EpochExamples, TrainingInterrupted, train
from zoo.learning.descent import Descent
from zoo.learning.fitted import Fitted, rounded
from zoo.learning.learner import Interrupted, Learnt, Run

__all__ = ["RefitDescent"]


@dataclass(kw_only=True)
class RefitDescent(Descent):
    """A model that is trained twice: the first time is scored, the second time is kept.

    The first time a validation part is held back, and what the last epoch scores there is what is
    recorded. The second time the model begins anew and reads that part too, for as many epochs;
    nothing is chosen by any score, and the weights of the last epoch are kept.

    Attributes, beside those of `Descent`:
        whole: returns what an epoch reads the second time.
        anew: returns the compiled model as it is before the first step.
    """

    whole: EpochExamples
    anew: Callable[[], Any]
    better: Better = later
    perfect: Perfect = never

    def plan(self) -> str:
        """Return how many examples and steps there are, and when it ends."""
        return (
            f"{super().plan()} Then anew on all {len(self.whole(0).lengths):,} examples, for as "
            "many epochs."
        )

    def fit(self, run: Run) -> Learnt:
        """Train twice."""
        first = super().fit(run)
        self.model = self.anew()
        settings = self.settings
        try:
            result = train(
                self.model,
                self.whole,
                lambda: {"refit": 1.0},  # there is no part left to score
                epochs=first.epochs,
                batch_size=settings.batch_size,
                patience=first.epochs,
                seed=settings.seed,
                state=run.path / "refit.npz",
                logs=run.path / "tensorboard" / "refit",
                identity={**run.identity, "backend": keras.backend.backend(), "refit": True},
                better=later,
                console=run.console,
            )
        except TrainingInterrupted as stop:
            raise Interrupted(str(stop), stop.signal) from None
        self.model = rounded(self.model, result.weights)
        fitted = dataclasses.replace(
            Fitted.of(self.model), preprocessor=self.preprocessor, assets=self.assets
        )
        return dataclasses.replace(
            first,
            fitted=fitted,
            seconds=first.seconds + result.seconds,
            best_epoch=result.epochs,
            stopped=f"{first.stopped} Trained anew on all examples, for {result.epochs} epochs.",
        )
