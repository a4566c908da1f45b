"""A fine-tuning by gradient descent from start to end: trained, interrupted or not, and written."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

import dataclasses
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import keras
from rich.console import Console

from zoo.common.counts import counted
from zoo.common.figures import png
from zoo.files import write_atomically
from zoo.fitting.loop import Batches, Report, TrainingInterrupted, TrainingResult, train
from zoo.fitting.optimizer import MonitoredAdamW, optimizer_of
from zoo.fitting.stopping import stop_requests
from zoo.formats import WEIGHTS
from zoo.learning.fitted import rounded
from zoo.learning.record import FineTuned, Work
from zoo.learning.settings import FineTuningSettings
from zoo.learning.training_plots import draw_training
from zoo.schema import DataSource, ModelInfo

if TYPE_CHECKING:
    from zoo.fitting.wandb_run import WandbRun

__all__ = ["Tuning", "optimizer_for", "run_tuning"]


class Tuning:
    """What is fine-tuned and how it is scored; a subclass for every task.

    Attributes:
        model: the compiled model.
        base: the record of what it was loaded from.
        sources: what it is tuned on.
        settings: how, with nothing left open.
        work: where it is written to.
        command: how it was called, for the record.
        examples: what an epoch reads.
        begin: called before an epoch; see `zoo.fitting.loop.train`.
        report: what TensorBoard shows beside the curves of the loss.
    """

    model: Any
    base: ModelInfo
    sources: Sequence[DataSource]
    settings: FineTuningSettings
    work: Work
    command: str
    examples: Batches
    begin: Callable[[int], bool] | None = None
    report: Report | None = None

    def validate(self) -> dict[str, float]:
        """Return scores of the model as it is; the first is what is told to the user."""
        raise NotImplementedError

    def better(self, scores: dict[str, float], best: dict[str, float]) -> bool:
        """Return whether scores are better than the best so far."""
        raise NotImplementedError

    def write(self, result: TrainingResult) -> FineTuned:
        """Write the model with its best weights, which it has already."""
        raise NotImplementedError


def optimizer_for(
    settings: FineTuningSettings, examples: int, layerwise: bool = False
) -> MonitoredAdamW:
    """Return the optimiser of a run.

    Args:
        settings: how, with nothing left open.
        examples: size of the training part.
        layerwise: whether layers are to have rates of their own.
    """
    assert settings.epochs and settings.batch_size and settings.learning_rate
    steps = -(-examples // settings.batch_size) * settings.epochs
    return optimizer_of(settings, steps=steps, layerwise=layerwise)


def run_tuning(tuning: Tuning, console: Console | None = None) -> FineTuned:
    """Train and write; at Ctrl-C, SIGTERM or SIGHUP write the best weights so far.

    A signal that comes after the last epoch loses nothing: the result is written first. The state
    stays, for a run that is to go on to more epochs.

    Args:
        tuning: what, and how.
        console: where progress is shown.

    Raises:
        TrainingInterrupted: a signal came before the end; it says where the weights are.
        KeyboardInterrupt: Ctrl-C was pressed twice.
    """
    config = {"base": tuning.base.name, "task": tuning.base.task, **tuning.settings.as_dict()}
    with tuning.work.mirror(config) as mirror:
        return _run(tuning, console, mirror)


def _run(tuning: Tuning, console: Console | None, mirror: WandbRun | None) -> FineTuned:
    work = tuning.work
    # What comes after the last epoch is written before any signal counts.
    with stop_requests():
        try:
            result = _train(tuning, console, mirror)
            tuned = _write(tuning, result)
        except TrainingInterrupted:
            raise
        except KeyboardInterrupt:
            if not work.state.exists():
                raise
            raise KeyboardInterrupt(
                f"interrupted at once: the run as it was last saved lies in {work.path}; add "
                "--resume to go on"
            ) from None
    if mirror is not None:
        mirror.summarise({"best_epoch": result.best_epoch, **result.best})
    return tuned


def _train(tuning: Tuning, console: Console | None, mirror: WandbRun | None) -> TrainingResult:
    settings, work = tuning.settings, tuning.work
    assert settings.epochs and settings.batch_size and settings.patience
    console = console or Console()
    console.print(_plan(tuning), highlight=False, markup=False, soft_wrap=True)
    # How long it may go on is no part of what a run is: it can be asked to go on for longer.
    same = {name: value for name, value in settings.as_dict().items() if name not in _LENGTH}
    try:
        return train(
            tuning.model,
            lambda epoch: tuning.examples,
            tuning.validate,
            epochs=settings.epochs,
            batch_size=settings.batch_size,
            patience=settings.patience,
            seed=settings.seed,
            state=work.state,
            logs=work.path / "tensorboard",
            identity={
                "base model": [tuning.base.name, tuning.base.files[WEIGHTS].sha256],
                "data": [[source.sha256, source.used] for source in tuning.sources],
                "settings": same,
                "backend": keras.backend.backend(),
            },
            better=tuning.better,
            begin=tuning.begin,
            report=tuning.report,
            console=console,
            mirror=mirror,
        )
    except TrainingInterrupted as stop:
        raise _interrupted(tuning, stop) from None


_LENGTH = ("epochs", "patience")


def _plan(tuning: Tuning) -> str:
    """Return what is about to be done, so that nobody has to wait to learn it."""
    settings, count = tuning.settings, len(tuning.examples.lengths)
    assert settings.batch_size and settings.epochs and settings.patience
    steps = -(-count // settings.batch_size)
    held = sum(source.used.get("validation", 0) for source in tuning.sources)
    return (
        f"Fine-tuning {tuning.base.name} on {counted(count, 'example')}, validated on {held:,}: at "
        f"most {counted(settings.epochs, 'epoch')} of {counted(steps, 'step')}, fewer where "
        f"{settings.patience} in a row bring no better validation (--epochs, --patience). Ctrl-C "
        "keeps the best weights so far."
    )


def _interrupted(tuning: Tuning, stop: TrainingInterrupted) -> TrainingInterrupted:
    """Write the best weights of a run that was stopped, and return what to tell of it."""
    best, work = stop.result, tuning.work
    if not best.best:
        told = (
            f"{stop} before it ended: there are no weights to keep yet. The run lies in "
            f"{work.path}; add --resume to go on"
        )
    else:
        _write(tuning, best)
        name, value = next(iter(best.best.items()))
        told = (
            f"{stop}: the best weights so far, of epoch {best.best_epoch} (validation {name} "
            f"{value:.4f}), are in {work.output}; add --resume to go on"
        )
    return TrainingInterrupted(told, best, stop.signal)


def _kept(result: TrainingResult) -> str:
    scores = ", ".join(f"{name} {value:.4f}" for name, value in result.best.items())
    return (
        f"Stopped {result.stopped}. Kept: the weights of epoch {result.best_epoch}, the best in "
        f"validation ({scores})."
    )


def _write(tuning: Tuning, result: TrainingResult) -> FineTuned:
    tuning.model = rounded(tuning.model, result.weights)
    tuned = tuning.write(result)
    write_atomically(tuning.work.path / "training.png", png(draw_training(tuned.info)))
    return dataclasses.replace(tuned, stopped=_kept(result))
