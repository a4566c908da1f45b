"""The training loop: deterministic batches, averaged weights, early stopping, resume."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import keras
import numpy as np
from rich.console import Console

from zoo.errors import InputError
from zoo.fitting.batches import epoch_batches
from zoo.fitting.events import EventWriter
from zoo.fitting.goals import Better, Perfect, lower_loss, never
from zoo.fitting.identity import differences
from zoo.fitting.progress import RunProgress
from zoo.fitting.state import SavedProgress, load_arrays, load_progress, save_state
from zoo.fitting.stopping import stop_requests
from zoo.text.encoding import PAD, pad

if TYPE_CHECKING:
    from zoo.fitting.wandb_run import WandbRun

__all__ = [
    "Batches",
    "Examples",
    "Report",
    "TrainingInterrupted",
    "TrainingResult",
    "Validation",
    "train",
]

PAD_MULTIPLE = 32  # few different shapes, for the compiling backends
_SHORT = 8  # the same of what is shorter than that, such as words as characters
SAVE_SECONDS = 60.0
# Steps between two points of a curve: fewer in a short run, which would have no curve else.
LOG_EVERY, LOG_POINTS = 25, 100


@dataclass(frozen=True)
class Examples:
    """Token ids of texts, their targets and perhaps their weights in the loss, one row a text."""

    sequences: list[np.ndarray]
    targets: np.ndarray
    weights: np.ndarray | None = None

    @property
    def lengths(self) -> np.ndarray:
        return np.array([len(sequence) for sequence in self.sequences])

    def batch(self, rows: np.ndarray) -> tuple[Any, ...]:
        """Return features, targets and weights of some rows, padded to the longest of them."""
        sequences = [self.sequences[row] for row in rows]
        short = max(map(len, sequences)) < PAD_MULTIPLE
        token_ids = pad(sequences, _SHORT if short else PAD_MULTIPLE)
        features = {"token_ids": token_ids, "padding_mask": token_ids != PAD}
        if self.weights is None:
            return features, self.targets[rows]
        return features, self.targets[rows], self.weights[rows]


class Batches(Protocol):
    """What an epoch reads: the examples' lengths, and any of them as a batch.

    Where an attribute `in_order` is true, each is a batch, read after the one before it.
    """

    @property
    def lengths(self) -> np.ndarray: ...

    def batch(self, rows: np.ndarray) -> tuple[Any, ...]:
        """Return what `train_on_batch` takes: features, targets and perhaps weights."""
        ...


Validation = Callable[[], dict[str, float]]
EpochExamples = Callable[[int], Batches]
BeginEpoch = Callable[[int], bool]


@dataclass
class TrainingResult:
    """What a run came to, with the averaged weights of the best epoch, and why it `stopped`."""

    weights: list[np.ndarray]
    epochs: int
    best_epoch: int
    best: dict[str, float]
    seconds: float
    history: list[dict[str, float]] = field(default_factory=list)
    stopped: str = ""


class Report(Protocol):
    """What writes more to TensorBoard than the loop itself; see `zoo.fitting.reports.Reports`."""

    def begin(self, writer: Any) -> None:
        """Write what is known before the first step."""
        ...

    def epoch(self, writer: Any, result: TrainingResult, epoch: int, *, last: bool) -> None:
        """Write what there is to see after an epoch."""
        ...

    def end(self, writer: Any, result: TrainingResult) -> None:
        """Write what the run came to."""
        ...

    def fail(self, writer: Any) -> None:
        """Write that the run cannot go on."""
        ...


class TrainingInterrupted(KeyboardInterrupt):
    """Ctrl-C, SIGTERM or SIGHUP stopped the run between two steps, and its state is on disk.

    Attributes:
        result: what the run came to so far; without any scores before the first epoch has ended.
        signal: the number of the signal.
    """

    def __init__(self, message: str, result: TrainingResult, number: int | None = None) -> None:
        super().__init__(message)
        self.result = result
        self.signal = signal.SIGINT if number is None else number


class _Run:
    """A run that can be written to disk and taken up again between any two steps."""

    def __init__(
        self, model: keras.Model, path: Path, identity: dict[str, Any], perfect: Perfect
    ) -> None:
        self.model, self.path, self.identity, self.perfect = model, path, identity, perfect
        self.epoch = self.step = self.stale = 0
        self.seconds, self.loss_sum = 0.0, 0.0
        self.best_epoch = 0
        self.best: dict[str, float] = {}
        self.history: list[dict[str, float]] = []
        # Before the first epoch has ended the averages of the first step are the best known.
        self.best_weights = self._weights()

    def _weights(self) -> list[np.ndarray]:
        return [
            np.array(keras.ops.convert_to_numpy(variable))
            for variable in self.model.trainable_variables
        ]

    def _variables(self) -> list[Any]:
        # Metrics are left out: they come into being with the first step, and start anew each.
        metrics = {id(variable) for variable in self.model.metrics_variables}
        own = [variable for variable in self.model.variables if id(variable) not in metrics]
        return [*own, *self.model.optimizer.variables]

    def restore(self) -> bool:
        """Take up the run that is on disk; return whether there was one."""
        progress = load_progress(self.path)
        if progress is None:
            return False
        if progress.identity != self.identity:
            raise InputError(
                f"Expected the state of this very run in {self.path}. Received: that of another "
                f"one: {differences(progress.identity, self.identity)}. Give what it was begun "
                "with, choose another --output, or remove that file"
            )
        variables = self._variables()
        expected = {f"variable_{i}": _layout(value) for i, value in enumerate(variables)}
        best = [f"best_{i}" for i in range(len(self.best_weights))]
        expected |= {
            name: (value.shape, value.dtype)
            for name, value in zip(best, self.best_weights, strict=True)
        }
        arrays = load_arrays(self.path, expected)
        for index, variable in enumerate(variables):
            variable.assign(arrays[f"variable_{index}"])
        self.best_weights = [arrays[name] for name in best]
        for name in _PROGRESS:
            setattr(self, name, getattr(progress, name))
        return True

    def check_step(self, steps: int) -> None:
        """Refuse a state that is further than an epoch is long."""
        if self.step > steps:
            raise InputError(
                f"Expected a state in step {steps} of an epoch at most in {self.path}. "
                f"Received: {self.step}. Remove that file to train from the start"
            )

    def save(self) -> None:
        arrays = {
            f"variable_{index}": np.asarray(keras.ops.convert_to_numpy(variable))
            for index, variable in enumerate(self._variables())
        }
        arrays |= {f"best_{index}": value for index, value in enumerate(self.best_weights)}
        progress = {name: getattr(self, name) for name in _PROGRESS}
        save_state(self.path, arrays, SavedProgress(identity=self.identity, **progress))

    def validate(self, validation: Validation, better: Better) -> dict[str, float]:
        """Score the averaged weights, and keep them if they are the best so far."""
        variables = self.model.trainable_variables
        raw = self._weights()
        self.model.optimizer.finalize_variable_values(variables)
        # On JAX they now share the memory of the averages, which predicting would give away.
        for variable, value in zip(variables, self._weights(), strict=True):
            variable.assign(value)
        scores = validation()
        if not self.best or better(scores, self.best):
            self.best, self.best_epoch, self.stale = scores, self.epoch + 1, 0
            self.best_weights = self._weights()
        else:
            self.stale += 1
        for variable, value in zip(variables, raw, strict=True):
            variable.assign(value)
        return scores

    def over(self, epochs: int, patience: int) -> str:
        """Return why the run ends here, or nothing where it goes on."""
        if self.epoch > epochs:
            return f"after epoch {self.epoch}, for no more than {epochs} were asked for"
        if self.epoch == epochs:
            return f"after all {epochs} epochs" if epochs > 1 else "after its only epoch"
        if self.best and self.perfect(self.best):
            why = "its validation is perfect, and more epochs cannot better it"
            return f"after epoch {self.epoch} of {epochs}: {why}"
        if self.stale >= patience:
            passes = "one epoch" if self.stale == 1 else f"{self.stale} epochs"
            return (
                f"after epoch {self.epoch} of {epochs}: {passes} without a better validation, "
                "which is its patience"
            )
        return ""

    def result(self, stopped: str = "") -> TrainingResult:
        return TrainingResult(
            stopped=stopped,
            weights=self.best_weights,
            epochs=self.epoch,
            best_epoch=self.best_epoch,
            best=self.best,
            seconds=self.seconds,
            history=self.history,
        )


def _layout(variable: Any) -> tuple[tuple[int, ...], np.dtype[Any]]:
    value = np.asarray(keras.ops.convert_to_numpy(variable))
    return value.shape, value.dtype


_PROGRESS = ("epoch", "step", "stale", "seconds", "loss_sum", "best_epoch", "best", "history")


def train(
    model: keras.Model,
    examples: EpochExamples,
    validation: Validation,
    *,
    epochs: int,
    batch_size: int,
    patience: int,
    seed: int,
    state: Path,
    logs: Path,
    identity: dict[str, Any],
    report: Report | None = None,
    better: Better = lower_loss,
    perfect: Perfect = never,
    begin: BeginEpoch | None = None,
    console: Console | None = None,
    mirror: WandbRun | None = None,
) -> TrainingResult:
    """Train a compiled model; go on where an earlier call with the same arguments was killed.

    The state is written once a minute, after every epoch and at Ctrl-C, SIGTERM and SIGHUP. A run
    that was killed and taken up again ends with the same weights as one that was not. One that has
    ended goes on when more epochs or more patience are asked for. Who writes the result calls this
    within `stop_requests`, so that a signal after the last epoch does not lose it.

    Args:
        model: a compiled model with an optimiser from `make_optimizer`.
        examples: returns what is read in an epoch, by its number from 0: as many texts in each.
        validation: returns scores of the model as it is.
        epochs: passes over the training part at most.
        batch_size: texts a step.
        patience: epochs without better scores after which training stops.
        seed: seed of the order of the batches.
        state: file of the run's state.
        logs: directory of the TensorBoard events.
        identity: what tells this run from others; a state of another run is refused.
        report: writes more to TensorBoard: before, after every epoch, and at the end.
        better: tells whether scores are better than the best so far; they choose the weights.
        perfect: tells whether no scores can be noticeably better, which ends the run.
        begin: called with an epoch's number before it; returns whether a new stage begins with
            it, from which patience counts anew.
        console: where progress is shown; by default on standard output.
        mirror: a run of Weights & Biases that gets what TensorBoard gets.

    Raises:
        InputError: the state on disk is another run's or damaged, or the loss is not finite.
        OutputError: the state or the events cannot be written.
        TrainingInterrupted: Ctrl-C was pressed, or SIGTERM or SIGHUP came, before the last epoch
            had ended.
    """
    console = console or Console()
    model.optimizer.build(model.trainable_variables)
    run = _Run(model, state, identity, perfect)
    resumed = run.restore()
    if resumed and not run.over(epochs, patience):
        at = f"in epoch {run.epoch + 1} of {epochs} after {run.step} steps of it"
        console.print(f"Resuming {at}.", soft_wrap=True)
    writer = EventWriter(logs, mirror)
    if report is not None and not resumed:
        report.begin(writer)
    names = [variable.path for variable in model.trainable_variables]
    started = saved = time.monotonic()
    with RunProgress(console, epochs) as progress, stop_requests() as stop:
        while not run.over(epochs, patience):
            if begin is not None and begin(run.epoch):
                run.stale = 0
            drawn = examples(run.epoch)
            batches = epoch_batches(drawn, batch_size, seed=seed, epoch=run.epoch)
            run.check_step(len(batches))
            done = run.epoch * len(batches)
            log_every = max(1, min(LOG_EVERY, epochs * len(batches) // LOG_POINTS))
            progress.begin(run.epoch, len(batches), run.step)
            while run.step < len(batches):
                scores = model.train_on_batch(*drawn.batch(batches[run.step]), return_dict=True)
                run.step += 1
                loss = float(scores["loss"])
                if not np.isfinite(loss):
                    if report is not None:
                        report.fail(writer)
                    writer.close()
                    raise InputError(
                        f"Expected a finite loss. Received: {loss} in epoch {run.epoch + 1}, step "
                        f"{run.step}. Lower the learning rate or the clipping norm"
                    )
                run.loss_sum += loss
                progress.step(run.loss_sum / run.step)
                if (done + run.step) % log_every == 0:
                    _log_step(writer, model, names, scores, done + run.step)
                now = time.monotonic()
                if stop or now - saved > SAVE_SECONDS:
                    run.seconds += now - started
                    started = saved = now
                    run.save()
                if stop:
                    writer.close()
                    message = f"interrupted in epoch {run.epoch + 1}"
                    raise TrainingInterrupted(message, run.result(), stop.number)
            scores = run.validate(validation, better)
            model.optimizer.end_epoch(run.stale)
            epoch_scores = {"loss": run.loss_sum / run.step, **scores}
            run.history.append({"epoch": run.epoch + 1, **epoch_scores})
            for name, value in epoch_scores.items():
                part = "train" if name == "loss" else "validation"
                writer.add_scalar(f"epoch/{part}_{name}", value, run.epoch + 1)
            if report is not None:
                last = run.epoch + 1 == epochs or run.stale >= patience or perfect(run.best)
                report.epoch(writer, run.result(), run.epoch + 1, last=bool(last))
            writer.flush()
            run.epoch, run.step, run.loss_sum = run.epoch + 1, 0, 0.0
            now = time.monotonic()
            run.seconds += now - started
            started = saved = now
            run.save()
            over = bool(run.over(epochs, patience))
            progress.end(run.epoch, epoch_scores, run.seconds, over)
            if stop and not over:
                writer.close()
                message = f"interrupted after epoch {run.epoch}"
                raise TrainingInterrupted(message, run.result(), stop.number)
        if report is not None:
            report.end(writer, run.result())
    writer.close()
    return run.result(run.over(epochs, patience))


def _log_step(
    writer: EventWriter, model: keras.Model, names: list[str], scores: dict[str, Any], step: int
) -> None:
    writer.add_scalar("step/loss", float(scores["loss"]), step)
    rate = keras.ops.convert_to_numpy(model.optimizer.learning_rate)
    writer.add_scalar("step/learning_rate", float(rate), step)
    norms = [float(keras.ops.convert_to_numpy(norm)) for norm in model.optimizer.gradient_norms]
    writer.add_scalar("gradient_norm/all", float(np.linalg.norm(norms)), step)
    layers: dict[str, list[float]] = {}
    for name, norm in zip(names, norms, strict=True):
        layers.setdefault(name.split("/")[0], []).append(norm)
    for layer, own in layers.items():
        writer.add_scalar(f"gradient_norm/{layer}", float(np.linalg.norm(own)), step)
