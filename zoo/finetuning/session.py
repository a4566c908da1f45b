"""A fine-tuning from its learner to the checkpoint: learnt, written, scored as it will answer."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import msgspec

from zoo import checkpoint
from zoo.common.figures import png
from zoo.files import write_atomically
from zoo.finetuning.record import FineTuned, Work, derived_info
from zoo.fitting.stopping import stop_requests
from zoo.formats import WEIGHTS
from zoo.interfaces import Prepared, Scoring
from zoo.learning.fitted import write_fitted
from zoo.learning.learner import Interrupted, Learner, Learnt, Run
from zoo.learning.training_plots import draw_training
from zoo.schema import ModelInfo, short
from zoo.task import Task

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.console import Console

__all__ = ["Session"]

# How long a run may go on is no part of what it is: it can be asked to go on for longer.
_LENGTH = ("epochs", "patience")


class Session:
    """A learner at work for a user: what it learns is written, and scored as it will answer.

    Args:
        task: the task.
        base: the record of what is tuned.
        prepared: what `Task.prepare` returned.
        work: where to.
        command: how it was called, for the record.
        console: where progress is shown; by default on standard output.
    """

    def __init__(
        self,
        task: Task,
        base: ModelInfo,
        prepared: Prepared,
        work: Work,
        *,
        command: str,
        console: Console | None = None,
    ) -> None:
        self.task, self.base, self.prepared, self.work = task, base, prepared, work
        self.command, self.console = command, console

    def run(self, learner: Learner) -> FineTuned:
        """Let it learn and write it; at Ctrl-C, SIGTERM or SIGHUP write the best so far.

        A signal that comes after the last epoch loses nothing: the result is written first. The
        state stays, for a run that is to go on to more epochs.

        Args:
            learner: what learns.

        Raises:
            Interrupted: a signal came before the end; it says where the weights are.
            KeyboardInterrupt: Ctrl-C was pressed twice.
        """
        config = {"base": self.base.name, "task": self.task.name, **learner.config}
        # What comes after the last epoch is written before any signal counts.
        held_back = stop_requests() if learner.resumable else nullcontext()
        with self.work.mirror(config) as mirror, held_back:
            run = Run(
                path=self.work.path,
                identity=self._identity(learner),
                hparams={"base": self.base.name},
                console=self.console,
                mirror=mirror,
            )
            self._tell(learner.plan())
            try:
                return self._write(learner, learner.fit(run), run)
            except Interrupted as stop:
                raise self._interrupted(learner, stop, run) from None
            except KeyboardInterrupt:
                if not self.work.state.exists():
                    raise
                raise KeyboardInterrupt(
                    f"interrupted at once: the run as it was last saved lies in {run.path}; add "
                    "--resume to go on"
                ) from None

    def _tell(self, plan: str) -> None:
        if plan:
            from rich.console import Console

            told = f"Fine-tuning {self.base.name} {plan}"
            console = self.console or Console()
            console.print(told, highlight=False, markup=False, soft_wrap=True)

    def _identity(self, learner: Learner) -> dict[str, Any]:
        settings = {name: value for name, value in learner.config.items() if name not in _LENGTH}
        return {
            "base model": [self.base.name, self.base.files[WEIGHTS].sha256],
            "data": [[source.sha256, source.used] for source in learner.sources],
            "settings": settings,
        }

    def _interrupted(self, learner: Learner, stop: Interrupted, run: Run) -> Interrupted:
        """Write what was learnt of a run that was stopped, and return what to tell of it."""
        if stop.kept is None:
            told = (
                f"{stop} before it ended: there are no weights to keep yet. The run lies in "
                f"{run.path}; add --resume to go on"
            )
        else:
            self._write(learner, stop.kept(), run)
            told = (
                f"{stop}: the best weights so far, {stop.best}, are in {self.work.output}; add "
                "--resume to go on"
            )
        return Interrupted(told, stop.signal, stop.kept, stop.best)

    def _write(self, learner: Learner, learnt: Learnt, run: Run) -> FineTuned:
        """Write what was learnt, and score it from the directory that was written."""
        output, folder = self.work.output, self.work.path
        info = derived_info(
            self.base,
            self.work,
            task=self.task,
            labels=self.prepared.labels,
            sources=learner.sources,
            settings=dict(learnt.settings),
            method=learner.method,
            validation=dict(learnt.validation),
            seconds=learnt.seconds,
            command=self.command,
            backend=learnt.backend,
            seed=self.prepared.settings.seed,
            epochs=learnt.epochs,
            best_epoch=learnt.best_epoch,
            history=learnt.history,
        )
        info = write_fitted(output, info, learnt.fitted, overwrite=self.work.overwrites)
        pictures: dict[str, bytes] = {}
        told: list[str] = []

        def show(name: str, figure: Figure) -> None:
            pictures[name] = png(figure)

        how = Scoring(split="validation", show=show, tell=told.append)
        metrics = self.task.evaluate(
            self.task.pipeline(checkpoint.read(output), None), learner.held, how
        )
        info = msgspec.structs.replace(info, metrics=tuple(metrics))
        checkpoint.replace_info(output, info)
        width = max(16, *(len(metric.name) for metric in metrics))
        report = "".join(
            f"{metric.name:{width}}  {short(metric.value):>8}  "
            f"({' to '.join(map(short, metric.confidence_interval))})\n"
            for metric in metrics
        )
        report = "".join([report, *told, learnt.notes])
        write_atomically(folder / "report.txt", report.encode("utf-8"))
        for name, picture in pictures.items():
            write_atomically(folder / f"{name}.png", picture)
        if learnt.history:
            write_atomically(folder / "training.png", png(draw_training(info)))
        learner.show(run, metrics, pictures)
        first = next((folder / f"{name}.png" for name in pictures), None)
        return FineTuned(output, info, report, first, learnt.stopped)
