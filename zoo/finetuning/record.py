"""What is kept of a fine-tuning: the checkpoint, its record, and what lies beside it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from zoo import checkpoint
from zoo.common.escape import cut
from zoo.common.notebook import line, picture_file, preformatted
from zoo.errors import CheckpointError, InputError, shown
from zoo.files import check_new_directory
from zoo.fitting.history import history_of
from zoo.fitting.machine import hardware, packages
from zoo.fitting.wandb_run import check_wandb
from zoo.formats import WEIGHTS
from zoo.schema import (
    MAX_EPOCHS,
    BaseModel,
    DataSource,
    Licenses,
    Metric,
    ModelInfo,
    TrainingRecord,
    check_label_names,
    unfit,
)
from zoo.task import Task

if TYPE_CHECKING:
    from zoo.fitting.wandb_run import WandbRun

__all__ = ["FineTuned", "Work", "check_record", "derived_info"]


@dataclass(frozen=True)
class FineTuned:
    """What a fine-tuning came to.

    Attributes:
        path: the checkpoint directory.
        info: its record.
        report: the scores on the validation part, as lines.
        picture: PNG file of them beside the directory; None where there is none.
        stopped: why the training ended, and which epoch's weights were kept; empty of what is
            fitted in closed form.
    """

    path: Path
    info: ModelInfo
    report: str
    picture: Path | None = None
    stopped: str = ""

    @property
    def files(self) -> tuple[Path, ...]:
        """What was written: the directory, and all that lies beside it in `<path>.run`."""
        beside = self.path.with_name(self.path.name + ".run")
        found = beside.iterdir() if beside.is_dir() else ()
        return self.path, *sorted(path for path in found if not path.name.startswith("."))

    def __repr__(self) -> str:
        training = self.info.training
        return line(self, str(self.path), validation=training and training.validation)

    def _repr_html_(self) -> str:
        return self.info._repr_html_() + preformatted(self.report) + picture_file(self.picture)


@dataclass(frozen=True)
class Work:
    """The directory beside the checkpoint: state, TensorBoard events, report and picture.

    Attributes:
        output: the checkpoint directory to make.
        resume: whether a run that is on disk goes on.
        wandb: whether Weights & Biases gets what TensorBoard gets.
        wandb_texts: whether it gets pictures that show texts or series too.
    """

    output: Path
    resume: bool
    wandb: bool = False
    wandb_texts: bool = False

    @property
    def path(self) -> Path:
        """The directory."""
        return self.output.with_name(self.output.name + ".run")

    @property
    def state(self) -> Path:
        """The state of the run, from which it goes on."""
        return self.path / "state.npz"

    def check(self) -> None:
        """Refuse to begin where something is in the way.

        Raises:
            InputError: the checkpoint exists, or an earlier run that is not to go on, or wandb
                is wanted and not installed.
        """
        if self.wandb:
            check_wandb()
        elif self.wandb_texts:
            raise InputError("Expected wandb_texts with wandb only. Received: it alone")
        check_new_directory(self.output)
        begun = self.state.exists()
        if begun and self.resume:
            checkpoint.check_destination(self.output, overwrite=True)
        if os.path.lexists(self.output) and not (begun and self.resume):
            more = ", or go on with its run by --resume and, if it has ended, more --epochs"
            raise InputError(
                f"Expected an --output that does not exist yet. Received: {self.output}. "
                f"Choose another{more if begun else ''}"
            )
        if begun and not self.resume:
            raise InputError(
                f"Expected no earlier run beside --output. Received: {self.path}. Go on with it "
                "by --resume, remove it, or choose another --output"
            )

    @contextmanager
    def mirror(self, config: Mapping[str, Any]) -> Iterator[WandbRun | None]:
        """Yield a run of Weights & Biases, or None where none is wanted.

        Args:
            config: the hyperparameters.

        Raises:
            OutputError: no run can be begun.
        """
        if not self.wandb:
            yield None
            return
        from zoo.fitting.wandb_run import wandb_run

        name = checkpoint.slug(self.output.resolve().name)
        with wandb_run(
            self.path, name=name, job="finetune", config=config, texts=self.wandb_texts
        ) as run:
            yield run

    @property
    def overwrites(self) -> bool:
        """Whether the checkpoint of a run may be replaced by that of its going on."""
        return self.resume and self.state.exists()


def derived_info(
    base: ModelInfo,
    work: Work,
    *,
    task: Task | None = None,
    labels: Sequence[str] = (),
    sources: Sequence[DataSource],
    settings: dict[str, Any],
    method: str,
    metrics: Sequence[Metric] = (),
    validation: dict[str, float],
    seconds: float,
    command: str,
    backend: str,
    seed: int = 0,
    epochs: int = 0,
    best_epoch: int = 0,
    history: Sequence[Mapping[str, float]] = (),
) -> ModelInfo:
    """Return the record of a model that was fine-tuned from another.

    Args:
        base: the record of the other.
        work: where the model is written to.
        task: the task of the model; None for that of the other.
        labels: names of its classes.
        sources: what it was tuned on.
        settings: how.
        method: how, in sentences.
        metrics: what was measured on the validation part.
        validation: what chose the weights.
        seconds: time of the training.
        command: how it was called.
        backend: what computed.
        seed: of the run.
        epochs: passes over the data.
        best_epoch: the pass whose weights were kept.
        history: loss and scores of every pass, as the training loop kept them.
    """
    names = " and ".join(dict.fromkeys(source.name for source in sources))
    begun = base.name
    if task is not None and task.name != base.task:
        begun = f"{task.noun[:1].upper()}{task.noun[1:]} begun from {base.name}"
    licenses = base.licenses and Licenses(
        weights=base.licenses.weights,
        # A record holds only so much, and what is fine-tuned again says it again.
        data=f"Of the data of {base.name}: {cut(base.licenses.data, 4_000)}. "
        f"Of {cut(names, 4_000)}: not recorded",
    )
    return msgspec.structs.replace(
        base,
        name=checkpoint.slug(work.output.resolve().name),
        task=base.task if task is None else task.name,
        description=f"{begun}, fine-tuned on {cut(names, 4_000)}.",
        labels=tuple(labels),
        dataset=None,
        metrics=tuple(metrics),
        training=TrainingRecord(
            recipe="zoo finetune",
            command=command,
            commit=None,
            packages=packages(),
            backend=backend,
            hardware=hardware(),
            minutes=round(seconds / 60, 2),
            seed=seed,
            epochs=epochs,
            best_epoch=best_epoch,
            method=method,
            validation={name: float(value) for name, value in validation.items()},
            history=history_of(history) or msgspec.UNSET,
            data=tuple(sources),
            settings={name: value for name, value in settings.items() if value is not None},
        ),
        licenses=licenses,
        base_model=BaseModel(name=base.name, sha256=base.files[WEIGHTS].sha256),
    )


def check_record(
    base: ModelInfo,
    work: Work,
    *,
    task: Task | None = None,
    labels: Sequence[str] = (),
    sources: Sequence[DataSource],
    command: str,
    epochs: int = 0,
) -> None:
    """Refuse what the record of a model could not hold, before it is trained.

    Args:
        base: the record of the model that is to be tuned.
        work: where the other is to be written to.
        task: the task of the other; None for the same.
        labels: names of its classes.
        sources: what it is to be tuned on.
        command: how that was called, for the record.
        epochs: passes over the data at most.

    Raises:
        InputError: a label or the name of a file is too long or not valid UTF-8, or the record
            would be too long.
    """
    check_label_names(labels)
    for name in (*(source.name for source in sources), command):
        if reason := unfit(name):
            raise InputError(
                "Expected names of files and folders that a checkpoint's record can hold, such as "
                f"reviews.csv. Received: {shown(name)}, {reason}. Rename it"
            )
    epoch = {"epoch": MAX_EPOCHS, "loss": 0.1234567, "a figure": 0.123456, "another ": 0.123456}
    info = derived_info(
        base,
        work,
        task=task,
        labels=labels,
        sources=sources,
        settings={},
        method="",
        validation={},
        seconds=0.0,
        command=command,
        backend="",
        history=[epoch] * epochs,
    )
    record = checkpoint.to_json(info)
    checkpoint.check_record_size(record)
    try:
        checkpoint.parse_info(record, work.output / "zoo.json")
    except CheckpointError as error:
        raise InputError(
            f"Expected what a checkpoint's record can hold. Received: {error}"
        ) from None
