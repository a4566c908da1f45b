"""What learns, by whatever means: the frame lets it learn, and writes what it learnt."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from zoo.learning.fitted import Fitted
from zoo.schema import DataSource, Metric

if TYPE_CHECKING:
    from rich.console import Console

    from zoo.fitting.wandb_run import WandbRun

__all__ = ["Interrupted", "Learner", "Learnt", "Run"]


@dataclass(frozen=True, kw_only=True)
class Run:
    """Where a learner works, and who is told of it.

    Attributes:
        path: directory of the run's state and its TensorBoard events.
        identity: what the run must have in common with one that it goes on from.
        hparams: what TensorBoard compares runs by, beside the learner's own settings.
        console: where progress is shown; by default on standard output.
        progress: called with what is being done, how much is done, and how much there is.
        mirror: a run of Weights & Biases that gets what TensorBoard gets.
    """

    path: Path
    identity: Mapping[str, Any] = field(default_factory=dict)
    hparams: Mapping[str, Any] = field(default_factory=dict)
    console: Console | None = None
    progress: Callable[[str, int, int], None] | None = None
    mirror: WandbRun | None = None


@dataclass(frozen=True, kw_only=True)
class Learnt:
    """What a learner came to.

    Attributes:
        fitted: the model as it is stored.
        backend: what computed.
        seconds: how long it took.
        validation: what chose the weights: scores of the stored ones on the validation part.
        settings: how it was done, for the record of a model that was tuned.
        epochs: passes over the training part.
        best_epoch: the pass whose weights were kept.
        history: loss and scores of every pass.
        packages: names of the packages that the result depends on; None for all that a record
            names.
        stopped: why it ended, in a sentence; empty where there was one way to end.
        notes: lines for the report beside the scores.
    """

    fitted: Fitted
    backend: str
    seconds: float
    validation: Mapping[str, float]
    settings: Mapping[str, Any] = field(default_factory=dict)
    epochs: int = 1
    best_epoch: int = 1
    history: Sequence[Mapping[str, float]] = ()
    packages: Collection[str] | None = None
    stopped: str = ""
    notes: str = ""


class Interrupted(KeyboardInterrupt):
    """A signal stopped a run whose state is on disk.

    Attributes:
        signal: the number of the signal.
        kept: returns what was learnt so far; None before there is anything.
        best: what to say of it: its epoch and score.
    """

    def __init__(
        self, message: str, signal: int, kept: Callable[[], Learnt] | None = None, best: str = ""
    ) -> None:
        super().__init__(message)
        self.signal = signal
        self.kept = kept
        self.best = best


class Learner(ABC):
    """Something that learns; `Descent` and `ClosedForm` are its two kinds.

    Attributes:
        resumable: whether a signal stops it between two steps, and it can go on from there.
        config: the hyperparameters by name, as far as they are known beforehand.
        method: how a model is tuned, in sentences for its record.
        sources: where the data comes from, of data of a user's own.
        held: the validation part, a data set of the task's kind.
    """

    resumable: ClassVar[bool] = False

    config: Mapping[str, Any]
    method: str
    sources: Sequence[DataSource]
    held: Any

    def plan(self) -> str:
        """Return what is about to be done, so that nobody has to wait to learn it; or nothing."""
        return ""

    @abstractmethod
    def fit(self, run: Run) -> Learnt:
        """Learn.

        Args:
            run: where, and who is told.

        Raises:
            Interrupted: a signal came before the end.
            KeyboardInterrupt: Ctrl-C was pressed twice, or where nothing can be taken up again.
        """

    def show(self, run: Run, metrics: Sequence[Metric], pictures: Mapping[str, Any]) -> None:
        """Write to TensorBoard what is known when the model is scored; nothing unless defined.

        Args:
            run: where.
            metrics: its scores.
            pictures: PNG files of them by name.
        """
        return
