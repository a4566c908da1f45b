"""One call from a checkpoint and a user's data to another checkpoint."""

from __future__ import annotations

import dataclasses
import os
import shlex
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoo import registry
from zoo.errors import InputError, shown
from zoo.finetuning.record import FineTuned, Work
from zoo.finetuning.settings import FineTuningSettings

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["finetune"]


def finetune(
    name: str | Path,
    train: Any,
    *,
    output: str | Path,
    source: str | None = None,
    revision: str | None = None,
    valid: Any = None,
    text_column: str = "text",
    label_column: str | None = None,
    validation_share: float | None = None,
    resume: bool = False,
    console: Console | None = None,
    **settings: Any,
) -> FineTuned:
    """Fine-tune a checkpoint on data of one's own and write another checkpoint.

    Weights are those of the epoch with the best validation. The run's state, its TensorBoard
    events, the report and its picture lie beside the checkpoint, in `<output>.run`.

    Args:
        name: an entry's name, a checkpoint directory, or `"hf://user/repo"`.
        train: a CSV, TSV, JSON lines or Parquet file, a folder of `.txt` files for every class,
            the name of a data set of TensorFlow Datasets, or a pair of lists: texts and labels.
        output: the checkpoint directory to make.
        source: `"hub"` for the published copy of an entry.
        revision: branch, tag or commit on the Hub, as for `zoo.load`.
        valid: the same for validation; by default a part of `train` is cut out, with every class
            in its share.
        text_column: name of the column of texts.
        label_column: name of the column of labels, `"label"` by default.
        validation_share: share of `train` to cut out; by default a fifth of fewer than 1,000
            rows, or a tenth.
        resume: whether a run that was interrupted or killed goes on.
        console: where progress is shown; by default on standard output.
        **settings: fields of `zoo.finetuning.settings.FineTuningSettings`, such as `strategy`
            (`"gradual"`, `"full"` or `"head"`), `epochs`, `learning_rate`, `batch_size`, `seed`.

    Returns:
        The checkpoint's path and record, and a report of the validation.

    Raises:
        UnknownModelError: there is no such entry or directory, or it is not published.
        CheckpointError: the checkpoint is damaged or tampered with.
        HubError: the Hub cannot be reached, or does not have it.
        InputError: an argument is out of bounds, or `output` exists.
        DataError: the data cannot be read, or nothing can be learnt from it.
        OutputError: the place cannot be written or is full; what was reached before stays.
        KeyboardInterrupt: Ctrl-C was pressed; it says where the best weights so far are.

    Example:
        >>> import zoo
        >>> tuned = zoo.finetune("lstm-imdb", "reviews.csv", output="mine")  # doctest: +SKIP
        >>> zoo.pipeline(tuned.path)("Does what it says.")  # doctest: +SKIP

    Reference:
        [Howard & Ruder, 2018](https://aclanthology.org/P18-1031/)
    """
    fields = {field.name for field in dataclasses.fields(FineTuningSettings)}
    if unknown := sorted(settings.keys() - fields):
        raise InputError(
            f"Expected settings out of {', '.join(sorted(fields))}. Received: {shown(unknown[0])}"
        )
    chosen = FineTuningSettings(**settings)
    chosen.check()
    info = registry.info(name, source=source, revision=revision)
    work = Work(Path(output), resume)
    work.check()
    if info.task != "text-classification":
        raise InputError(
            f"Expected an entry of the task text-classification. Received: {name}, of the task "
            f"{info.task}"
        )
    from zoo.finetuning.data import prepare_labelled

    data = prepare_labelled(
        train,
        valid,
        text_column=text_column,
        label_column=label_column or "label",
        known=info.labels,
        share=validation_share,
        seed=chosen.seed,
    )
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # TensorFlow greets with a page of notes
    from zoo.finetuning.classifier import finetune_classifier
    from zoo.loading import load

    return finetune_classifier(
        partial(load, name, source=source, revision=revision),
        data,
        chosen,
        work,
        command=_command(name, train, valid, output, settings),
        console=console,
    )


def _command(name: Any, train: Any, valid: Any, output: Any, settings: dict[str, Any]) -> str:
    """Return the command for the record, without the folders that files lie in."""
    words = ["zoo", "finetune", _short(name), "--train", _short(train)]
    if valid is not None:
        words += ["--valid", _short(valid)]
    words += ["--output", Path(output).name]
    for field, value in settings.items():
        option = field.replace("_", "-")
        if isinstance(value, bool):
            words.append(f"--{option}" if value else f"--no-{option}")
        elif value is not None:
            words += [f"--{option}", str(value)]
    return shlex.join(words)


def _short(data: Any) -> str:
    if not isinstance(data, str | Path):
        return "LISTS"
    return Path(data).name if Path(data).exists() else str(data)
